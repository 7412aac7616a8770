"""Begins a launch: is the EHR known, where does it want us, what do we ask. Opens nothing yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from launch.authorize import AuthorizeRequest, build_authorize_request
from launch.browser import Browser
from launch.cookies import hash_secret, pending_cookie_name
from launch.errors import IssuerNotAllowed, LaunchRequestInvalid
from launch.issuers import canonical_iss, require_iss
from launch.models import LaunchMode, PendingLaunch, Registration, SmartConfiguration
from launch.parts import LaunchParts, concerning
from launch.scopes import build_scopes

MAX_LAUNCH = 4096


@dataclass(frozen=True, slots=True)
class BegunLaunch:
    """Where the browser goes next, and the pre-session cookie that binds `state` to it."""

    request: AuthorizeRequest
    registration: Registration
    cookie_name: str
    cookie_value: str = field(repr=False)


async def begin_ehr_launch(
    parts: LaunchParts,
    *,
    iss: Sequence[str],
    launch: Sequence[str],
    browser: Browser,
    tenant_id: str | None = None,
) -> BegunLaunch:
    """`GET /launch?iss=…&launch=…`, each given once.

    Nothing leaves the box before `iss` has matched a registration. `tenant_id` (from a launch URL
    of the tenant's own) tells two clients of one EHR apart. Raises LaunchRequestInvalid,
    IssuerNotAllowed, DiscoveryError.
    """
    raw_iss, handle = _one("iss", iss), _one("launch", launch)
    if len(handle) > MAX_LAUNCH or not handle.isprintable():
        raise LaunchRequestInvalid("launch_malformed")
    registration = await find_registration(parts, raw_iss, tenant_id=tenant_id)
    with concerning(registration):
        return await _begin(
            parts, registration, LaunchMode.EHR, aud=raw_iss, launch=handle, browser=browser
        )


async def begin_standalone_launch(
    parts: LaunchParts, *, tenant_id: str, browser: Browser
) -> BegunLaunch:
    """A launch begun by the user: the EHR shows its own sign-in and patient choice."""
    registration = await parts.registry.by_tenant(tenant_id)
    if registration is None:
        raise IssuerNotAllowed("unknown")
    with concerning(registration):
        return await _begin(
            parts,
            registration,
            LaunchMode.STANDALONE,
            aud=registration.iss,
            launch=None,
            browser=browser,
        )


async def find_registration(
    parts: LaunchParts, raw_iss: str, *, tenant_id: str | None = None
) -> Registration:
    """The registration whose base equals `raw_iss` as parsed. Raises IssuerNotAllowed."""
    allow_http = parts.settings.allow_http
    iss = require_iss(raw_iss, allow_http=allow_http)
    if tenant_id is None:
        registration = await parts.registry.find(iss)
    else:
        registration = await parts.registry.by_tenant(tenant_id)
    if registration is None or canonical_iss(registration.iss, allow_http=allow_http) != iss:
        raise IssuerNotAllowed("unknown", detail=iss)
    return registration


async def _begin(
    parts: LaunchParts,
    registration: Registration,
    mode: LaunchMode,
    *,
    aud: str,
    launch: str | None,
    browser: Browser,
) -> BegunLaunch:
    configuration = await parts.discovery.fetch(registration)
    state, secret = parts.randomness(), parts.randomness()
    pending = _build_pending(
        parts, registration, configuration, mode=mode, state=state, secret=secret, browser=browser
    )
    if "openid" in pending.scopes:
        parts.issuer_keys.prefetch(registration, configuration)
    await parts.pending.save(pending)
    parts.underway.remember(pending, registration)
    parts.token_endpoint.prefetch(registration, configuration)
    return BegunLaunch(
        request=build_authorize_request(pending, state=state, aud=aud, launch=launch),
        registration=registration,
        cookie_name=pending_cookie_name(pending.state_hash),
        cookie_value=secret,
    )


def _build_pending(
    parts: LaunchParts,
    registration: Registration,
    configuration: SmartConfiguration,
    *,
    mode: LaunchMode,
    state: str,
    secret: str,
    browser: Browser,
) -> PendingLaunch:
    now = parts.clock()
    return PendingLaunch(
        state_hash=hash_secret(state),
        browser_hash=hash_secret(secret),
        tenant_id=registration.tenant_id,
        iss=registration.iss,
        client_id=registration.client_id,
        mode=mode,
        redirect_uri=parts.settings.redirect_uri(registration.tenant_id),
        configuration=configuration,
        scopes=build_scopes(registration, configuration, mode=mode),
        code_verifier=parts.randomness(),
        nonce=parts.randomness(),
        created_at=now,
        expires_at=now + parts.settings.pending_life,
        framed=browser.framed,
        agent_hash=browser.agent_hash,
    )


def _one(name: str, values: Sequence[str]) -> str:
    """The one value of a parameter that must be there exactly once."""
    if len(values) != 1:
        raise LaunchRequestInvalid(f"{name}_{'repeated' if values else 'missing'}")
    if not values[0]:
        raise LaunchRequestInvalid(f"{name}_missing")
    return values[0]
