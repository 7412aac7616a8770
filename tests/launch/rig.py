"""Two programs over real HTTP: the strict pretend EHR, and our launch with ports in memory.

Everything the launch sends out is kept as sent, so that a test can look at the very bytes.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from launch.models import ClientAuth, OpenedLaunch, Registration, TokenSet
from launch.pages import PlainPages
from launch.parts import LaunchSettings
from launch.routes import build_launch_routes
from launch.service import LaunchService, build_launch_service
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.launch.fetcher import HttpxFetcher
from tests.launch.memory import (
    CLIENT_KEYS,
    MemoryAudit,
    MemoryKeys,
    MemoryPending,
    MemoryPins,
    MemoryRegistry,
    MemoryStore,
    random_token,
    real_clock,
)
from tests.launch.world import Cookies

T = TypeVar("T")
PATIENT = "pat-launch"
PEOPLE: list[dict[str, Any]] = [
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "resource": {
                    "resourceType": "Patient",
                    "id": PATIENT,
                    "name": [{"family": "Vale", "given": ["Robin"]}],
                }
            },
            {"resource": {"resourceType": "Patient", "id": "pat-other"}},
        ],
    }
]
SCOPES_V2 = ("openid", "fhirUser", "online_access", "patient/Patient.rs", "patient/Condition.rs")
SCOPES_V1 = ("openid", "profile", "online_access", "patient/Patient.read")
AUTHS = {
    "alp": (ClientAuth.PUBLIC, "public"),
    "alcs": (ClientAuth.SYMMETRIC, "symmetric"),
    "alca": (ClientAuth.ASYMMETRIC, "asymmetric"),
}


@dataclass(frozen=True)
class Sent:
    """One outbound request as it left us."""

    method: str
    url: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Rig:
    """`tenant` names are `<client type>-<personality>`; `bsca-generic` is Backend Services."""

    origin: str
    app: str
    ehr: httpx.Client
    registry: MemoryRegistry
    audit: MemoryAudit
    store: MemoryStore
    pending: MemoryPending
    service: LaunchService
    loop: asyncio.AbstractEventLoop
    sent: list[Sent] = field(default_factory=list)
    told: list[OpenedLaunch] = field(default_factory=list)

    def control(self, path: str, method: str = "POST", **data: Any) -> Any:
        """One call to the sandbox's /_sandbox/ side."""
        response = self.ehr.request(method, f"/_sandbox/{path}", json=data)
        response.raise_for_status()
        return response.json()

    def base(self, personality: str) -> str:
        return f"{self.origin}/{personality}/fhir"

    def run(self, coroutine: Any) -> Any:
        """Awaits something in the app's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(120)

    def register(self, kind: str, personality: str, **changes: Any) -> Registration:
        """Makes the app known on both sides; the same tenant may be registered anew."""
        tenant = f"{kind}-{personality}"
        auth, type_ = AUTHS.get(kind, (ClientAuth.ASYMMETRIC, "backend"))
        registration = Registration(
            tenant_id=tenant,
            iss=self.base(personality),
            client_id=f"id-{tenant}",
            client_auth=auth,
            client_secret="s3cret" if auth is ClientAuth.SYMMETRIC else None,
            scopes_v2=SCOPES_V2,
            scopes_v1=SCOPES_V1,
            backend_client_id=f"id-{tenant}" if kind == "bsca" else None,
            backend_scopes=("system/Patient.rs",),
        )
        registration = replace(registration, **changes)
        others = [r for r in self.registry.registrations if r.tenant_id != tenant]
        self.registry.registrations = [registration, *others]
        self.service.parts.discovery.forget(tenant)
        self.control(
            "clients",
            client_id=registration.client_id,
            type=type_,
            secret="s3cret" if type_ == "symmetric" else None,
            jwks_url=f"{self.app}/.well-known/jwks.json" if auth is ClientAuth.ASYMMETRIC else None,
            redirect_uris=[] if kind == "bsca" else [f"{self.app}/callback/{tenant}"],
            launch_url=f"{self.app}/launch",
            scopes="",
        )
        return registration

    def read_patient(self, tokens: TokenSet, opened: OpenedLaunch) -> int:
        """The status of a FHIR read with the token."""
        return self.ehr.get(
            f"{opened.iss}/Patient/{opened.patient}",
            headers={"Authorization": f"Bearer {tokens.access_token}"},
        ).status_code

    def token_forms(self) -> list[dict[str, str]]:
        return [sent.form for sent in self.sent if sent.url.endswith("/oauth2/token")]


class Browser:
    """Follows a launch step by step, with the cookies of both sites kept apart."""

    def __init__(self, rig: Rig, *, headers: dict[str, str] | None = None) -> None:
        self.rig = rig
        self.cookies = Cookies()
        self.headers = headers or {}

    def get(self, url: str) -> httpx.Response:
        """One GET, not followed; our cookies go only to us."""
        ours = url.startswith(self.rig.app)
        headers = {**self.headers, **(self.cookies.header() if ours else {})}
        response = httpx.get(url, headers=headers, trust_env=False, timeout=120)
        if ours:
            self.cookies.keep(response)
        return response

    def begin(self, registration: Registration, **launch: Any) -> httpx.Response:
        """The EHR opens our launch URL; our answer."""
        personality = registration.tenant_id.partition("-")[2]
        made = self.rig.control(
            "launches",
            client_id=registration.client_id,
            personality=personality,
            **{"patient": PATIENT, **launch},
        )
        return self.get(made["launch_url"])

    def to_callback(self, begun: httpx.Response) -> str:
        """Follows us to the EHR; the callback URL it sends the browser to."""
        assert begun.status_code == 303, begun.text
        back = self.get(begun.headers["location"])
        assert back.status_code in (302, 303), back.text
        return str(back.headers["location"])

    def open(self, registration: Registration, **launch: Any) -> httpx.Response:
        """A whole launch; our answer to the callback."""
        return self.get(self.to_callback(self.begin(registration, **launch)))

    def opened(self, registration: Registration, **launch: Any) -> OpenedLaunch:
        """A whole launch that must succeed."""
        response = self.open(registration, **launch)
        assert response.status_code == 303, response.text
        assert self.get(response.headers["location"]).status_code == 200
        return self.rig.told[-1]


def asked_of(response: httpx.Response) -> dict[str, str]:
    """The parameters of the authorization request that a launch answered with."""
    query = parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def ended_in(rig: Rig, response: httpx.Response, code: str, status: int) -> str:
    """The page of a launch that ended: its code, no stack trace, no session; nothing opened."""
    assert (response.status_code, code in response.text) == (status, True), response.text
    assert "Traceback" not in response.text
    assert not [c for c in response.headers.get_list("set-cookie") if c.startswith("__Host-cs-")]
    assert rig.told == []
    assert rig.audit.events[-1].code == code
    assert re.search(r"again|administrator|support team", response.text), "what to do"
    return response.text


@contextmanager
def serving(app: Starlette, sock: socket.socket) -> Iterator[asyncio.AbstractEventLoop]:
    """Runs an ASGI app on a bound socket in a thread; gives its event loop."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve(sockets=[sock]))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    try:
        yield loop
    finally:
        server.should_exit = True
        thread.join(120)
        loop.close()


