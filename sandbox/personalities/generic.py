"""A full-CRUD R4 server like HAPI and Medplum: versions, patches, conditional create."""

from sandbox.personalities.model import Auth, Personality, TypeRules, rules

EVERYTHING = "read search create update patch delete vread history"
OF_ANY = "_id _lastUpdated identifier"
OF_PATIENT = f"{OF_ANY} patient subject encounter status category code date"
NOT_OF_PATIENT = frozenset(
    {
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "Medication",
        "Questionnaire",
        "Schedule",
        "Slot",
        "Group",
        "Subscription",
    }
)

_EXTRA_PARAMS = {
    "Patient": "name family given birthdate gender phone email telecom address address-city "
    "address-postalcode address-state active language general-practitioner death-date",
    "Encounter": "class type participant practitioner",
    "Condition": "clinical-status verification-status onset-date recorded-date",
    "Observation": "issued value-concept combo-code component-code",
    "MedicationRequest": "intent authoredon medication requester",
    "Immunization": "vaccine-code",
    "Appointment": "actor practitioner location service-type",
    "AllergyIntolerance": "clinical-status verification-status",
    "Communication": "sent received recipient sender medium",
    "CommunicationRequest": "recipient sender medium authored",
    "Task": "focus owner intent authored-on modified business-status",
    "DocumentReference": "type period",
    "QuestionnaireResponse": "authored questionnaire",
    "Provenance": "target recorded agent",
    "Coverage": "beneficiary type",
    "CareTeam": "participant",
    "Goal": "lifecycle-status target-date start-date",
    "Practitioner": "name family given active email phone",
    "RelatedPerson": "name relationship phone active",
    "Organization": "name type",
    "Location": "name type",
    "ServiceRequest": "authored intent",
    "DeviceRequest": "authored-on intent",
    "Consent": "period scope",
    "Group": "member",
    "Subscription": "criteria url status",
    "Slot": "start status service-type",
    "Questionnaire": "status url",
    "Medication": "code status",
    "PractitionerRole": "practitioner organization location specialty",
}

TYPES = [
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "Medication",
    "Immunization",
    "Appointment",
    "AllergyIntolerance",
    "Procedure",
    "DiagnosticReport",
    "CarePlan",
    "CareTeam",
    "Goal",
    "Coverage",
    "Consent",
    "Communication",
    "CommunicationRequest",
    "Task",
    "DocumentReference",
    "QuestionnaireResponse",
    "Questionnaire",
    "Provenance",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "RelatedPerson",
    "ServiceRequest",
    "DeviceRequest",
    "Group",
    "Flag",
    "Basic",
    "Schedule",
    "Slot",
    "Device",
    "ImagingStudy",
    "Claim",
    "ExplanationOfBenefit",
    "MedicationStatement",
    "MedicationAdministration",
    "FamilyMemberHistory",
    "Subscription",
]


def open_types(interactions: str) -> dict[str, TypeRules]:
    """Every type with the given interactions and a wide set of search parameters."""
    table: dict[str, TypeRules] = {}
    for name in TYPES:
        base = OF_ANY if name in NOT_OF_PATIENT else OF_PATIENT
        table[name] = rules(interactions, f"{base} {_EXTRA_PARAMS.get(name, '')}", most=1000)
    return table


CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "context-standalone-encounter",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)

GENERIC = Personality(
    name="generic",
    title="Generic R4",
    software="Open R4 server",
    types=open_types(EVERYTHING),
    auth=Auth(
        issuer="{origin}/generic/oauth2",
        capabilities=CAPABILITIES,
        auth_methods=("client_secret_basic", "private_key_jwt"),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        absolute_fhir_user=False,
    ),
    conditional_create=True,
    update_create=True,
    sorts=True,
    includes=True,
    www_authenticate=False,
    failed_test_status=400,
)
