"""athenahealth athenaOne: what its R4 API takes and gives, as data."""

from app.clinical.normalize.profile import NormalizerProfile, SystemPattern
from app.vendors.profile import (
    KEEP_HERE,
    PATIENT,
    Concurrency,
    Delta,
    LaunchRules,
    Limits,
    Paging,
    Route,
    VendorProfile,
)
from app.vendors.standard import HTTP_ERRORS, US_CORE_SEARCHES

_ANSWERS = Route(
    name="questionnaire_response",
    transport="fhir",
    resource_type="QuestionnaireResponse",
    interaction="create",
    result="recorded_as_note",
    note="The only FHIR write.",
)
_V1_PATIENT = Route(
    name="athena_v1_patient",
    transport="proprietary",
    note="PUT /patients of the v1 API, on its own agreement. Turning SMS on must be the "
    "patient's own act.",
    needs_contract=True,
)
_V1_PREFERENCE = Route(
    name="athena_v1_preference",
    transport="proprietary",
    note="contactpreference of PUT /patients of the v1 API, on its own agreement: the address, the "
    "values and a backend client are configured. Consent to texts is never written.",
    needs_contract=True,
)

PROFILE = VendorProfile(
    name="athena",
    label="athenahealth",
    as_of="2026-08-14",
    recognized_by=("athena",),
    normalizer=NormalizerProfile(
        name="athena",
        system_patterns=(
            SystemPattern(
                r"(https://docs\.mydata\.athenahealth\.com/fhir-r4/athenaFlex/codesystem/"
                r"[A-Za-z]+)/[\w.-]+",
                r"\1",
            ),
        ),
        mrn_types=("MR", "MRN"),
    ),
    searches={
        **US_CORE_SEARCHES,
        "MedicationRequest": (
            {"patient": PATIENT, "intent": "order"},
            {"patient": PATIENT, "intent": "plan"},
            {"patient": PATIENT, "intent": "proposal"},
        ),
    },
    unread={
        "Appointment": "A search needs a base or group appointment: none by patient.",
        "Communication": "Not offered.",
        "Consent": "Not offered.",
        "Flag": "Not offered.",
        "DeviceRequest": "Not offered.",
        "Task": "Not offered.",
    },
    search_notes={
        "MedicationRequest": "patient needs intent beside it.",
        "Observation": "date searches the time of issue.",
        "Condition": "clinical-status cannot be searched for.",
    },
    page=Paging(style="next-link"),
    delta=Delta(
        support="yes",
        types=tuple(t for t in US_CORE_SEARCHES if t != "Coverage"),
        precision="date",
    ),
    limits=Limits(note="Rates could not be verified."),
    concurrency=Concurrency(if_match="unknown", patch="no", if_none_exist="unknown"),
    writes={
        "contact_detail": (_V1_PATIENT, _ANSWERS, KEEP_HERE),
        "contact_preference": (_V1_PREFERENCE, _ANSWERS, KEEP_HERE),
        "planned_outreach": (_ANSWERS, KEEP_HERE),
        "completed_contact": (
            Route(
                name="athena_v1_patient_case",
                transport="proprietary",
                result="recorded_as_note",
                needs_contract=True,
                note="A patient case document of the v1 API.",
            ),
            _ANSWERS,
            KEEP_HERE,
        ),
    },
    errors=HTTP_ERRORS,
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=(
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
        ),
        scopes_listed="no",
        note="The issuer is another host than the FHIR base; scopes_supported is absent.",
    ),
    events="yes",
    cds_hooks="yes",
    bulk="yes",
    notes=(
        "One FHIR base for all: tenancy is in search parameters such as ah-practice.",
        "Events come at least once and unordered; answer within 2 s, then read again.",
        "There is no idempotency header: a retried write is a second write.",
    ),
)
