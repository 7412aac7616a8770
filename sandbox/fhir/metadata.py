"""The CapabilityStatement: the same table that the server obeys, plus the vendor's oddities."""

from sandbox.fhir.parameters import parameter
from sandbox.jsontypes import Json
from sandbox.personalities.model import Personality, TypeRules
from sandbox.state import Sandbox

_CODES = {
    "read": "read",
    "search": "search-type",
    "create": "create",
    "update": "update",
    "patch": "patch",
    "delete": "delete",
    "vread": "vread",
    "history": "history-instance",
}
_KINDS = {"telecom": "token", "patient": "reference"}
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def build_metadata(state: Sandbox, personality: Personality) -> Json:
    """CapabilityStatement of a personality."""
    base = state.base(personality.name)
    statement: Json = {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "status": "active",
        "date": state.clock.now().date().isoformat(),
        "kind": "instance",
        "software": {"name": personality.software, "version": "sandbox"},
        "implementation": {"description": f"Pretend {personality.title}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", "application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(state, personality),
                "resource": [
                    _resource(personality, name, row) for name, row in personality.types.items()
                ],
            }
        ],
    }
    if any("patch" in row.interactions for row in personality.types.values()):
        statement["patchFormat"] = ["application/json-patch+json"]
    if personality.metadata_oddities:
        personality.metadata_oddities(statement, base)
    return statement


def _resource(personality: Personality, name: str, row: TypeRules) -> Json:
    entry: Json = {
        "type": name,
        "interaction": [{"code": _CODES[i]} for i in _CODES if i in row.interactions],
        "conditionalCreate": personality.conditional_create and "create" in row.interactions,
        "updateCreate": personality.update_create and "update" in row.interactions,
        "searchParam": [_parameter(name, p) for p in sorted(row.params)],
        "searchRevInclude": ["Provenance:target"],
    }
    if personality.versioned:
        strict = personality.missing_if_match is not None
        entry["versioning"] = "versioned-update" if strict else "versioned"
    entry["readHistory"] = "vread" in row.interactions
    return entry


def _parameter(type_: str, name: str) -> Json:
    param = parameter(type_, name)
    kind = param.kind if param else "special"
    return {"name": name, "type": _KINDS.get(kind, kind)}


def _security(state: Sandbox, personality: Personality) -> Json:
    at = state.oauth(personality.name)
    uris = [
        {"url": word, "valueUri": f"{at}/{word}"}
        for word in ("authorize", "token", "introspect", "revoke")
    ]
    return {
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ],
                "text": "OAuth2 using SMART-on-FHIR profile",
            }
        ],
    }
