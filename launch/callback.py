"""Is this answer of the EHR ours? Reads the callback and judges it; exchanges nothing."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from launch.browser import Browser
from launch.cookies import hash_secret, pending_cookie_name
from launch.errors import AuthorizationDenied, StateMismatch
from launch.issuer_keys import expected_issuer
from launch.models import Binding, CookieMode, PendingLaunch, Registration

_DENIALS = frozenset(
    {
        "access_denied",
        "invalid_scope",
        "invalid_request",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The query of a callback. `code` and `error` may both be None; `iss` is RFC 9207's."""

    state: str | None
    code: str | None = field(default=None, repr=False)
    error: str | None = None
    iss: str | None = None


def parse_callback(pairs: Iterable[tuple[str, str]]) -> CallbackAnswer:
    """Reads the query. A parameter given twice counts as absent (RFC 6749 3.1: MUST NOT)."""
    seen: dict[str, list[str]] = {}
    for name, value in pairs:
        seen.setdefault(name, []).append(value)

    def single(name: str) -> str | None:
        values = seen.get(name, [])
        return values[0] if len(values) == 1 and values[0] else None

    return CallbackAnswer(
        state=single("state"), code=single("code"), error=single("error"), iss=single("iss")
    )


def require_own_launch(
    pending: PendingLaunch,
    registration: Registration,
    *,
    answer: CallbackAnswer,
    browser: Browser,
    moment: float,
) -> Binding:
    """How this browser proved that it began the launch. Raises StateMismatch when it did not."""
    if pending.tenant_id != registration.tenant_id:
        raise StateMismatch("mix_up")
    if answer.iss is not None and answer.iss != expected_issuer(
        registration, pending.configuration
    ):
        raise StateMismatch("mix_up", detail="iss parameter")
    if moment >= pending.expires_at.timestamp():
        raise StateMismatch("expired")
    secret = browser.cookies.get(pending_cookie_name(pending.state_hash))
    if secret is not None:
        if not hmac.compare_digest(hash_secret(secret), pending.browser_hash):
            raise StateMismatch("other_session")
        return Binding.COOKIE
    return _binding_without_cookie(pending, registration, browser)


def _binding_without_cookie(
    pending: PendingLaunch, registration: Registration, browser: Browser
) -> Binding:
    """No cookie came back. Only a frame can be expected to lose it; everywhere else it means that
    another browser brings the answer."""
    if pending.agent_hash == browser.agent_hash:
        if registration.cookie_mode is CookieMode.COOKIELESS:
            return Binding.COOKIELESS
        if registration.cookie_mode is CookieMode.WINDOW and pending.framed and browser.framed:
            return Binding.WINDOW
    raise StateMismatch("other_session", detail="no cookie")


def require_code(answer: CallbackAnswer) -> str:
    """The code. Raises AuthorizationDenied for an error, for both, and for neither."""
    if answer.error is not None:
        if answer.code is not None:
            raise AuthorizationDenied("both")
        raise AuthorizationDenied(answer.error if answer.error in _DENIALS else "other")
    if answer.code is None:
        raise AuthorizationDenied("no_code")
    return answer.code
