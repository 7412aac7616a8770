"""Epic: what its R4 API takes and gives, as data (sandbox, software "May 2026")."""

from app.clinical.normalize.profile import NormalizerProfile, OutcomeRule, SystemPattern
from app.vendors.profile import (
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

_CONDITIONS = ("problem-list-item", "encounter-diagnosis", "health-concern")
# procedure, therapy and activity are categories that Epic answers with an error.
_OBSERVATIONS = ("laboratory", "vital-signs", "social-history", "survey", "exam", "imaging")
_TASKS = ("community-resource", "episode-checklist")

_NOTE = Route(
    name="document_note",
    transport="fhir",
    resource_type="DocumentReference",
    interaction="create",
    result="recorded_as_note",
    note="A clinical note of type and author that the site has set up.",
)
_ANSWERS = Route(
    name="questionnaire_response",
    transport="fhir",
    resource_type="QuestionnaireResponse",
    interaction="create",
    result="recorded_as_note",
    note="Needs a questionnaire that the site has built.",
)

PROFILE = VendorProfile(
    name="epic",
    label="Epic",
    as_of="2026-07-24",
    recognized_by=("epic",),
    normalizer=NormalizerProfile(
        name="epic",
        system_patterns=(
            SystemPattern(
                r"urn:oid:1\.2\.840\.114350\.1\.13\.\d+(?:\.\d+)*?\.7\.(\d+(?:\.\d+)*)",
                r"urn:oid:1.2.840.114350.1.13.%.7.\1",
            ),
        ),
        mrn_types=("MR", "MRN"),
        outcome_rules=(
            OutcomeRule("4101", "complete", ""),
            OutcomeRule("4119", "partial", "epic_4119"),
            OutcomeRule("4113", "failed", "epic_4113"),
            OutcomeRule("4127", "partial", "epic_4127"),
            OutcomeRule("4130", "denied", "epic_4130"),
            OutcomeRule("4131", "denied", "epic_4131"),
            OutcomeRule("59108", "unsupported", "epic_59108"),
            OutcomeRule("4117", "complete", ""),
        ),
    ),
    searches={
        **US_CORE_SEARCHES,
        "Condition": tuple({"patient": PATIENT, "category": c} for c in _CONDITIONS),
        "Observation": tuple({"patient": PATIENT, "category": c} for c in _OBSERVATIONS),
        "DeviceRequest": BY_PATIENT,
        "Appointment": BY_PATIENT,
        "Communication": BY_PATIENT,
        "Consent": BY_PATIENT,
        "Flag": BY_PATIENT,
        "Task": tuple({"patient": PATIENT, "code": c} for c in _TASKS),
    },
    search_notes={
        "Observation": "A category or code is required; observations of other categories than "
        "those searched are not seen.",
        "MedicationRequest": "_include of the medication is not honored: each Medication "
        "is read on its own.",
        "CareTeam": "Only active teams are given.",
        "Encounter": "reason-code is matched against display text, not codes.",
    },
    page=Paging(expired_code="4113"),
    delta=Delta(support="no"),
    limits=Limits(
        patient_search_max=100,
        bulk_jobs_at_once=1,
        note="No published rate. Take at most 1 % of the site's own load at peak, 5 % off peak.",
    ),
    concurrency=Concurrency(if_match="unknown", patch="no", if_none_exist="no"),
    writes={
        "contact_detail": (_ANSWERS, _NOTE, KEEP_HERE),
        "contact_preference": (_ANSWERS, _NOTE, KEEP_HERE),
        "planned_outreach": (_ANSWERS, _NOTE, KEEP_HERE),
        "completed_contact": (
            Route(
                name="communication",
                transport="fhir",
                resource_type="Communication",
                interaction="create",
                note="Category and recipient are mapped per site.",
            ),
            _ANSWERS,
            _NOTE,
            KEEP_HERE,
        ),
    },
    errors=(
        ErrorRule(code="4101", action="none_found", meaning="no results"),
        ErrorRule(code="4107", action="follow_alias", meaning="the patient was merged"),
        ErrorRule(code="4113", action="restart_search", meaning="the search session expired"),
        ErrorRule(code="4117", action="none_found", meaning="content without a standard code"),
        ErrorRule(code="4119", action="partial", meaning="additional data may exist"),
        ErrorRule(code="4127", action="narrow_search", meaning="more than 100 patients match"),
        ErrorRule(code="4130", action="deny", meaning="break the glass is required"),
        ErrorRule(code="4131", action="deny", meaning="break the glass was refused"),
        ErrorRule(code="4135", action="retry_later", meaning="daily cap of documents reached"),
        ErrorRule(code="59108", action="reject", meaning="category or code is required"),
        *HTTP_ERRORS,
    ),
    launch=LaunchRules(
        scope_syntax=("v1", "v2"),
        token_auth=("client_secret_post", "client_secret_basic", "private_key_jwt"),
        scopes_listed="no",
        note="scopes_supported names five scopes only: do not intersect with it.",
    ),
    events="no",
    cds_hooks="yes",
    bulk="yes",
    notes=(
        "Patient.create exists; it must never stand in for an update.",
        "STU3 Appointment $find/$book is not discoverable: a site override turns it on.",
    ),
)
