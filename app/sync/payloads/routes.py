"""Which builder serves which route of which vendor, and what a site must have set up for it. Pure.

A route without a builder here is one that Chartside does not speak, whatever the EHR offers.
"""

from collections.abc import Callable, Mapping

from app.sync.intents import Intent, RecordedConsent
from app.sync.payloads.consent_record import build_consent_record
from app.sync.payloads.contacted import build_communication, build_staff_message
from app.sync.payloads.frame import Frame, Json
from app.sync.payloads.notes import build_document, build_questionnaire_response
from app.sync.payloads.outreach import build_appointment, build_communication_request, build_task
from app.sync.payloads.preference import build_consent
from app.vendors.forms import SiteForms

Builder = Callable[[Intent, Frame], Json]


def build_any_consent(intent: Intent, frame: Frame) -> Json:
    """What they agreed to and refused, or the channel that they prefer."""
    if isinstance(intent, RecordedConsent):
        return build_consent_record(intent, frame)
    return build_consent(intent, frame)


BUILDERS: Mapping[str, Builder] = {
    "questionnaire_response": build_questionnaire_response,
    "document_note": build_document,
    "consent": build_any_consent,
    "communication_request": build_communication_request,
    "task": build_task,
    "appointment_request": build_appointment,
    "communication": build_communication,
    "staff_message": build_staff_message,
}
"""Route name → builder of the resource that is created."""

ESSENTIAL: Mapping[str, tuple[str, ...]] = {
    "QuestionnaireResponse": ("item",),
    "DocumentReference": ("content",),
    "Consent": ("category",),
    "CommunicationRequest": ("payload",),
    "Task": ("description",),
    "Appointment": ("requestedPeriod",),
    "Communication": ("payload",),
}
"""Without these a created resource does not say what it was made to say, whatever the status."""

NOT_BUILT = frozenset({("ecw", "document_note")})
"""eClinicalWorks takes PDF or C-CDA documents only."""


def can_build(vendor: str, route: str, forms: SiteForms, author: str) -> bool:
    """Whether a create by this route can be built for this site and person."""
    if route not in BUILDERS or (vendor, route) in NOT_BUILT:
        return False
    if route == "staff_message":
        return bool(forms.staff_recipient) and author.startswith("Practitioner/")
    return True


def build_resource(route: str, intent: Intent, frame: Frame) -> Json:
    """The resource to create. Raises DataError when the model refuses it."""
    return BUILDERS[route](intent, frame)
