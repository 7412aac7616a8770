"""Ends a launch: exchanges the code, reads who and whose chart, saves it. Shows nothing."""

from dataclasses import dataclass, field

from launch.browser import Browser
from launch.callback import CallbackAnswer, require_code, require_own_launch
from launch.claim import Claim, claiming
from launch.context import parse_context, parse_user, require_usable
from launch.cookies import hash_secret, pending_cookie_name
from launch.errors import IdTokenInvalid, StateMismatch
from launch.events import build_event, tell_dropped, tell_expected, tell_opened
from launch.models import Binding, LaunchUser, OpenedLaunch, PendingLaunch, Registration
from launch.parts import LaunchParts, concerning
from launch.scopes import parse_grant
from launch.tokens import TokenAnswer, build_code_form


@dataclass(frozen=True, slots=True)
class CompletedLaunch:
    """A saved launch and the secret that opens it: for a cookie, a path, or a continuation."""

    opened: OpenedLaunch
    registration: Registration
    pending_cookie: str
    secret: str = field(repr=False)


async def complete_launch(
    parts: LaunchParts, *, tenant_id: str, answer: CallbackAnswer, browser: Browser
) -> CompletedLaunch:
    """`GET /callback/<tenant>`: from the EHR's answer to a saved launch.

    The pending record is claimed before the code goes out and removed before any token is
    believed, so a second use finds nothing. Raises StateMismatch, AuthorizationDenied, TokenError,
    IdTokenInvalid, LaunchContextInvalid.
    """
    async with claiming(
        parts.underway, parts.pending, parts.registry, answer=answer, tenant_id=tenant_id
    ) as claim:
        if claim.registration is None:
            raise StateMismatch("unknown")
        with concerning(claim.registration):
            return await _complete(parts, claim, claim.registration, answer, browser)


async def _complete(
    parts: LaunchParts,
    claim: Claim,
    registration: Registration,
    answer: CallbackAnswer,
    browser: Browser,
) -> CompletedLaunch:
    pending = _require_pending(claim.pending, answer)
    binding = require_own_launch(
        pending, registration, answer=answer, browser=browser, moment=parts.clock().timestamp()
    )
    code = require_code(answer)
    tell_expected(parts, registration)
    tokens = await parts.token_endpoint.fetch_tokens(
        build_code_form(pending, code),
        registration=registration,
        configuration=pending.configuration,
    )
    await claim.settle()
    user = await _verify_user(parts, registration, pending, tokens)
    opened = _build_opened(parts, registration, pending, tokens, user=user, binding=binding)
    secret = await _save(parts, opened, tokens, browser=browser)
    return CompletedLaunch(
        opened=opened,
        registration=registration,
        pending_cookie=pending_cookie_name(pending.state_hash),
        secret=secret,
    )


def _require_pending(taken: PendingLaunch | None, answer: CallbackAnswer) -> PendingLaunch:
    if taken is not None:
        return taken
    if answer.state is None:
        if answer.error is not None:  # nothing is opened by it, and the reason is worth showing
            require_code(answer)
        raise StateMismatch("missing")
    raise StateMismatch("unknown")


async def _verify_user(
    parts: LaunchParts, registration: Registration, pending: PendingLaunch, tokens: TokenAnswer
) -> LaunchUser | None:
    """The user, if we asked who it is: then a missing proof is a refusal, not a guest."""
    if "openid" not in pending.scopes:
        return None
    if tokens.id_token is None:
        raise IdTokenInvalid("absent")
    claims = await parts.issuer_keys.verify(
        tokens.id_token,
        registration=registration,
        configuration=pending.configuration,
        nonce=pending.nonce,
    )
    return parse_user(claims, fhir_base=registration.iss)


def _build_opened(
    parts: LaunchParts,
    registration: Registration,
    pending: PendingLaunch,
    tokens: TokenAnswer,
    *,
    user: LaunchUser | None,
    binding: Binding,
) -> OpenedLaunch:
    context, scope, now = parse_context(tokens.body), tokens.tokens.scope, parts.clock()
    require_usable(context, parse_grant(scope), requires_patient=registration.requires_patient)
    return OpenedLaunch(
        launch_id=parts.randomness()[:22],
        tenant_id=registration.tenant_id,
        iss=registration.iss,
        client_id=pending.client_id,
        mode=pending.mode,
        binding=binding,
        context=context,
        scope=scope,
        configuration=pending.configuration,
        opened_at=now,
        expires_at=now + parts.settings.session_life,
        user=user,
    )


async def _save(
    parts: LaunchParts, opened: OpenedLaunch, tokens: TokenAnswer, *, browser: Browser
) -> str:
    """Saves launch, tokens and audit line together; answers the new session secret."""
    secret, held = parts.randomness(), opened.binding is Binding.WINDOW
    audit = build_event(
        "launch_held" if held else "launch_opened", opened, parts=parts, browser=browser
    )
    if not held:
        # The reading may begin while the launch is being saved: nothing of it is shown before the
        # page has recorded its own view, and nothing is kept if the launch cannot be saved.
        await tell_opened(parts, opened, tokens.tokens)
    try:
        await parts.launches.save_launch(
            opened, tokens.tokens, session_hash=hash_secret(secret), held=held, audit=audit
        )
    except BaseException:
        if not held:
            await tell_dropped(parts, opened)
        raise
    return secret
