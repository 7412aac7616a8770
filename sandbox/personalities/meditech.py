"""MEDITECH Greenfield: two creates, portal messages among them, its own patient parameters."""

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal
from sandbox.personalities.generic import CAPABILITIES
from sandbox.personalities.model import Auth, Personality, TypeRules, rules

_TYPES: dict[str, TypeRules] = {
    name: rules("read search", f"_id {params}", default=50, most=100)
    for name, params in {
        "AllergyIntolerance": "patient clinical-status",
        "Appointment": "patient date status",
        "CarePlan": "patient category",
        "CareTeam": "patient status",
        "Condition": "patient category clinical-status",
        "Coverage": "patient",
        "Device": "patient",
        "DiagnosticReport": "patient category code date",
        "DocumentReference": "patient category date type",
        "Encounter": "patient class type status date",
        "Goal": "patient target-date",
        "Immunization": "patient date status",
        "Location": "name",
        "Medication": "",
        "MedicationRequest": "patient intent status authoredon",
        "Observation": "patient category code date status",
        "Organization": "name",
        "Practitioner": "identifier name",
        "Procedure": "patient code date",
        "Provenance": "target",
        "RelatedPerson": "patient",
        "ServiceRequest": "patient category code authored status",
    }.items()
} | {
    "Communication": rules("read search create", "_id part-of in-response-to"),
    "Patient": rules(
        "read search",
        "_id pn mr ptId exact name family given birthdate gender identifier",
        default=20,
        most=100,
    ),
    "QuestionnaireResponse": rules(
        "read search create update", "_id patient authored questionnaire status"
    ),
    "Task": rules("read"),
}

_LISTED = tuple(
    f"{level}/{name}.{permission}"
    for level in ("patient", "system", "user")
    for name, row in sorted(_TYPES.items())
    for permission in (
        ("read", "write", "rs", "c") if "create" in row.interactions else ("read", "rs")
    )
)


def refuse_write(
    type_: str, interaction: str, body: Json | list[Json], _current: Json | None
) -> Refusal | None:
    """A Communication is a portal message: somebody has to be chosen to receive it."""
    is_message = type_ == "Communication" and interaction == "create"
    if is_message and isinstance(body, dict) and not body.get("recipient"):
        return Refusal(422, "recipient must be one of $get-recipient-choices.", "required")
    return None


def odd_metadata(statement: Json, _base: str) -> None:
    """Calls itself a kind of software, with a date years ago."""
    statement["kind"] = "capability"
    statement["date"] = "2023-06-01"


MEDITECH = Personality(
    name="meditech",
    title="MEDITECH Expanse",
    software="MEDITECH Expanse FHIR",
    types=_TYPES,
    auth=Auth(
        issuer="{origin}/meditech/oauth2",
        capabilities=CAPABILITIES,
        auth_methods=("client_secret_post", "client_secret_basic", "private_key_jwt"),
        grant_types=("authorization_code", "client_credentials", "refresh_token"),
        scopes_listed=(
            "openid",
            "profile",
            "fhirUser",
            "launch",
            "launch/patient",
            "online_access",
            "offline_access",
            *_LISTED,
        ),
        refuses_backend=True,
    ),
    versioned=False,
    page_param="continue",
    metadata_oddities=odd_metadata,
    write_rule=refuse_write,
)
