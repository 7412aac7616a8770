"""MEDITECH (Greenfield): what its R4 API takes and gives, as data."""

from app.clinical.normalize.profile import NormalizerProfile
from app.vendors.profile import (
    KEEP_HERE,
    Concurrency,
    Delta,
    LaunchRules,
    Route,
    VendorProfile,
)
from app.vendors.standard import BY_PATIENT, HTTP_ERRORS, US_CORE_SEARCHES

_ANSWERS = Route(
    name="questionnaire_response",
    transport="fhir",
    resource_type="QuestionnaireResponse",
    interaction="create",
    result="recorded_as_note",
)

PROFILE = VendorProfile(
    name="meditech",
    label="MEDITECH",
    as_of="2026-11-22",
    recognized_by=("meditech",),
    normalizer=NormalizerProfile(name="meditech", mrn_types=("MR", "MRN")),
    searches={**US_CORE_SEARCHES, "Appointment": BY_PATIENT},
    unread={
        "Communication": "Found by conversation (part-of, in-response-to), not by patient.",
        "Consent": "Unknown.",
        "Flag": "Unknown.",
        "DeviceRequest": "Unknown.",
        "Task": "Can be read by id only.",
    },
    search_notes={"Patient": "Its own parameters are pn, mr, ptId and exact."},
    delta=Delta(support="no"),
    concurrency=Concurrency(patch="no"),
    writes={
        "contact_detail": (_ANSWERS, KEEP_HERE),
        "contact_preference": (_ANSWERS, KEEP_HERE),
        "planned_outreach": (_ANSWERS, KEEP_HERE),
        "completed_contact": (_ANSWERS, KEEP_HERE),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=("client_secret_post", "client_secret_basic", "private_key_jwt"),
        scopes_listed="yes",
        note="client_credentials is advertised but refused to sandbox clients: discovery says "
        "what a server supports, not what a client may do.",
    ),
    events="no",
    bulk="yes",
    notes=(
        "Communication.create is a portal message to the patient ($get-recipient-choices first): "
        "recording a contact that way would contact them again, so it is not used.",
    ),
)
