"""The nouns of a launch, frozen. No behavior beyond small readings; the Protocols are in ports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Clock = Callable[[], datetime]
"""Answers the present moment with a zone (UTC)."""

Randomness = Callable[[], str]
"""Answers a fresh URL-safe string of at least 43 characters carrying at least 256 bits."""


class ClientAuth(StrEnum):
    """How we prove ourselves at the token endpoint (SMART App Launch 2.2, client types)."""

    PUBLIC = "public"
    SYMMETRIC = "symmetric"
    ASYMMETRIC = "asymmetric"


class CookieMode(StrEnum):
    """What a tenant wants when the browser in the EHR's frame keeps no cookie of ours.

    STRICT refuses. WINDOW holds the launch and offers to continue in a window of its own.
    COOKIELESS puts a per-tab handle into the path: `state` is then not bound to the browser
    (SMART: SHALL), so it is chosen per tenant, never by default, and each use is recorded.
    """

    STRICT = "strict"
    WINDOW = "window"
    COOKIELESS = "cookieless"


class Binding(StrEnum):
    """How an opened launch is bound to its browser."""

    COOKIE = "cookie"
    WINDOW = "window"
    COOKIELESS = "cookieless"


class LaunchMode(StrEnum):
    EHR = "ehr"
    STANDALONE = "standalone"


@dataclass(frozen=True, slots=True)
class Registration:
    """One EHR connection as launch sees it: the tenant, keyed by (`iss`, `client_id`).

    `tenant_id` stands in our redirect URI (`/callback/<tenant_id>`): letters, digits, `-`, `_`.
    `issuer` pins the id_token's `iss`; None takes what discovery says. `endpoint_hosts` pins the
    hosts of the authorize and token URLs (host or host:port); empty pins what is seen first.
    `scopes_v1`/`scopes_v2` are asked by what the server says, or by `scope_version` if set.
    Backend Services have a client of their own (`backend_…`), none by default.
    `requires_patient` refuses a launch without a patient even when only user scopes were granted.
    """

    tenant_id: str
    iss: str
    client_id: str
    client_auth: ClientAuth = ClientAuth.PUBLIC
    client_secret: str | None = field(default=None, repr=False)
    assertion_alg: str = "ES384"
    scopes_v2: tuple[str, ...] = ()
    scopes_v1: tuple[str, ...] = ()
    standalone_scopes: tuple[str, ...] = ("launch/patient",)
    scope_version: str | None = None
    issuer: str | None = None
    endpoint_hosts: tuple[str, ...] = ()
    cookie_mode: CookieMode = CookieMode.WINDOW
    frame_ancestors: tuple[str, ...] = ()
    requires_patient: bool = False
    backend_client_id: str | None = None
    backend_auth: ClientAuth = ClientAuth.ASYMMETRIC
    backend_secret: str | None = field(default=None, repr=False)
    backend_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SmartConfiguration:
    """What a server says about signing in, from smart-configuration or a CapabilityStatement.

    `challenge_methods` is None when the server cannot say (CapabilityStatement): PKCE is sent all
    the same. URLs are absolute.
    """

    authorization_endpoint: str
    token_endpoint: str
    source: str
    fetched_at: datetime
    issuer: str | None = None
    jwks_uri: str | None = None
    introspection_endpoint: str | None = None
    revocation_endpoint: str | None = None
    management_endpoint: str | None = None
    capabilities: frozenset[str] = frozenset()
    challenge_methods: frozenset[str] | None = None
    token_auth_algs: tuple[str, ...] = ()
    scopes_supported: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingLaunch:
    """One authorization under way: single use, ten minutes, found by the hash of its `state`.

    `browser_hash` is the hash of the pre-session cookie set at /launch. `framed` says whether the
    launch arrived in a frame (Sec-Fetch-Dest), `agent_hash` which kind of browser it was: weak
    marks, used only to refuse, never to allow.
    """

    state_hash: str
    browser_hash: str
    tenant_id: str
    iss: str
    client_id: str
    mode: LaunchMode
    redirect_uri: str
    configuration: SmartConfiguration
    scopes: tuple[str, ...]
    code_verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    framed: bool = False
    agent_hash: str = ""


@dataclass(frozen=True, slots=True)
class TokenSet:
    """One answer of the token endpoint. `expires_at` None: the server did not say."""

    access_token: str = field(repr=False)
    scope: str
    obtained_at: datetime
    expires_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """A launch's tokens with the version that a change must name (compare and swap)."""

    tokens: TokenSet
    version: int


