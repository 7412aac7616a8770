"""athenaOne: read only but for one type, issuer on another host path, required combinations."""

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal
from sandbox.personalities.generic import CAPABILITIES
from sandbox.personalities.model import Auth, Personality, Query, TypeRules, rules

SEARCH_METADATA = "https://fhir.athena.io/StructureDefinition/ah-search-parameter-metadata"

_OF_PATIENT = "_id patient _lastUpdated _count ah-practice"
_TYPES: dict[str, TypeRules] = {
    name: rules("read search", f"{_OF_PATIENT} {params}", needs=needs, default=50, most=100)
    for name, params, needs in (
        ("AllergyIntolerance", "code", ("patient", "_id")),
        ("CarePlan", "category", ("patient", "_id")),
        ("CareTeam", "status", ("patient", "_id")),
        ("Condition", "encounter code category", ("encounter", "patient", "_id")),
        ("Coverage", "", ("patient", "_id")),
        ("DiagnosticReport", "encounter category code date", ("encounter", "patient", "_id")),
        ("DocumentReference", "category type date encounter", ("patient", "_id")),
        ("Encounter", "date location practitioner", ("patient", "_id")),
        ("Goal", "", ("patient", "_id")),
        ("Immunization", "encounter date status vaccine-code", ("patient", "_id")),
        (
            "MedicationRequest",
            "subject intent status authoredon encounter requester code",
            ("patient intent", "_id"),
        ),
        ("Observation", "date category code encounter", ("patient", "_id")),
        ("Procedure", "date encounter", ("patient", "_id")),
        ("RelatedPerson", "active name", ("patient", "_id")),
        ("ServiceRequest", "encounter status authored code category", ("patient", "_id")),
    )
} | {
    "Appointment": rules(
        "read search",
        "_id _query base-appointment-id group-appointment-id ah-practice",
        needs=("_query base-appointment-id", "_query group-appointment-id", "_id"),
    ),
    "Location": rules("read search", "_id ah-practice", needs=("_id",)),
    "Medication": rules("read search", "_id", needs=("_id",)),
    "Organization": rules("read search", "_id ah-practice", needs=("_id",)),
    "Practitioner": rules("read search", "_id identifier", needs=("_id", "identifier")),
    "Provenance": rules("read search", "target", needs=("target",)),
    "QuestionnaireResponse": rules(
        "read search create",
        "_id _lastUpdated authored encounter patient questionnaire status",
        needs=("patient", "_id"),
    ),
    "Patient": rules(
        "read search",
        "_id identifier name birthdate gender family given _lastUpdated _count ah-practice",
        needs=("_id", "identifier", "name", "family birthdate", "family gender", "family given"),
        default=20,
        most=100,
    ),
}


def refuse_search(_type: str, query: Query) -> Refusal | None:
    """_lastUpdated has the precision of a day."""
    for value in query.get("_lastUpdated", []):
        if "T" in value:
            return Refusal(400, "_lastUpdated takes YYYY-MM-DD.", "value")
    return None


def odd_metadata(statement: Json, _base: str) -> None:
    """An old date, ServiceRequest's interactions twice, required combinations as an extension."""
    statement["date"] = "2022-06-06"
    for entry in statement["rest"][0]["resource"]:
        if entry["type"] == "ServiceRequest":
            entry["interaction"] = entry["interaction"] * 2
        required = _TYPES[entry["type"]].required_any
        if required:
            parts = [
                {"url": "requiredAnySearchParams", "valueString": ", ".join(sorted(names))}
                for names in required
            ]
            entry["extension"] = [{"url": SEARCH_METADATA, "extension": parts}]


_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)

ATHENA = Personality(
    name="athena",
    title="athenaOne",
    software="athenahealth FHIR Server",
    types=_TYPES,
    auth=Auth(
        issuer="{origin}/athena/okta/oauth2/aus0sandbox",
        capabilities=tuple(c for c in CAPABILITIES if c != "permission-online"),
        auth_methods=_METHODS,
        grant_types=("authorization_code", "client_credentials"),
        document_extra={
            "token_endpoint_auth_methods": list(_METHODS),
            "response_types_supported": ["code", "token", "id_token", "code id_token"],
        },
    ),
    versioned=True,
    page_param="cursor",
    metadata_oddities=odd_metadata,
    search_rule=refuse_search,
)
