"""A contact preference in the EHR: a Consent record, or Oracle's extension of the Patient. Pure.

A preference is never written as permission: the Consent permits nothing and forbids nothing, it
names the channel that the patient would like best (R4: the root provision has no type).
"""

from collections.abc import Mapping
from typing import Any

from app.outreach.contact import CHANNELS, FieldChange
from app.sync.intents import Intent
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import Frame, Json, build_instant
from app.sync.payloads.notes import build_narrative
from app.sync.payloads.wording import TITLES, build_lines
from app.vendors.forms import SiteForms

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
OWN_CATEGORY = "urn:chartside:consent-category"
OWN_CHANNEL = "urn:chartside:channel"
ORACLE_URL = "https://fhir-ehr.cerner.com/r4/StructureDefinition/communication-preference"
FIELD = "preferred_channel"


def build_consent(intent: Intent, frame: Frame) -> Json:
    """Status active, or inactive when the preference was taken back."""
    channel = _channel(intent)
    lines, title = build_lines(intent, frame), TITLES[frame.kind]
    wanted = {"system": OWN_CHANNEL, "code": channel, "display": CHANNELS.get(channel, "")}
    return build_checked(
        {
            "resourceType": "Consent",
            "identifier": [frame.identifier],
            "text": build_narrative(lines, title),
            "status": "active" if channel else "inactive",
            "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
            "category": [
                {
                    "coding": [{"system": OWN_CATEGORY, "code": "contact-preference"}],
                    "text": "Contact preference, not a permission to contact",
                }
            ],
            "patient": frame.patient,
            "dateTime": build_instant(frame.at),
            "policyRule": {"text": "What the patient prefers; it neither permits nor forbids."},
            "provision": {"code": [{"coding": [wanted]}]} if channel else None,
        }
    )


def _channel(intent: Intent) -> str:
    changes = intent if isinstance(intent, tuple) else ()
    found = [c.after for c in changes if c.field == FIELD]
    if not found:
        raise TypeError("only a preferred channel becomes a consent record")
    return found[-1]


def read_preference(resource: Json, forms: SiteForms) -> str:
    """The channel that the Patient's own extension names; "" for none, or one unknown to us."""
    place = find_preference(resource)
    if place is None:
        return ""
    parts = resource["extension"][place].get("extension") or []
    codings = [c for p in parts if _is_method(p) for c in _codings(p)]
    for channel, method in forms.preference_methods.items():
        if any((c.get("system"), c.get("code")) == _key(method) for c in codings):
            return channel
    return ""


def build_preference_patch(
    resource: Json, change: FieldChange, forms: SiteForms, *, verified: str
) -> list[Json]:
    """Add, replace or remove the communication-preference extension; a replace or removal is
    preceded by a `test` of the element's id at the same index (Oracle's rule)."""
    place = find_preference(resource)
    if not change.after:
        removal = {"op": "remove", "path": f"/extension/{place}"}
        return [] if place is None else [*_guard(resource, place), removal]
    value = build_extension(forms, change.after, verified)
    if place is not None:
        replacement = {"op": "replace", "path": f"/extension/{place}", "value": value}
        return [*_guard(resource, place), replacement]
    if resource.get("extension"):
        return [{"op": "add", "path": "/extension/-", "value": value}]
    return [{"op": "add", "path": "/extension", "value": [value]}]


def build_extension(forms: SiteForms, channel: str, verified: str) -> Json:
    """Topic, method and the time it was verified, in the site's own codes only: Oracle refuses
    standard and proprietary codings side by side."""
    parts: list[Json] = []
    if forms.preference_topic:
        parts.append(_part("communication-type", forms.preference_topic))
    parts.append(_part("contact-method", forms.preference_methods[channel]))
    parts.append({"url": "verified-datetime", "valueDateTime": verified})
    return {"url": ORACLE_URL, "extension": parts}


def _part(name: str, coding: Mapping[str, str]) -> Json:
    return {"url": name, "valueCodeableConcept": {"coding": [dict(coding)]}}


def find_preference(resource: Json) -> int | None:
    """Index of the extension among Patient.extension."""
    for index, entry in enumerate(resource.get("extension") or []):
        if entry.get("url") == ORACLE_URL:
            return index
    return None


def _guard(resource: Json, place: int) -> list[Json]:
    id_ = resource["extension"][place].get("id")
    return [{"op": "test", "path": f"/extension/{place}/id", "value": id_}] if id_ else []


def _is_method(part: Json) -> bool:
    return str(part.get("url", "")).rpartition("/")[2] == "contact-method"


def _codings(part: Json) -> list[Any]:
    single = part.get("valueCoding")
    return [single] if single else (part.get("valueCodeableConcept") or {}).get("coding") or []


def _key(coding: Mapping[str, str]) -> tuple[str | None, str | None]:
    return coding.get("system"), coding.get("code")
