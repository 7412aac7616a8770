"""The launch as the app sees it: one object with the steps as methods. Wires, decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from launch.backend_services import BackendTokens
from launch.browser import Browser
from launch.callback import parse_callback
from launch.claim import Underway
from launch.completion import CompletedLaunch, complete_launch
from launch.continuation import claim_held_launch
from launch.discovery import Discovery
from launch.errors import IssuerNotAllowed
from launch.introspection import Introspection, fetch_introspection
from launch.issuer_keys import IssuerKeys
from launch.jwks import build_public_jwks
from launch.models import Clock, OpenedLaunch, Randomness, TokenSet
from launch.parts import LaunchParts, LaunchSettings
from launch.ports import (
    ClientKeys,
    EndpointPins,
    HttpFetcher,
    IssuerRegistry,
    LaunchAudit,
    LaunchPages,
    LaunchStore,
    OnDropped,
    OnExpected,
    OnOpened,
    PendingLaunches,
    TokenStore,
)
from launch.refresh import Refresher
from launch.session import LaunchSession, end_session, require_session
from launch.start import BegunLaunch, begin_ehr_launch, begin_standalone_launch
from launch.tokens import TokenEndpoint


class LaunchService:
    """Everything a process needs to launch and to keep a launch alive. Build with
    build_launch_service; call aclose at shutdown."""

    def __init__(self, parts: LaunchParts, *, keys: ClientKeys, pages: LaunchPages) -> None:
        self.parts = parts
        self.keys = keys
        self.pages = pages
        self.refresher = Refresher(parts)
        self.backend = BackendTokens(parts)

    async def begin(
        self,
        *,
        iss: Sequence[str],
        launch: Sequence[str],
        browser: Browser,
        tenant_id: str | None = None,
    ) -> BegunLaunch:
        """An EHR launch; see launch.start.begin_ehr_launch."""
        return await begin_ehr_launch(
            self.parts, iss=iss, launch=launch, browser=browser, tenant_id=tenant_id
        )

    async def begin_standalone(self, tenant_id: str, *, browser: Browser) -> BegunLaunch:
        """A launch begun by the user; see launch.start.begin_standalone_launch."""
        return await begin_standalone_launch(self.parts, tenant_id=tenant_id, browser=browser)

    async def complete(
        self, tenant_id: str, query: Iterable[tuple[str, str]], *, browser: Browser
    ) -> CompletedLaunch:
        """The callback; see launch.callback.complete_launch."""
        answer = parse_callback(query)
        return await complete_launch(
            self.parts, tenant_id=tenant_id, answer=answer, browser=browser
        )

    async def continue_in_window(self, token: str, *, browser: Browser) -> tuple[OpenedLaunch, str]:
        """Claims a held launch; see launch.continuation.claim_held_launch."""
        return await claim_held_launch(self.parts, token=token, browser=browser)

    async def require_session(self, segment: str, cookies: Mapping[str, str]) -> LaunchSession:
        """The launch behind `/l/<segment>/`; raises SessionInvalid."""
        return await require_session(self.parts, segment, cookies)

    async def end(self, session: LaunchSession, *, browser: Browser) -> None:
        """Signs out of one launch, here and at the EHR."""
        await end_session(self.parts, session, browser)

    async def current_tokens(self, launch_id: str) -> TokenSet:
        """Tokens good for a FHIR call now; `scope` is what they permit. See launch.refresh."""
        return await self.refresher.current_tokens(launch_id)

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet:
        """Other tokens than the refused access token `used`. See launch.refresh."""
        return await self.refresher.renew_after_401(launch_id, used=used)

    async def backend_tokens(self, tenant_id: str, *, scopes: Sequence[str] = ()) -> TokenSet:
        """Tokens of the tenant's backend client. See launch.backend_services."""
        return await self.backend.fetch(tenant_id, scopes=scopes)

    def forget_backend(self, tenant_id: str) -> None:
        """Drops the backend client's tokens, after the EHR has refused one."""
        self.backend.forget(tenant_id)

    async def introspect(self, tenant_id: str, token: str) -> Introspection:
        """What the EHR says a token is worth."""
        registration = await self.parts.registry.by_tenant(tenant_id)
        if registration is None:
            raise IssuerNotAllowed("unknown")
        return await fetch_introspection(
            self.parts.token_endpoint,
            token,
            registration=registration,
            configuration=await self.parts.discovery.fetch(registration),
        )

    async def public_jwks(self) -> dict[str, Any]:
        """Our JWK Set for `/.well-known/jwks.json`."""
        return build_public_jwks(await self.keys.load_keys(), now=self.parts.clock())

    async def aclose(self) -> None:
        """Ends fetches under way."""
        parts = self.parts
        fetching = (parts.discovery, parts.issuer_keys, parts.token_endpoint)
        for part in (*fetching, self.refresher, self.backend):
            await part.aclose()


def build_launch_service(
    settings: LaunchSettings,
    *,
    registry: IssuerRegistry,
    pins: EndpointPins,
    pending: PendingLaunches,
    launches: LaunchStore,
    token_store: TokenStore,
    keys: ClientKeys,
    audit: LaunchAudit,
    fetcher: HttpFetcher,
    pages: LaunchPages,
    clock: Clock,
    randomness: Randomness,
    on_expected: OnExpected | None = None,
    on_opened: OnOpened | None = None,
    on_dropped: OnDropped | None = None,
) -> LaunchService:
    """The service over the given ports."""
    parts = LaunchParts(
        settings=settings,
        registry=registry,
        pending=pending,
        underway=Underway(clock),
        launches=launches,
        token_store=token_store,
        audit=audit,
        clock=clock,
        randomness=randomness,
        discovery=Discovery(fetcher, pins, audit, clock, allow_http=settings.allow_http),
        issuer_keys=IssuerKeys(fetcher, clock, allow_http=settings.allow_http),
        token_endpoint=TokenEndpoint(fetcher, keys, clock, randomness),
        on_expected=on_expected,
        on_opened=on_opened,
        on_dropped=on_dropped,
    )
    return LaunchService(parts, keys=keys, pages=pages)
