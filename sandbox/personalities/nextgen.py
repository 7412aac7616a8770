"""NextGen Enterprise: read only, no versions, page sizes by _maxresults."""

from sandbox.jsontypes import Json
from sandbox.personalities.generic import CAPABILITIES
from sandbox.personalities.model import Auth, Personality, TypeRules, rules

_TYPES: dict[str, TypeRules] = {
    name: rules("read search", f"_id _lastUpdated _maxresults {params}", default=50, most=200)
    for name, params in {
        "AllergyIntolerance": "patient clinical-status",
        "CarePlan": "patient category date status",
        "CareTeam": "patient status",
        "Condition": "patient category clinical-status code onset-date",
        "Coverage": "patient",
        "DiagnosticReport": "patient category code date status",
        "DocumentReference": "patient category date period status type",
        "Encounter": "patient class date identifier location status type",
        "Goal": "patient lifecycle-status target-date",
        "Immunization": "patient date status",
        "Location": "address name",
        "Medication": "",
        "MedicationRequest": "patient intent status authoredon encounter",
        "Observation": "patient category code date status",
        "Organization": "address name",
        "Patient": "address birthdate family gender given identifier name",
        "Practitioner": "identifier name",
        "PractitionerRole": "practitioner specialty",
        "Procedure": "patient code date status",
        "Provenance": "target",
        "RelatedPerson": "patient",
        "ServiceRequest": "patient category code authored status",
    }.items()
}

_UPDATE_CREATE_IN_NAME_ONLY = frozenset(
    {"Patient", "Condition", "Encounter", "Immunization", "Observation", "Procedure"}
)


def odd_metadata(statement: Json, _base: str) -> None:
    """Says no-version everywhere, and that PUT would create where there is no PUT at all."""
    for entry in statement["rest"][0]["resource"]:
        entry["versioning"] = "no-version"
        entry["updateCreate"] = entry["type"] in _UPDATE_CREATE_IN_NAME_ONLY


NEXTGEN = Personality(
    name="nextgen",
    title="NextGen Enterprise",
    software="NextGen Enterprise FHIR API",
    types=_TYPES,
    auth=Auth(
        issuer="{origin}/nextgen/patient-oauth",
        capabilities=tuple(c for c in CAPABILITIES if c != "permission-online"),
        auth_methods=(),
        grant_types=("authorization_code", "client_credentials", "refresh_token"),
        scopes_listed=(
            "openid",
            "fhirUser",
            "launch",
            "launch/patient",
            "offline_access",
            "patient/*.read",
            "patient/*.rs",
        ),
    ),
    versioned=False,
    size_param="_maxresults",
    page_param="_getpages",
    metadata_oddities=odd_metadata,
)
