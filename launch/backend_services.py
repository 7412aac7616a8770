"""SMART Backend Services: tokens without a user, by client_credentials. Cached until they end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from launch.errors import IssuerNotAllowed, TokenError
from launch.models import ClientAuth, LaunchEvent, Registration, TokenSet
from launch.parts import LaunchParts, concerning
from launch.refresh import is_due
from launch.single_flight import SingleFlight


def build_credentials_form(scopes: Sequence[str]) -> dict[str, str]:
    """The form, without the client's proof; `scope` is required (SMART, Backend Services)."""
    return {"grant_type": "client_credentials", "scope": " ".join(scopes)}


def build_backend_client(registration: Registration) -> Registration:
    """The registration as its backend client: other client_id, other proof.

    Raises TokenError("unauthorized_client") where there is none, or it could prove nothing.
    """
    client_id = registration.backend_client_id
    if client_id is None or registration.backend_auth is ClientAuth.PUBLIC:
        raise TokenError("unauthorized_client", detail="no backend client is configured")
    return replace(
        registration,
        client_id=client_id,
        client_auth=registration.backend_auth,
        client_secret=registration.backend_secret,
    )


@dataclass(slots=True)
class BackendTokens:
    """One per process. Tokens live minutes and stay in memory; a restart fetches anew."""

    parts: LaunchParts
    _known: dict[str, TokenSet] = field(default_factory=dict)
    _flights: SingleFlight[TokenSet] = field(default_factory=SingleFlight)

    async def fetch(self, tenant_id: str, *, scopes: Sequence[str] = ()) -> TokenSet:
        """Tokens for the tenant's `backend_scopes`, or for the given ones.

        Raises IssuerNotAllowed, DiscoveryError, TokenError.
        """
        registration = await self.parts.registry.by_tenant(tenant_id)
        if registration is None:
            raise IssuerNotAllowed("unknown")
        asked = tuple(scopes) or registration.backend_scopes
        key = " ".join((tenant_id, *asked))
        known = self._known.get(key)
        if known is not None and not is_due(known, self.parts.clock()):
            return known
        return await self._flights.run(key, lambda: self._ask(key, registration, asked))

    def forget(self, tenant_id: str) -> None:
        """Drops the tenant's tokens, after the EHR has refused one."""
        for key in [k for k in self._known if k.split(" ", 1)[0] == tenant_id]:
            del self._known[key]

    async def aclose(self) -> None:
        await self._flights.aclose()

    async def _ask(self, key: str, registration: Registration, asked: Sequence[str]) -> TokenSet:
        with concerning(registration):
            client = build_backend_client(registration)
            answer = await self.parts.token_endpoint.fetch_tokens(
                build_credentials_form(asked),
                registration=client,
                configuration=await self.parts.discovery.fetch(registration),
            )
        await self.parts.audit.record(
            LaunchEvent(
                kind="backend_token", at=self.parts.clock(), tenant_id=registration.tenant_id
            )
        )
        tokens = answer.tokens
        if tokens.expires_at is not None:  # without an end, every use asks anew
            self._known[key] = tokens
        return tokens