@dataclass(frozen=True, slots=True)
class FhirContextItem:
    """One entry of `fhirContext`: `reference`, `canonical` or `identifier`, with its role."""

    reference: str | None = None
    canonical: str | None = None
    identifier: Mapping[str, Any] | None = None
    type: str | None = None
    role: str = "launch"


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """What the token response says beside the token. All of it is the EHR's word, untrusted text.

    `need_patient_banner` is true unless the EHR says false. `tenant` is the EHR's own name for the
    organization, not ours.
    """

    patient: str | None = None
    encounter: str | None = None
    need_patient_banner: bool = True
    smart_style_url: str | None = None
    intent: str | None = None
    tenant: str | None = None
    fhir_context: tuple[FhirContextItem, ...] = ()
    app_context: str | None = None
    messaging_handle: str | None = None
    messaging_origin: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchUser:
    """Who signed in, proven by the id_token. `fhir_user` is relative (`Practitioner/7`) when it
    lies on this FHIR server, absolute when elsewhere, None when the EHR did not say."""

    iss: str
    sub: str
    fhir_user: str | None = None
    name: str | None = None

    @property
    def fhir_type(self) -> str | None:
        """The resource type in `fhir_user`, such as Practitioner."""
        return self.fhir_user.split("/")[-2] if self.fhir_user else None


@dataclass(frozen=True, slots=True)
class OpenedLaunch:
    """One opened chart: one user, one patient, one grant. Its tokens lie in the TokenStore.

    `iss` is the registered FHIR base, `scope` what was granted (launch.scopes.parse_grant reads
    it). `expires_at` is the absolute end of the session; idle time is the app's to count.
    """

    launch_id: str
    tenant_id: str
    iss: str
    client_id: str
    mode: LaunchMode
    binding: Binding
    context: LaunchContext
    scope: str
    configuration: SmartConfiguration
    opened_at: datetime
    expires_at: datetime
    user: LaunchUser | None = None

    @property
    def patient(self) -> str | None:
        return self.context.patient

    @property
    def encounter(self) -> str | None:
        return self.context.encounter


@dataclass(frozen=True, slots=True)
class StoredLaunch:
    """An opened launch as stored. `session_hash` is the SHA-256 (hex) of the browser's secret.

    `held` launches wait to be continued in a window: their `session_hash` is the hash of the
    continuation's secret and opens no page.
    """

    opened: OpenedLaunch
    session_hash: str
    held: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class LaunchEvent:
    """One line for the audit trail.

    `kind`: launch_opened, launch_held, launch_continued, launch_denied, launch_ended,
    token_refreshed, reauthorization_required, endpoints_changed, backend_token.
    `code` is a LaunchError's full_code or "". No tokens, no names; `patient` is the FHIR id.
    """

    kind: str
    at: datetime
    tenant_id: str | None = None
    launch_id: str | None = None
    user_iss: str | None = None
    user_sub: str | None = None
    patient: str | None = None
    code: str = ""
    detail: str = ""
    client_ip: str | None = None


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One of our signing keys. Published from the start, signed with from `active_from`, and kept
    in the JWKS until `retire_at`, so that an EHR's cached copy always holds the key in use."""

    kid: str
    alg: str
    private_jwk: Mapping[str, str] = field(repr=False)
    active_from: datetime
    retire_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer from outside: status, lower-case header names, the whole body (capped)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
