"""eClinicalWorks: reads, one create, RS384 only, 250 calls a minute, rotating refresh tokens."""

from sandbox.jsontypes import Json
from sandbox.personalities.generic import CAPABILITIES
from sandbox.personalities.model import Auth, Personality, TypeRules, rules

_TYPES: dict[str, TypeRules] = {
    name: rules("read search", f"_id {params}", default=50, most=100)
    for name, params in {
        "AllergyIntolerance": "clinical-status encounter patient",
        "CarePlan": "category encounter patient",
        "CareTeam": "patient status",
        "Condition": "category encounter onset-date patient",
        "Coverage": "patient",
        "DiagnosticReport": "category code date encounter patient status",
        "DocumentReference": "category contenttype date encounter patient type",
        "Encounter": "date location patient practitioner",
        "Goal": "encounter patient",
        "Immunization": "date encounter patient status",
        "Location": "address name",
        "Medication": "",
        "MedicationRequest": "authoredon encounter intent patient status",
        "Observation": "_since category code date encounter identifier patient status",
        "Organization": "address name type",
        "Patient": "birthdate family gender given identifier name phone",
        "Practitioner": "identifier name",
        "PractitionerRole": "location practitioner specialty",
        "Procedure": "code date encounter patient status",
        "Provenance": "",
        "RelatedPerson": "",
        "ServiceRequest": "authored category code occurrence patient status",
    }.items()
}
_TYPES["QuestionnaireResponse"] = rules(
    "read search create", "_id authored patient status", default=50, most=100
)

# Scopes for writes that the server does not do, as the vendor's own document has them.
_WRITE_SCOPES_IN_NAME_ONLY = tuple(
    f"patient/{name}.{perm}"
    for name in ("Patient", "Encounter", "DocumentReference", "Observation", "Medication")
    for perm in ("read", "rs", "c", "u")
)


def odd_metadata(statement: Json, base: str) -> None:
    """Names another practice's address as its own."""
    statement["url"] = base.replace("/fhir", "/fhir/CFFIBD") + "/metadata?_format=json"


ECW = Personality(
    name="ecw",
    title="eClinicalWorks",
    software="eCW FHIR Facade",
    types=_TYPES,
    auth=Auth(
        issuer="{origin}/ecw/fhir",
        capabilities=(*CAPABILITIES, "context-passthrough-banner", "context-passthrough-style"),
        auth_methods=(
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "client_secret_jwt",
        ),
        grant_types=("authorization_code", "client_credentials", "refresh_token"),
        signing_algs=("RS384",),
        scopes_listed=(
            "openid",
            "profile",
            "fhirUser",
            "patient/*.*",
            "user/*.*",
            "offline_access",
            "launch",
            "launch/patient",
            *_WRITE_SCOPES_IN_NAME_ONLY,
            "patient/QuestionnaireResponse.r",
        ),
    ),
    versioned=False,
    page_param="page",
    calls_per_minute=250,
    metadata_oddities=odd_metadata,
)
