"""eClinicalWorks: what its R4 API takes and gives, as data."""

from app.clinical.normalize.profile import NormalizerProfile
from app.vendors.profile import (
    KEEP_HERE,
    Concurrency,
    Delta,
    ErrorRule,
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
)
_NOTE = Route(
    name="document_note",
    transport="fhir",
    resource_type="DocumentReference",
    interaction="create",
    result="recorded_as_note",
    needs_contract=True,
    note="PDF or C-CDA, under a write-back contract.",
)

PROFILE = VendorProfile(
    name="ecw",
    label="eClinicalWorks",
    as_of="2026-08-14",
    recognized_by=("eclinicalworks", "ecw "),
    normalizer=NormalizerProfile(name="ecw", mrn_types=("MR", "MRN")),
    searches=US_CORE_SEARCHES,
    unread={
        "Appointment": "Not offered in FHIR.",
        "Communication": "Not offered.",
        "Consent": "Not offered.",
        "Flag": "Not offered.",
        "DeviceRequest": "Not offered.",
        "Task": "Not offered.",
    },
    search_notes={"Condition": "clinical-status cannot be searched for."},
    page=Paging(size_param=""),
    delta=Delta(support="yes", types=("Observation",), param="_since", prefix=""),
    limits=Limits(
        calls_per_minute=250,
        counts_token_calls=True,
        resets_on_minute=True,
        retry_after="no",
        note="Per practice code.",
    ),
    concurrency=Concurrency(if_match="unknown", patch="no", if_none_exist="unknown"),
    writes={
        "contact_detail": (
            Route(
                name="patient_update",
                transport="fhir",
                resource_type="Patient",
                interaction="update",
                needs_contract=True,
                note="Some builds, under a write-back contract; not in the CapabilityStatement.",
            ),
            _ANSWERS,
            _NOTE,
            KEEP_HERE,
        ),
        "contact_preference": (_ANSWERS, _NOTE, KEEP_HERE),
        "planned_outreach": (_ANSWERS, _NOTE, KEEP_HERE),
        "completed_contact": (
            Route(
                name="telephone_encounter",
                transport="fhir",
                resource_type="Encounter",
                interaction="create",
                needs_contract=True,
                note="A telephone or web encounter, under a write-back contract.",
            ),
            _ANSWERS,
            _NOTE,
            KEEP_HERE,
        ),
    },
    errors=(
        ErrorRule(code="429", action="wait_for_minute", meaning="250 calls in this minute"),
        ErrorRule(code="202", action="search_then_adopt", meaning="the patient exists already"),
        ErrorRule(code="139", action="retry_later", meaning="the encounter is locked"),
        ErrorRule(code="161", action="reject", meaning="a text payload is required"),
        ErrorRule(code="108", action="reject", meaning="unsupported characters"),
        ErrorRule(code="308", action="reject", meaning="no write-back user is set up"),
        ErrorRule(code="602", action="reject", meaning="the web encounter was not created"),
        ErrorRule(code="611", action="reject", meaning="invalid unit"),
        *(rule for rule in HTTP_ERRORS if rule.code != "429"),
    ),
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=(
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "client_secret_jwt",
        ),
        assertion_algorithms=("RS384",),
        scopes_listed="yes",
        refresh_rotates="yes",
        note="One base per practice code; discovery at the host's root is refused.",
    ),
    events="no",
    cds_hooks="yes",
    bulk="yes",
    notes=(
        "The CapabilityStatement's url may name another practice: never key on it.",
        "The smart-configuration offers write scopes for which no write exists.",
    ),
)