@contextmanager
def running_rig() -> Iterator[Rig]:
    """The whole rig on loopback ports."""
    sent: list[Sent] = []
    told: list[OpenedLaunch] = []

    async def keep(request: httpx.Request) -> None:
        body = request.content.decode()
        sent.append(
            Sent(request.method, str(request.url), dict(request.headers), dict(parse_qsl(body)))
        )

    async def on_opened(opened: OpenedLaunch, _tokens: TokenSet | None) -> None:
        told.append(opened)

    sock = socket.create_server(("127.0.0.1", 0))
    app_url = f"http://localhost:{sock.getsockname()[1]}"
    audit = MemoryAudit()
    store = MemoryStore(audit)
    registry = MemoryRegistry()
    pending = MemoryPending(registry)
    client = httpx.AsyncClient(event_hooks={"request": [keep]}, trust_env=False, timeout=60)
    service = build_launch_service(
        LaunchSettings(public_base_url=app_url, signing_key="k" * 32, allow_http=True),
        registry=registry,
        pins=MemoryPins(),
        pending=pending,
        launches=store,
        token_store=store,
        keys=MemoryKeys(CLIENT_KEYS),
        audit=audit,
        fetcher=HttpxFetcher(client),
        pages=PlainPages(),
        clock=real_clock,
        randomness=random_token,
        on_opened=on_opened,
    )

    async def chart(request: Request) -> PlainTextResponse:
        await service.require_session(request.path_params["launch"], request.cookies)
        return PlainTextResponse("the chart")

    app = Starlette(routes=[*build_launch_routes(service), Route("/l/{launch}/", chart)])
    with (
        running_sandbox(SandboxConfig(), people=PEOPLE) as origin,
        serving(app, sock) as loop,
        httpx.Client(base_url=origin, trust_env=False, timeout=120) as ehr,
    ):
        rig = Rig(origin, app_url, ehr, registry, audit, store, pending, service, loop, sent, told)
        yield rig
        rig.run(service.aclose())
        rig.run(client.aclose())
