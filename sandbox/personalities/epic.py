"""Epic as its CapabilityStatement shows it: no versions, no PATCH, searches with required keys."""

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal
from sandbox.personalities.model import Auth, Personality, Query, TypeRules, rules

WITHHELD_CATEGORIES = frozenset({"procedure", "therapy", "activity"})


def refuse_search(type_: str, query: Query) -> Refusal | None:
    """Observation needs category or code; three categories error out."""
    if type_ != "Observation" or "_id" in query:
        return None
    if "category" not in query and "code" not in query:
        return Refusal(400, "Either category or code is required.", "required", vendor_code="59108")
    asked = {c.rsplit("|", 1)[-1] for v in query.get("category", []) for c in v.split(",")}
    if asked & WITHHELD_CATEGORIES:
        return Refusal(400, "The category is not supported.", "not-supported", vendor_code="4103")
    return None


def odd_metadata(statement: Json, _base: str) -> None:
    """Says it is experimental, and that every _include works."""
    statement["experimental"] = True
    for entry in statement["rest"][0]["resource"]:
        entry["searchInclude"] = ["*"]


_PLAIN = "patient _id _count identifier"
_READABLE: dict[str, TypeRules] = {
    name: rules("read search", f"{_PLAIN} {params}")
    for name, params in {
        "AllergyIntolerance": "clinical-status category code date",
        "Appointment": "date status service-category practitioner location actor",
        "CarePlan": "subject category status date encounter",
        "CareTeam": "subject status category encounter",
        "Condition": "subject category clinical-status code encounter onset-date recorded-date "
        "verification-status",
        "Consent": "subject category status date period",
        "Coverage": "beneficiary status type",
        "Encounter": "subject class date status type participant practitioner location",
        "Goal": "subject category lifecycle-status target-date start-date",
        "Immunization": "date status vaccine-code",
        "MedicationRequest": "subject category status date intent authoredon encounter",
        "RelatedPerson": "name relationship phone email active",
        "Practitioner": "name family given email phone active",
        "PractitionerRole": "practitioner location organization",
        "Location": "name type address",
        "Organization": "name",
        "Medication": "",
        "Group": "",
    }.items()
}
_WRITABLE: dict[str, TypeRules] = {
    "AllergyIntolerance": rules(
        "read search create", f"{_PLAIN} clinical-status category code date"
    ),
    "Communication": rules(
        "read search create",
        f"{_PLAIN} subject category encounter part-of sent received status recipient sender",
    ),
    "Condition": rules(
        "read search create",
        f"{_PLAIN} subject category clinical-status code encounter onset-date recorded-date",
    ),
    "DiagnosticReport": rules(
        "read search update", f"{_PLAIN} subject category code date status encounter"
    ),
    "DocumentReference": rules(
        "read search create update",
        f"{_PLAIN} subject category date type status encounter period _lastupdated",
    ),
    "Observation": rules(
        "read search create update", f"{_PLAIN} subject category code date status encounter issued"
    ),
    "Patient": rules(
        "read search create",
        "_id _count identifier name family given birthdate gender telecom phone email address "
        "address-city address-postalcode address-state active language",
        needs=(
            "_id",
            "identifier",
            "family given birthdate",
            "name birthdate",
            "telecom birthdate",
        ),
    ),
    "Procedure": rules(
        "read search create update", f"{_PLAIN} subject category code date status encounter"
    ),
    "QuestionnaireResponse": rules(
        "read search create", f"{_PLAIN} subject encounter status authored questionnaire"
    ),
    "ServiceRequest": rules(
        "read search create update", f"{_PLAIN} subject category code status authored encounter"
    ),
    "Task": rules(
        "read search update", f"{_PLAIN} subject code status focus encounter owner intent"
    ),
    "Provenance": rules("read"),
}

EPIC = Personality(
    name="epic",
    title="Epic",
    software="Epic",
    types=_READABLE | _WRITABLE,
    auth=Auth(
        issuer="{origin}/epic/oauth2",
        capabilities=(
            "launch-ehr",
            "launch-standalone",
            "client-public",
            "client-confidential-symmetric",
            "client-confidential-asymmetric",
            "context-banner",
            "context-style",
            "context-ehr-patient",
            "context-ehr-encounter",
            "context-standalone-patient",
            "permission-offline",
            "permission-patient",
            "permission-user",
            "permission-v1",
            "permission-v2",
            "sso-openid-connect",
            "authorize-post",
        ),
        auth_methods=("client_secret_post", "client_secret_basic", "private_key_jwt"),
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scopes_listed=("epic.scanning.dmsusername", "fhirUser", "launch", "openid", "profile"),
    ),
    versioned=False,
    view="epic",
    echoes_writes=False,
    page_param="sessionID",
    post_search_ignores_query=True,
    patient_search_limit=100,
    patient_search_refusal=Refusal(
        400, "Too many results; narrow the search.", "too-costly", vendor_code="4127"
    ),
    metadata_oddities=odd_metadata,
    search_rule=refuse_search,
)
