"""The closed error family of the launch. Holds codes and messages; decides nothing.

LaunchError(code, reason, detail)
├── LaunchRequestInvalid     /launch was called without, or with several, `iss` or `launch`
├── IssuerNotAllowed         `iss` is no EHR that this installation is connected to
├── DiscoveryError           the EHR does not say (well) where to sign in
├── StateMismatch            the answer does not belong to a launch begun in this browser
├── AuthorizationDenied      the EHR said no at the authorization endpoint (RFC 6749 4.1.2.1)
├── TokenError               the EHR said no at the token endpoint (RFC 6749 5.2), or not at all
├── IdTokenInvalid           who signed in cannot be proven (OIDC Core 3.1.3.7)
├── LaunchContextInvalid     the launch holds no usable patient or no permission
├── SessionInvalid           this browser holds no key to the opened chart
└── ReauthorizationRequired  the sign-in to the EHR is over

`code` is stable, `reason` a stable word inside it. `title` says what happened, `user_message` what
happened and what to do, both for a clinician. `detail` is for logs and audit: never a token, a
code, PHI or an upstream body.
"""

from typing import ClassVar

REOPEN = "Close this panel and open Chartside again from the chart."
CALL_IT = "If it happens again, give your EHR support team the code below."
LATER = "Wait a minute, then open Chartside again from the chart."


