"""Standard: what plain FHIR R4 and US Core let one expect; vendors differ from it by naming it."""

from app.vendors.profile import PATIENT, ErrorRule

BY_PATIENT = ({"patient": PATIENT},)

US_CORE_SEARCHES = {
    "Patient": ({"_id": PATIENT},),
    "Encounter": BY_PATIENT,
    "Condition": BY_PATIENT,
    "Observation": BY_PATIENT,
    "MedicationRequest": BY_PATIENT,
    "Immunization": BY_PATIENT,
    "Procedure": BY_PATIENT,
    "ServiceRequest": BY_PATIENT,
    "DiagnosticReport": BY_PATIENT,
    "CareTeam": ({"patient": PATIENT, "status": "active"},),
    "Coverage": BY_PATIENT,
    "DocumentReference": BY_PATIENT,
}

HTTP_ERRORS = (
    ErrorRule(code="401", action="renew_token", meaning="the access token is not accepted"),
    ErrorRule(code="403", action="deny", meaning="scope or policy forbids it"),
    ErrorRule(code="409", action="reread", meaning="the record changed in the meantime"),
    ErrorRule(code="412", action="reread", meaning="the version sent is not the current one"),
    ErrorRule(code="422", action="reject", meaning="the server cannot take this content"),
    ErrorRule(code="423", action="retry_later", meaning="the record is locked"),
    ErrorRule(code="429", action="retry_later", meaning="too many calls"),
)
