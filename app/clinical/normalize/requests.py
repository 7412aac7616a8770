"""Requests: what ServiceRequest, DeviceRequest and MedicationRequest share. Builds no fact."""

from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawResource

# Exactly as published; a misspelt address is another extension (QI-Core 4.1.1).
DO_NOT_PERFORM = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-doNotPerform"


def build_do_not_perform(raw: RawResource, flag: bool | None, ctx: Context) -> bool:
    """True when the request says that the thing shall not be done, by element or extension."""
    forbidden = bool(flag)
    for extension in raw.modifier_extension or ():
        if extension.url == DO_NOT_PERFORM:
            forbidden = forbidden or bool(extension.value_boolean)
        else:
            ctx.warn("modifier_extension_unknown", "modifierExtension")
    return forbidden
