"""The token endpoint: requests built, answers read. Refresh timing and storage are elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from launch.documents import parse_object
from launch.errors import TokenError
from launch.models import (
    Clock,
    PendingLaunch,
    Randomness,
    Registration,
    SmartConfiguration,
    TokenSet,
)
from launch.ports import ClientKeys, FetchFailed, HttpFetcher
from launch.proofs import Proofs

MAX_LIFE_S = 10 * 365 * 86_400
# RFC 6749 5.2, and 4.1.2.1 for servers that mix the two up.
_CODES = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    }
)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A good answer: the tokens, and the whole body for context and id_token. Never log it."""

    tokens: TokenSet
    body: Mapping[str, Any] = field(repr=False)

    @property
    def id_token(self) -> str | None:
        value = self.body.get("id_token")
        return value if isinstance(value, str) and value else None


def build_code_form(pending: PendingLaunch, code: str) -> dict[str, str]:
    """The form of the code exchange, without the client's proof (RFC 6749 4.1.3, RFC 7636 4.5)."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": pending.redirect_uri,
        "code_verifier": pending.code_verifier,
    }


def build_refresh_form(refresh_token: str) -> dict[str, str]:
    """The form of a refresh. No `scope`: the answer then keeps the grant (RFC 6749 6)."""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def parse_token_answer(
    body: bytes, *, now: datetime, previous: TokenSet | None = None
) -> TokenAnswer:
    """Reads a 200 answer; unknown keys are kept, `expires_in` may be absent or a string.

    `previous` is what a refresh replaces: its scope and refresh token stay where the answer names
    none. Raises TokenError("malformed").
    """
    document = parse_object(body)
    if document is None:
        raise TokenError("malformed", detail="no JSON object")
    if "error" in document:
        raise TokenError(oauth_code(document))
    access = document.get("access_token")
    if not isinstance(access, str) or not access or not access.isprintable():
        raise TokenError("malformed", detail="no access_token")
    if str(document.get("token_type")).lower() != "bearer":
        raise TokenError("malformed", detail="token_type is not Bearer")
    refresh, scope = document.get("refresh_token"), _scope(document.get("scope"))
    tokens = TokenSet(
        access_token=access,
        scope=scope if scope is not None else previous.scope if previous else "",
        obtained_at=now,
        expires_at=_expiry(document.get("expires_in"), now),
        refresh_token=(
            refresh
            if isinstance(refresh, str) and refresh
            else previous.refresh_token
            if previous
            else None
        ),
    )
    return TokenAnswer(tokens=tokens, body=document)


def oauth_code(document: Mapping[str, Any] | None) -> str:
    """The registered error code in an OAuth error answer, else `other`; free text is not read."""
    code = document.get("error") if document else None
    return code if isinstance(code, str) and code in _CODES else "other"


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Sends forms to token, introspection and revocation endpoints, proving the client."""

    fetcher: HttpFetcher
    keys: ClientKeys
    clock: Clock
    randomness: Randomness
    timeout_s: float = 15.0
    _proofs: Proofs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_proofs", Proofs(self.keys, self.clock, self.randomness))

    def prefetch(self, registration: Registration, configuration: SmartConfiguration) -> None:
        """Begins to make the client's proof ready while the user is at the EHR."""
        self._proofs.prefetch(registration, configuration)

    async def aclose(self) -> None:
        """Ends what is under way."""
        await self._proofs.aclose()

    async def fetch_tokens(
        self,
        form: Mapping[str, str],
        *,
        registration: Registration,
        configuration: SmartConfiguration,
        previous: TokenSet | None = None,
    ) -> TokenAnswer:
        """Raises TokenError with the server's code, or unreachable or malformed."""
        reply = await self.post(
            configuration.token_endpoint,
            form,
            registration=registration,
            configuration=configuration,
        )
        return parse_token_answer(reply, now=self.clock(), previous=previous)

    async def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        registration: Registration,
        configuration: SmartConfiguration,
    ) -> bytes:
        """The body of a 2xx answer to an authenticated form POST. Raises TokenError."""
        proof = await self._proofs.prove(registration, configuration)
        headers = {"Accept": "application/json", **proof.headers}
        try:
            reply = await self.fetcher.send(
                "POST", url, headers=headers, form={**form, **proof.form}, timeout_s=self.timeout_s
            )
        except FetchFailed as failure:
            raise TokenError("unreachable", detail=failure.kind) from None
        if 200 <= reply.status < 300:
            return reply.body
        raise _refusal(reply.status, parse_object(reply.body))


def _refusal(status: int, document: dict[str, Any] | None) -> TokenError:
    code = oauth_code(document)
    if code == "other" and status == 401:
        code = "invalid_client"
    if code == "other" and (status >= 500 or status == 429):
        code = "unreachable"
    return TokenError(code, detail=f"status {status}")


def _scope(value: object) -> str | None:
    if isinstance(value, list):  # some servers send a list
        value = " ".join(v for v in value if isinstance(v, str))
    return value if isinstance(value, str) else None


def _expiry(value: object, now: datetime) -> datetime | None:
    """When `expires_in` ends; None if the server did not say so in a usable way."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return now + timedelta(seconds=seconds) if 0 <= seconds <= MAX_LIFE_S else None
