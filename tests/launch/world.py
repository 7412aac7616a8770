"""A whole launch in one process: our routes, ports in memory, the scripted EHR."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette

from launch.models import OpenedLaunch, Registration, TokenSet
from launch.pages import PlainPages
from launch.parts import LaunchSettings
from launch.routes import build_launch_routes
from launch.service import LaunchService, build_launch_service
from tests.launch.fetcher import HttpxFetcher
from tests.launch.memory import (
    CLIENT_KEYS,
    MemoryAudit,
    MemoryKeys,
    MemoryPending,
    MemoryPins,
    MemoryRegistry,
    MemoryStore,
    MovableClock,
    random_token,
)
from tests.launch.small_ehr import BASE, SmallEhr

APP = "https://app.example.com"
FRAMED = {"Sec-Fetch-Dest": "iframe"}
REGISTRATION = Registration(
    tenant_id="north",
    iss=BASE,
    client_id="client-1",
    scopes_v2=("openid", "fhirUser", "patient/Patient.rs", "patient/Observation.rs"),
    frame_ancestors=("https://ehr.example.org",),
)


class Cookies:
    """A browser's jar for `__Host-` cookies: keeps what is set, forgets what is removed."""

    def __init__(self) -> None:
        self.jar: dict[str, str] = {}

    def keep(self, response: httpx.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= set(
                attributes
            )
            if "Max-Age=0" in attributes:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value

    def header(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.jar.items())} if self.jar else {}


@dataclass
class World:
    ehr: SmallEhr = field(default_factory=SmallEhr)
    registry: MemoryRegistry = field(default_factory=lambda: MemoryRegistry([REGISTRATION]))
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    clock: MovableClock = field(default_factory=MovableClock)
    pins: MemoryPins = field(default_factory=MemoryPins)
    keys: MemoryKeys = field(default_factory=lambda: MemoryKeys(CLIENT_KEYS))
    cookies: Cookies = field(default_factory=Cookies)
    told: list[OpenedLaunch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.audit)
        self.pending = MemoryPending(self.registry)
        self.service = self.build_service()
        app = Starlette(routes=build_launch_routes(self.service))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=APP,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # self.cookies has them
        )

    def build_service(self) -> LaunchService:
        """A further process over the same rows."""
        return build_launch_service(
            LaunchSettings(public_base_url=APP, signing_key="k" * 32),
            registry=self.registry,
            pins=self.pins,
            pending=self.pending,
            launches=self.store,
            token_store=self.store,
            keys=self.keys,
            audit=self.audit,
            fetcher=HttpxFetcher(self.ehr.client()),
            pages=PlainPages(),
            clock=self.clock,
            randomness=random_token,
            on_opened=self.on_opened,
            on_dropped=self.on_dropped,
        )

    async def on_dropped(self, opened: OpenedLaunch) -> None:
        self.told.remove(opened)

    async def on_opened(self, opened: OpenedLaunch, _tokens: TokenSet | None) -> None:
        self.told.append(opened)

    def register(self, registration: Registration) -> None:
        self.registry.registrations = [registration]

    async def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        """As the browser: with its cookies, keeping what is set."""
        sent = {**self.cookies.header(), **(headers or {})}
        response = await self.http.get(path, params=params or None, headers=sent)
        self.cookies.keep(response)
        return response

    async def launch(self, *, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """Begins an EHR launch; the parameters with which the browser is sent to the EHR."""
        response = await self.get("/launch", headers=headers, iss=BASE, launch="handle-1")
        assert response.status_code == 303, response.text
        return {k: v[0] for k, v in parse_qs(urlsplit(response.headers["location"]).query).items()}

    def good_token(self, asked: Mapping[str, str], **changes: Any) -> None:
        """Lets the EHR answer the code with tokens and a genuine id_token."""
        claims = self.ehr.claims(now=self.clock().timestamp(), nonce=asked["nonce"])
        self.ehr.answer_token(self.ehr.sign(claims), **changes)

    async def callback(
        self, asked: Mapping[str, str], *, headers: Mapping[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        answer = {"code": "code-1", "state": asked["state"], **params}
        return await self.get("/callback/north", headers=headers, **answer)

    async def open(
        self, *, headers: Mapping[str, str] | None = None, **changes: Any
    ) -> OpenedLaunch:
        """A whole launch; the opened launch as stored."""
        asked = await self.launch(headers=headers)
        self.good_token(asked, **changes)
        response = await self.callback(asked, headers=headers)
        assert response.status_code == 303, response.text
        return list(self.store.launches.values())[-1].opened
