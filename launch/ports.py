"""What launch needs from its surroundings, as Protocols. app/store, app/web and app/main fulfil
them; no default lives here."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from launch.errors import LaunchError
from launch.models import (
    ClientKey,
    HttpReply,
    LaunchEvent,
    OpenedLaunch,
    PendingLaunch,
    Registration,
    StoredLaunch,
    StoredTokens,
    TokenSet,
)


class FetchFailed(Exception):
    """Raised by HttpFetcher when there is no answer to trust. `kind`: timeout, connect, refused
    (address not permitted), too_large, protocol. Carries no URL and no body."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class HttpFetcher(Protocol):
    """The app's one outbound client: launch brings none, as pools, TLS and the addresses that may
    be reached are not its to choose. Follows no redirect and refuses hosts that the tenant does
    not list."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        max_bytes: int = 1_000_000,
    ) -> HttpReply:
        """The answer, whatever its status. `form` is sent as x-www-form-urlencoded; `timeout_s`
        bounds the whole exchange, body included, `max_bytes` the body.

        Raises FetchFailed when there is none, or more than that.
        """
        ...


class IssuerRegistry(Protocol):
    """The EHR connections of this installation."""

    async def find(self, iss: str) -> Registration | None:
        """The connection whose registered base equals `iss`, both as launch.issuers.canonical_iss
        gives them (scheme, host, port and path compared as parsed, no trailing slash)."""
        ...

    async def by_tenant(self, tenant_id: str) -> Registration | None: ...


class EndpointPins(Protocol):
    """The authorize and token hosts first seen for a tenant; a later change is refused."""

    async def load_pins(self, tenant_id: str) -> tuple[str, ...] | None: ...

    async def save_pins(self, tenant_id: str, hosts: tuple[str, ...]) -> None:
        """Keeps them if none are kept yet; never overwrites."""
        ...


class PendingLaunches(Protocol):
    """Authorizations under way. Sealed at rest: they hold code_verifier and nonce."""

    async def save(self, pending: PendingLaunch) -> None: ...

    async def take(
        self, state_hash: str, tenant_id: str
    ) -> tuple[PendingLaunch | None, Registration | None]:
        """The record, removed in the same atomic step: of two takers one gets None. With it, as of
        the same moment and whether or not there was a record, what `by_tenant` of the registry
        says of the tenant whose callback brought the state: a callback needs both at once."""
        ...


class LaunchStore(Protocol):
    """Opened launches. Every change takes the audit event and commits both or neither."""

    async def save_launch(
        self,
        opened: OpenedLaunch,
        tokens: TokenSet,
        *,
        session_hash: str,
        held: bool,
        audit: LaunchEvent,
    ) -> None:
        """Saves the launch and its tokens (version 1), sealed."""
        ...

    async def load_launch(self, launch_id: str) -> StoredLaunch | None: ...

    async def claim_launch(
        self, launch_id: str, *, held_hash: str, session_hash: str, audit: LaunchEvent
    ) -> bool:
        """One atomic step: if the launch is held under `held_hash` and not ended, put
        `session_hash` in its place, held false. False when it was not so."""
        ...

    async def end_launch(self, launch_id: str, *, audit: LaunchEvent) -> None:
        """Marks it ended and removes its tokens. Ending twice is no error."""
        ...


class TokenStore(Protocol):
    """Tokens of opened launches, with the lease that makes a refresh single-flight everywhere."""

    async def load_tokens(self, launch_id: str) -> StoredTokens | None: ...

    async def acquire_refresh(
        self, launch_id: str, *, version: int, holder: str, now: datetime, until: datetime
    ) -> bool:
        """One atomic step: true if the tokens still have `version` and nobody else's lease is
        alive at `now`; the lease is then `holder`'s until `until`."""
        ...

    async def swap_tokens(
        self,
        launch_id: str,
        *,
        version: int,
        tokens: TokenSet,
        audit: LaunchEvent,
    ) -> bool:
        """One atomic step: if the tokens have `version`, replace them, version + 1, drop the
        lease. False when the version has moved on."""
        ...

    async def release_refresh(self, launch_id: str, *, holder: str) -> None:
        """Gives the lease back without a change; nothing happens if it is not `holder`'s."""
        ...


class ClientKeys(Protocol):
    """Our own signing keys, at least one RS384 and one ES384 that is active."""

    async def load_keys(self) -> tuple[ClientKey, ...]: ...


class LaunchAudit(Protocol):
    """For events that change no launch: denials, alarms."""

    async def record(self, event: LaunchEvent) -> None: ...


class LaunchPages(Protocol):
    """The pages a launch may end in. routes adds no-store, no-referrer and, where a page sets no
    Content-Security-Policy of its own, a strict one with `frame_ancestors`."""

    def render_error(
        self, request: Request, error: LaunchError, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """Title, user_message, full_code; status `error.status`."""
        ...

    def render_window(
        self, request: Request, opened: OpenedLaunch, url: str, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """ "Open Chartside in its own window": one link to `url` with target=_blank, and who is
        signed in. Sets no cookie."""
        ...

    def render_signed_out(
        self, request: Request, *, frame_ancestors: tuple[str, ...]
    ) -> Response: ...


OnExpected = Callable[[Registration], None]
"""Called when a callback has proven to be ours, while its code is exchanged: what a chart of that
EHR needs can be made ready. Must return at once; what it raises is logged, not shown."""

OnOpened = Callable[[OpenedLaunch, TokenSet | None], Awaitable[None]]
"""Called when a launch is complete, beside its saving, so that the chart can be read meanwhile; the
tokens are given because they may not be stored yet (None: a held launch that was claimed, its
tokens are). Must return at once (start a task); what it raises is logged, not shown."""

OnDropped = Callable[[OpenedLaunch], Awaitable[None]]
"""Called when a launch of which on_opened was told could not be saved: forget it."""