class LaunchError(Exception):
    """Root of the family; `status` is the HTTP status of the page that shows it.

    `reasons` maps each reason to its own message; a reason not listed keeps the class's message.
    `tenant_id` and `frame_ancestors` are filled in where the launch's tenant is known.
    """

    code: ClassVar[str] = "launch"
    title: ClassVar[str] = "Chartside could not open"
    user_message: str = f"Something went wrong while opening. {REOPEN}"
    status: ClassVar[int] = 400
    retryable: bool = False
    reasons: ClassVar[dict[str, str]] = {}

    def __init__(self, reason: str = "", *, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        self.tenant_id: str | None = None
        self.frame_ancestors: tuple[str, ...] = ()
        if reason in self.reasons:
            self.user_message = self.reasons[reason]
        super().__init__(": ".join(part for part in (self.full_code, detail) if part))

    @property
    def full_code(self) -> str:
        """`code`, and `code.reason` where there is one: what support asks for."""
        return f"{self.code}.{self.reason}" if self.reason else self.code


class LaunchRequestInvalid(LaunchError):
    code = "launch_request"
    title = "This is not a complete launch"
    user_message = (
        f"The EHR did not say which chart to open. {REOPEN} A bookmark or a copied address "
        "cannot be used."
    )


class IssuerNotAllowed(LaunchError):
    code = "issuer"
    title = "This EHR is not connected to Chartside"
    user_message = (
        "The launch came from an EHR that this Chartside does not know. Nothing was sent to it. "
        "Ask your administrator to connect it, and give the code below."
    )


class DiscoveryError(LaunchError):
    """Reasons: unreachable, not_found, malformed, incomplete, no_s256, endpoints_moved."""

    code = "discovery"
    title = "The EHR did not say how to sign in"
    user_message = f"Chartside could not read the EHR's sign-in settings. {CALL_IT}"
    status = 502
    reasons: ClassVar[dict[str, str]] = {
        "unreachable": f"The EHR did not answer in time. {LATER} {CALL_IT}",
        "no_s256": (
            "The EHR does not offer the protection (PKCE with S256) that Chartside needs to sign "
            "in safely. Give your EHR support team the code below."
        ),
        "endpoints_moved": (
            "The EHR's sign-in address has changed. To be safe Chartside stops here until your "
            "administrator has confirmed the new address. Give them the code below."
        ),
    }

    def __init__(self, reason: str = "", *, detail: str = "") -> None:
        super().__init__(reason, detail=detail)
        self.retryable = reason == "unreachable"


class StateMismatch(LaunchError):
    """Reasons: missing, unknown (also: already used), expired, other_session, mix_up."""

    code = "state"
    title = "This sign-in cannot be continued"
    user_message = f"The answer of the EHR does not belong to a launch begun here. {REOPEN}"
    reasons: ClassVar[dict[str, str]] = {
        "unknown": (
            f"This sign-in was already used, or is not known here. {REOPEN} Going back or "
            "reloading cannot repeat it."
        ),
        "expired": f"Signing in took longer than ten minutes. {REOPEN}",
        "other_session": (
            "The sign-in was begun in another browser or window, or this one blocks cookies. "
            f"{REOPEN} If that does not help, ask your support team to allow cookies for "
            "Chartside."
        ),
    }


class AuthorizationDenied(LaunchError):
    """`reason` is the OAuth error code when it is a registered one, else `other`."""

    code = "authorization"
    title = "The EHR did not allow the sign-in"
    user_message = f"The EHR refused to open Chartside. {CALL_IT}"
    status = 403
    reasons: ClassVar[dict[str, str]] = {
        "access_denied": (
            "Access was declined in the EHR, by you or by a rule of your organization. Open "
            "Chartside again from the chart to try once more; if you did not decline, give your "
            "EHR support team the code below."
        ),
        "invalid_scope": (
            "The EHR does not permit what Chartside asks to see. Your administrator has to adjust "
            "the permissions; give them the code below."
        ),
        "invalid_request": (
            f"The EHR did not accept this launch; perhaps it was already used. {REOPEN} {CALL_IT}"
        ),
        "server_error": f"The EHR had a fault of its own. {LATER} {CALL_IT}",
        "temporarily_unavailable": f"The EHR is busy. {LATER}",
        "both": f"The EHR gave a contradictory answer. {REOPEN} {CALL_IT}",
    }

    def __init__(self, reason: str = "", *, detail: str = "") -> None:
        super().__init__(reason, detail=detail)
        self.retryable = reason in {"server_error", "temporarily_unavailable"}


class TokenError(LaunchError):
    """`reason` is the RFC 6749 5.2 code, or unreachable, malformed, other."""

    code = "token"
    title = "The EHR did not complete the sign-in"
    user_message = f"The EHR did not complete the sign-in. {REOPEN} {CALL_IT}"
    status = 502
    reasons: ClassVar[dict[str, str]] = {
        "invalid_grant": (f"The sign-in was not completed in time, or was already used. {REOPEN}"),
        "invalid_client": (
            "The EHR does not recognize Chartside's own credentials. Your administrator has to "
            "mend the connection; give them the code below."
        ),
        "unauthorized_client": (
            "The EHR does not let Chartside sign in this way. Your administrator has to mend the "
            "connection; give them the code below."
        ),
        "unreachable": f"The EHR did not answer in time. {LATER} {CALL_IT}",
    }

    def __init__(self, reason: str = "", *, detail: str = "") -> None:
        super().__init__(reason, detail=detail)
        self.retryable = reason in {"unreachable", "temporarily_unavailable"}


class IdTokenInvalid(LaunchError):
    """Reasons: absent, malformed, alg, keys, signature, issuer, audience, expired, nonce."""

    code = "id_token"
    title = "Your identity could not be confirmed"
    user_message = (
        f"The EHR did not prove who is signed in, so the chart was not opened. {REOPEN} {CALL_IT}"
    )
    status = 502


class LaunchContextInvalid(LaunchError):
    """Reasons: no_patient, no_scope."""

    code = "context"
    title = "The EHR did not say whose chart this is"
    user_message = (
        "The EHR signed you in but named no patient. Open a patient's chart first, then open "
        f"Chartside from there. {CALL_IT}"
    )
    status = 403
    reasons: ClassVar[dict[str, str]] = {
        "no_scope": (
            "The EHR signed you in but permits Chartside to see nothing. Your administrator has "
            "to adjust the permissions; give them the code below."
        ),
    }


class SessionInvalid(LaunchError):
    """Reasons: missing, unknown, ended, expired, window (continuation no longer valid)."""

    code = "session"
    title = "This chart is not open here"
    user_message = f"This browser has no open sign-in for this chart. {REOPEN}"
    status = 401
    reasons: ClassVar[dict[str, str]] = {
        "missing": (
            "This browser sent no sign-in for this chart. It may block cookies, or the address "
            f"was copied from elsewhere. {REOPEN} If it happens each time, ask your support team "
            "to allow cookies for Chartside."
        ),
        "ended": f"You have signed out of this chart. {REOPEN}",
        "expired": f"The sign-in to this chart has ended because of its age. {REOPEN}",
        "window": f"This link was already used, or is too old. {REOPEN}",
    }


class ReauthorizationRequired(LaunchError):
    """The refresh token is absent, used up or refused: only a new launch helps."""

    code = "reauthorization"
    title = "The sign-in to the EHR has ended"
    user_message = f"The EHR ended this sign-in. What you saved here is kept. {REOPEN}"
    status = 401
