"""Access tokens for calls to an EHR: a person's launch, or the tenant's own backend client. Where
they come from is launch's business."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.errors import FhirUnavailable
from launch.errors import LaunchError
from launch.models import TokenSet


class TokenSource(Protocol):
    """launch.service.LaunchService, as far as tokens go."""

    async def current_tokens(self, launch_id: str) -> TokenSet: ...

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet: ...


@dataclass(frozen=True, slots=True)
class LaunchTokens:
    """One launch's tokens; "" when only a new launch helps. `first` is a token at hand. With
    `tells_outage` an EHR that could not be asked for tokens is FhirUnavailable, not ""."""

    source: TokenSource
    launch_id: str
    first: str = ""
    tells_outage: bool = False

    async def current(self) -> str:
        if self.first:
            return self.first
        return await self._ask(self.source.current_tokens(self.launch_id))

    async def renew(self, stale: str) -> str:
        return await self._ask(self.source.renew_after_401(self.launch_id, used=stale))

    async def _ask(self, asked: Awaitable[TokenSet]) -> str:
        try:
            return (await asked).access_token
        except LaunchError as exc:
            if self.tells_outage and exc.retryable:
                raise FhirUnavailable from None
            return ""


class BackendSource(Protocol):
    """launch.service.LaunchService, as far as its backend client goes."""

    async def backend_tokens(self, tenant_id: str, *, scopes: Sequence[str] = ()) -> TokenSet: ...

    def forget_backend(self, tenant_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class BackendTokens:
    """A tenant's backend client's tokens; "" where it has none. Told of an outage as above."""

    source: BackendSource
    tenant_id: str

    async def current(self) -> str:
        try:
            return (await self.source.backend_tokens(self.tenant_id)).access_token
        except LaunchError as exc:
            if exc.retryable:
                raise FhirUnavailable from None
            return ""

    async def renew(self, stale: str) -> str:
        self.source.forget_backend(self.tenant_id)
        return await self.current()
