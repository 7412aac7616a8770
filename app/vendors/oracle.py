"""Oracle Health Millennium (Cerner): what its R4 API takes and gives, as data."""

from app.clinical.normalize.profile import NormalizerProfile, OutcomeRule, SystemPattern
from app.vendors.profile import (
    FROM,
    KEEP_HERE,
    PATIENT,
    Concurrency,
    Delta,
    ErrorRule,
    LaunchRules,
    Limits,
    Paging,
    Route,
    VendorProfile,
)
from app.vendors.standard import BY_PATIENT, HTTP_ERRORS, US_CORE_SEARCHES

PREFERENCE_URL = "https://fhir-ehr.cerner.com/r4/StructureDefinition/communication-preference"

_NOTE = Route(
    name="document_note",
    transport="fhir",
    resource_type="DocumentReference",
    interaction="create",
    result="recorded_as_note",
    note="XHTML with closed tags, no CSS or script; it is turned into RTF.",
)

PROFILE = VendorProfile(
    name="oracle",
    label="Oracle Health",
    as_of="2026-08-14",
    recognized_by=("cerner.com", "oracle health"),
    normalizer=NormalizerProfile(
        name="oracle",
        system_patterns=(
            SystemPattern(
                r"https://fhir\.cerner\.com/[^/]+/codeSet/(\d+)",
                r"https://fhir.cerner.com/%/codeSet/\1",
            ),
            SystemPattern(
                r"https://fhir\.cerner\.com/[^/]+/(nomenclature|synonym)",
                r"https://fhir.cerner.com/%/\1",
            ),
        ),
        mrn_types=("MR", "MRN"),
        outcome_rules=(OutcomeRule("MSG_LOCAL_FAIL", "partial", "oracle_dropped_resource"),),
        preference_url=PREFERENCE_URL,
    ),
    searches={
        **US_CORE_SEARCHES,
        "Consent": BY_PATIENT,
        "Appointment": ({"patient": PATIENT, "date": f"ge{FROM}"},),
    },
    unread={
        "Communication": "A search needs category, recipient, received and -email-status "
        "together: an inbox cannot be read by patient.",
        "DeviceRequest": "Not offered.",
        "Flag": "Not offered.",
        "Task": "Not offered.",
    },
    search_notes={
        "Observation": "date and _lastUpdated exclude each other; code does not match component "
        "codes, so blood pressure is read by its panel.",
        "CareTeam": "Only active teams are given.",
        "Immunization": "Proprietary vaccine codes cannot be searched for.",
        "Patient": "More than 1,000 hits are answered with 422.",
        "Appointment": "A date is required with the patient.",
    },
    page=Paging(size=100, size_max=200, later_pages_may_be_short=True),
    delta=Delta(
        support="yes",
        types=(
            "Observation",
            "Condition",
            "Immunization",
            "MedicationRequest",
            "Encounter",
            "ServiceRequest",
            "DocumentReference",
        ),
        excludes=("date",),
    ),
    limits=Limits(
        patient_search_max=1000,
        bulk_jobs_at_once=1,
        note="A second bulk export at the same time is refused with 429; other rates unknown.",
    ),
    concurrency=Concurrency(
        if_match="yes",
        patch="yes",
        element_test=True,
        if_none_exist="unknown",
    ),
    writes={
        "contact_detail": (
            Route(
                name="patient_telecom",
                transport="fhir",
                resource_type="Patient",
                interaction="patch",
                note="Replace or remove needs a test on the element's id at the same index.",
            ),
            _NOTE,
            KEEP_HERE,
        ),
        "contact_preference": (
            Route(
                name="patient_preference",
                transport="fhir",
                resource_type="Patient",
                interaction="patch",
                note="Adds the communication-preference extension; not a consent.",
            ),
            _NOTE,
            KEEP_HERE,
        ),
        "planned_outreach": (
            Route(
                name="appointment_request",
                transport="fhir",
                resource_type="Appointment",
                interaction="create",
                note="status proposed with requestedPeriod: a request, not a visit.",
            ),
            _NOTE,
            KEEP_HERE,
        ),
        "completed_contact": (
            Route(
                name="staff_message",
                transport="fhir",
                resource_type="Communication",
                interaction="create",
                result="recorded_as_note",
                note="An inbox message to staff about the patient: sender a Practitioner, "
                "recipient a Practitioner or Group.",
            ),
            _NOTE,
            KEEP_HERE,
        ),
    },
    errors=(
        ErrorRule(code="409", action="reread", meaning="If-Match is not the current version"),
        ErrorRule(code="412", action="reread", meaning="If-Match is missing"),
        ErrorRule(code="423", action="retry_later", meaning="the record is locked"),
        ErrorRule(code="424", action="retry_later", meaning="something this depends on failed"),
        ErrorRule(code="422", action="reject", meaning="unsupported fields, or too many hits"),
        *(rule for rule in HTTP_ERRORS if rule.code in ("401", "403", "429")),
    ),
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=("client_secret_basic", "private_key_jwt"),
        wildcard_scopes="no",
        scopes_listed="yes",
        note="No client_secret_post. The granted scope comes back in another order.",
    ),
    takes_provenance="yes",
    events="no",
    bulk="yes",
    notes=(
        "Unsupported body fields may be dropped silently on create: always read back.",
        "Standard and proprietary codings together in one inbound coding[] are refused.",
        "PUT never creates.",
    ),
)
