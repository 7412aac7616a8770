"""Launch handles, codes, access and refresh tokens: each with its life and its single use."""

import secrets
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.jsontypes import Json
from sandbox.oauth.scopes import Granted
from sandbox.outcomes import OAuthError

CODE_LIFE_S = 60
LAUNCH_LIFE_S = 300
JTIS_KEPT = 1000


@dataclass(slots=True)
class Launch:
    """What the EHR had on screen when the app was opened."""

    handle: str
    personality: str
    client_id: str
    patient: str | None
    encounter: str | None
    user: str
    context: Json
    grant: tuple[str, ...] | None
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Grant:
    """One authorization: who, which app, which patient, which scopes. Revoked as a whole."""

    client_id: str
    personality: str
    scopes: Granted
    patient: str | None = None
    encounter: str | None = None
    user: str | None = None
    context: Json = field(default_factory=dict)
    nonce: str | None = None
    revoked: bool = False


@dataclass(slots=True)
class Code:
    """An authorization code, bound to client, redirect URI and challenge."""

    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Access:
    """An access token."""

    grant: Grant
    scopes: Granted
    expires_at: float
    issued_at: float


@dataclass(slots=True)
class Refresh:
    """A refresh token; used once, then replaced."""

    grant: Grant
    used: bool = False


class Vouchers:
    """All of them, by their secret value."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.launches: dict[str, Launch] = {}
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}
        self.jtis: dict[tuple[str, str], float] = {}

    def add_launch(self, **fields: object) -> Launch:
        """A new handle, alive for five minutes; fields as in Launch."""
        expires = self._clock.timestamp() + LAUNCH_LIFE_S
        launch = Launch(handle=secrets.token_urlsafe(24), expires_at=expires, **fields)  # type: ignore[arg-type]  # names are checked by the dataclass
        self.launches[launch.handle] = launch
        return launch

    def take_launch(self, handle: str, client_id: str, personality: str) -> Launch:
        """Use a handle up. Raises OAuthError when it is unknown, old, used or another app's."""
        launch = self.launches.get(handle)
        right = launch and (launch.client_id, launch.personality) == (client_id, personality)
        if launch is None or not right:
            raise OAuthError("invalid_request", "launch is not known for this client")
        if launch.used:
            raise OAuthError("invalid_request", "launch has been used")
        if launch.expires_at <= self._clock.timestamp():
            raise OAuthError("invalid_request", "launch has expired")
        launch.used = True
        return launch

    def add_code(self, grant: Grant, redirect_uri: str, challenge: str | None) -> str:
        """A new code, alive for a minute."""
        value = secrets.token_urlsafe(32)
        expires = self._clock.timestamp() + CODE_LIFE_S
        self.codes[value] = Code(grant, redirect_uri, challenge, expires)
        return value

    def take_code(self, value: str, client_id: str, personality: str, redirect_uri: str) -> Code:
        """Use a code up; a second use revokes what the first one gave. Raises OAuthError."""
        code = self.codes.get(value)
        owner = code and (code.grant.client_id, code.grant.personality)
        if code is None or owner != (client_id, personality):
            raise OAuthError("invalid_grant", "code is not known for this client")
        if code.used:
            code.grant.revoked = True
            raise OAuthError("invalid_grant", "code has been used")
        code.used = True
        if code.expires_at <= self._clock.timestamp():
            raise OAuthError("invalid_grant", "code has expired")
        if code.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri differs from the authorization request")
        return code

    def add_access(self, grant: Grant, scopes: Granted, life_s: int) -> str:
        """A new access token."""
        value = secrets.token_urlsafe(32)
        now = self._clock.timestamp()
        self.access[value] = Access(grant, scopes, now + life_s, now)
        return value

    def add_refresh(self, grant: Grant) -> str:
        """A new refresh token of the grant."""
        value = secrets.token_urlsafe(32)
        self.refresh[value] = Refresh(grant)
        return value

    def take_refresh(self, value: str, client_id: str, personality: str) -> Refresh:
        """Use a refresh token up; a second use revokes the family. Raises OAuthError."""
        token = self.refresh.get(value)
        owner = token and (token.grant.client_id, token.grant.personality)
        if token is None or owner != (client_id, personality):
            raise OAuthError("invalid_grant", "refresh token is not known for this client")
        if token.used:
            token.grant.revoked = True
            raise OAuthError("invalid_grant", "refresh token was used before; access is revoked")
        if token.grant.revoked:
            raise OAuthError("invalid_grant", "access was revoked")
        token.used = True
        return token

    def living(self, value: str, personality: str) -> Access | None:
        """The access token when it may be used now with this EHR."""
        token = self.access.get(value)
        if token is None or token.grant.revoked or token.grant.personality != personality:
            return None
        return token if token.expires_at > self._clock.timestamp() else None

    def expire(self, client_id: str | None = None) -> int:
        """End the life of access tokens (refresh tokens live on); returns how many."""
        hit = [t for t in self.access.values() if client_id in (None, t.grant.client_id)]
        for token in hit:
            token.expires_at = 0.0
        return len(hit)

    def revoke_all(self, client_id: str | None = None) -> None:
        """Revoke every authorization, refresh tokens included."""
        grants = [t.grant for t in self.access.values()]
        grants += [t.grant for t in self.refresh.values()]
        for grant in grants:
            if client_id in (None, grant.client_id):
                grant.revoked = True

    def clear(self) -> None:
        """Forget every launch, code and token."""
        for held in (self.launches, self.codes, self.access, self.refresh, self.jtis):
            held.clear()

    def use_jti(self, client_id: str, jti: str, until: float) -> bool:
        """Note an assertion id; False when it was seen while still alive."""
        now = self._clock.timestamp()
        if len(self.jtis) > JTIS_KEPT:
            self.jtis = {k: v for k, v in self.jtis.items() if v > now}
        if self.jtis.get((client_id, jti), 0.0) > now:
            return False
        self.jtis[(client_id, jti)] = until
        return True
