"""The shape every personality fills: what is served, what is refused and how. Serves nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal

Query = Mapping[str, list[str]]
SearchRule = Callable[[str, Query], Refusal | None]
WriteRule = Callable[[str, str, Json | list[Json], Json | None], Refusal | None]

READ = frozenset({"read", "search"})


def no_search_rule(_type: str, _query: Query) -> Refusal | None:
    """A server with no required combinations."""
    return None


def no_write_rule(
    _type: str, _interaction: str, _body: Json | list[Json], _current: Json | None
) -> Refusal | None:
    """A server with no rules of its own for bodies."""
    return None


@dataclass(frozen=True, slots=True)
class TypeRules:
    """One row of a CapabilityStatement; `required_any`: one of these combinations must be whole."""

    interactions: frozenset[str]
    params: frozenset[str]
    required_any: tuple[frozenset[str], ...] = ()
    default_count: int = 50
    max_count: int = 250


@dataclass(frozen=True, slots=True)
class Auth:
    """The authorization server's manners. `issuer` is a template over {origin}; without
    `auth_methods` the document does not say how clients authenticate; `refuses_backend`: the
    client_credentials grant is listed and given to nobody."""

    issuer: str
    capabilities: tuple[str, ...]
    auth_methods: tuple[str, ...]
    grant_types: tuple[str, ...]
    signing_algs: tuple[str, ...] = ("RS384", "ES384")
    scope_versions: frozenset[str] = frozenset({"v1", "v2"})
    scopes_listed: tuple[str, ...] | None = None
    wildcards: bool = True
    pkce: bool = True
    smart_configuration: bool = True
    absolute_fhir_user: bool = True
    expires_in: int = 3600
    sorts_scope: bool = False
    legacy_profile_claim: bool = False
    refuses_backend: bool = False
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name
    extra: Mapping[str, object] = field(default_factory=dict)
    document_extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Personality:
    """One EHR. `stale_status`: answer to an old If-Match; `missing_if_match`: None = accepted."""

    name: str
    title: str
    software: str
    types: Mapping[str, TypeRules]
    auth: Auth
    versioned: bool = True
    view: str = "plain"
    stale_status: int = 412
    missing_if_match: int | None = None
    conditional_create: bool = False
    update_create: bool = False
    echoes_writes: bool = True
    size_param: str = "_count"
    page_param: str = "_page"
    gives_total: bool = True
    ragged_pages: bool = False
    sorts: bool = False
    includes: bool = False
    post_search_ignores_query: bool = False
    www_authenticate: bool = True
    patient_search_limit: int | None = None
    patient_search_refusal: Refusal | None = None
    calls_per_minute: int | None = None
    failed_test_status: int = 422
    metadata_oddities: Callable[[Json, str], None] | None = None
    search_rule: SearchRule = no_search_rule
    write_rule: WriteRule = no_write_rule


def rules(
    interactions: str = "read search",
    params: str = "",
    *,
    needs: tuple[str, ...] = (),
    default: int = 50,
    most: int = 250,
) -> TypeRules:
    """TypeRules from words; `needs` lists combinations such as "patient intent"."""
    return TypeRules(
        frozenset(interactions.split()),
        frozenset(params.split()),
        tuple(frozenset(n.split()) for n in needs),
        default,
        most,
    )
