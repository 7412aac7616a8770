"""Oracle Health Millennium: PATCH for contact data, 409 for stale, 412 for missing If-Match."""

from sandbox.outcomes import Refusal
from sandbox.personalities.model import Auth, Personality, TypeRules, rules
from sandbox.personalities.oracle_rules import refuse_search, refuse_write

_PLAIN = "_id patient _count"
_TYPES: dict[str, TypeRules] = {
    name: rules(interactions, f"{_PLAIN} {params}", needs=needs, default=default, most=most)
    for name, interactions, params, needs, default, most in (
        (
            "AllergyIntolerance",
            "read search create update",
            "clinical-status _lastUpdated",
            ("patient", "_id"),
            100,
            200,
        ),
        (
            "Appointment",
            "read search create patch",
            "date practitioner location status",
            ("_id", "patient date", "practitioner date", "location date"),
            50,
            200,
        ),
        ("CarePlan", "read search", "date category", ("patient", "_id"), 100, 200),
        ("CareTeam", "read search", "category encounter status", ("patient", "_id"), 100, 200),
        (
            "Condition",
            "read search create update",
            "encounter subject clinical-status category _lastUpdated",
            ("patient", "subject", "encounter", "_id"),
            100,
            200,
        ),
        ("Consent", "read search", "actor", ("patient", "_id"), 100, 200),
        ("Coverage", "read search create patch delete", "", ("patient", "_id"), 100, 200),
        (
            "DiagnosticReport",
            "read search create",
            "category code encounter date _lastUpdated",
            ("patient", "_id"),
            50,
            200,
        ),
        (
            "DocumentReference",
            "read search create update",
            "encounter period type category date _lastUpdated",
            ("patient", "_id"),
            50,
            200,
        ),
        (
            "Encounter",
            "read search create patch",
            "subject status date identifier account _lastUpdated",
            ("patient", "subject", "account", "identifier", "_id"),
            50,
            200,
        ),
        ("Goal", "read search", "target-date", ("patient", "_id"), 100, 200),
        (
            "Immunization",
            "read search create update",
            "_lastUpdated date target-disease",
            ("patient", "_id"),
            100,
            200,
        ),
        (
            "MedicationRequest",
            "read search create patch",
            "intent status _lastUpdated -timing-boundsPeriod",
            ("patient", "_id"),
            50,
            200,
        ),
        (
            "Observation",
            "read search create update",
            "subject category code date _lastUpdated",
            ("patient", "subject", "_id"),
            50,
            200,
        ),
        (
            "Procedure",
            "read search create",
            "subject date _lastUpdated",
            ("patient", "_id"),
            100,
            200,
        ),
        ("QuestionnaireResponse", "read search update", "", ("patient", "_id"), 100, 200),
        ("RelatedPerson", "read search create patch", "identifier", ("patient", "_id"), 100, 200),
        ("ServiceRequest", "read search", "subject code _lastUpdated", ("patient", "_id"), 50, 200),
    )
} | {
    "Basic": rules("create"),
    "Communication": rules(
        "read search create patch",
        "_id category received recipient -email-status",
        needs=("_id", "category recipient received -email-status"),
        default=100,
        most=1000,
    ),
    "Location": rules("read search", "_id identifier name organization type address _count"),
    "Organization": rules("read search create", "_id identifier type name address _count"),
    "Patient": rules(
        "read search create patch",
        "_id identifier name given family address-postalcode birthdate phone email gender _count",
        needs=(
            "_id",
            "identifier",
            "name",
            "given",
            "family",
            "address-postalcode",
            "birthdate",
            "phone",
            "email",
        ),
        default=20,
        most=100,
    ),
    "Practitioner": rules("read search create", "_id identifier given family name active _count"),
    "Provenance": rules("read search create", "_id target", needs=("_id", "target")),
    "Slot": rules("read search patch", "_id start service-type _count"),
    "Schedule": rules("read search", "_id"),
}

_LISTED = tuple(
    f"{level}/{name}.{perm}"
    for level in ("patient", "system", "user")
    for name, row in sorted(_TYPES.items())
    for perm in (
        ("read", "rs", "write", "crus") if "create" in row.interactions else ("read", "rs")
    )
)

ORACLE = Personality(
    name="oracle",
    title="Oracle Health",
    software="Oracle Health Millennium",
    types=_TYPES,
    auth=Auth(
        issuer="{origin}/oracle/oauth2/",
        capabilities=(
            "authorize-post",
            "launch-ehr",
            "launch-standalone",
            "client-public",
            "client-confidential-asymmetric",
            "client-confidential-symmetric",
            "sso-openid-connect",
            "context-banner",
            "context-style",
            "context-ehr-patient",
            "context-ehr-encounter",
            "permission-patient",
            "permission-user",
            "permission-offline",
            "permission-online",
            "permission-v1",
            "permission-v2",
            "health-cards",
        ),
        auth_methods=("client_secret_basic", "private_key_jwt"),
        grant_types=("authorization_code", "client_credentials"),
        scopes_listed=("fhirUser", "launch", "offline_access", "online_access", "openid", *_LISTED),
        wildcards=False,
        expires_in=570,
        sorts_scope=True,
        legacy_profile_claim=True,
        extra={"active_ttl": 1800},
    ),
    view="oracle",
    stale_status=409,
    missing_if_match=412,
    echoes_writes=False,
    page_param="-pageContext",
    gives_total=False,
    ragged_pages=True,
    patient_search_limit=1000,
    patient_search_refusal=Refusal(422, "Too many results; narrow the search.", "too-costly"),
    search_rule=refuse_search,
    write_rule=refuse_write,
)
