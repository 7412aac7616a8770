"""Chartside and the pretend EHR, both served on loopback for one test module."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from app.cli.demo import PERSONALITIES, Demo, build_clients, open_doors, save_tenants
from app.main import Parts, build_app
from app.settings import Patience, Settings
from app.sync.patient_write import WriteResult
from sandbox.config import SandboxConfig
from sandbox.people import build_people
from sandbox.serving import running_sandbox
from tests.flows.mini_browser import MiniBrowser, Page

T = TypeVar("T")
SOON_S = 120.0
"""What takes a second on an idle machine has ended by then on one that is starved."""

PATIENT = Patience(*[60.0] * 6)
"""Pages wait for the EHR however busy the machine is: what they show is no matter of luck."""


@dataclass(slots=True)
class World:
    """What a flow test touches: the two origins, the app's parts, and its event loop."""

    ehr: str
    app: str
    parts: Parts
    loop: asyncio.AbstractEventLoop
    http: httpx.Client

    def run(self, work: Coroutine[Any, Any, T], *, within_s: float = SOON_S) -> T:
        """Run a coroutine on the app's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=within_s)

    def kept(self) -> None:
        """Wait until every chart that was read is kept: that goes on after the page was sent."""
        self.run(self.parts.charts.drain(SOON_S))

    def carry(self, tenant_id: str, ledger_id: str) -> WriteResult:
        """One try of a saved intent, once nobody else holds it: a page that was opened takes up
        what waits, beside the answer."""
        end = time.monotonic() + SOON_S
        while True:
            result = self.run(self.parts.sender.send_intent(tenant_id, ledger_id))
            if result.reason != "not_claimed" or time.monotonic() > end:
                return result
            time.sleep(0.05)

    def sandbox(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST to the pretend EHR's switches."""
        answer = self.http.post(f"{self.ehr}/_sandbox/{path}", json=body or {})
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def resource(self, reference: str) -> dict[str, Any]:
        """A resource as the pretend EHR has it now."""
        found: dict[str, Any] = self.http.get(f"{self.ehr}/_sandbox/resource/{reference}").json()
        return found

    def log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.http.get(f"{self.ehr}/_sandbox/log").json()
        return entries

    def launch_url(self, patient: str, *, personality: str = "generic", **context: Any) -> str:
        """Where the EHR's "open Chartside" button would lead."""
        asked = {"personality": personality, "client_id": f"chartside-{personality}"}
        made = self.sandbox("launches", asked | {"patient": patient} | context)
        return str(made["launch_url"])

    def open(self, patient: str, browser: MiniBrowser, **context: Any) -> Page:
        """The panel, as a browser in the EHR's frame sees it."""
        return browser.get(self.launch_url(patient, **context))


@dataclass(frozen=True, slots=True)
class Way:
    """How the app of a world is run: `wall` is the clock by which patients are contacted."""

    database_url: str = ""
    wall: Callable[[], datetime] | None = None
    does_jobs: bool = True
    fhir_deadline_s: float = 30.0


@contextmanager
def running_world(
    data_dir: Path,
    *,
    patients: Path | None = None,
    database_url: str = "",
    wall: Callable[[], datetime] | None = None,
    does_jobs: bool = True,
    fhir_deadline_s: float = 30.0,
) -> Iterator[World]:
    """Both programs up and joined; everything is gone afterwards. Patients are contacted by
    `wall`, where it is given. Without `does_jobs` only the test carries out what was saved."""
    way = Way(database_url, wall, does_jobs, fhir_deadline_s)
    people = build_people(datetime.now(UTC).date())
    with (
        running_sandbox(SandboxConfig(patients=patients), people=people) as ehr,
        _joined(ehr, data_dir, way) as world,
    ):
        yield world


@contextmanager
def app_beside(
    ehr: str,
    data_dir: Path,
    *,
    database_url: str = "",
    wall: Callable[[], datetime] | None = None,
    fhir_deadline_s: float = 30.0,
) -> Iterator[World]:
    """Chartside alone, joined to a pretend EHR that runs already."""
    way = Way(database_url, wall, fhir_deadline_s=fhir_deadline_s)
    with _joined(ehr, data_dir, way) as world:
        yield world


@contextmanager
def _joined(ehr: str, data_dir: Path, way: Way) -> Iterator[World]:
    port = int(ehr.rsplit(":", 1)[1])
    with (
        httpx.Client(timeout=SOON_S, trust_env=False) as http,
        _running_app(data_dir, port, way) as (app, parts, loop),
    ):
        world = World(ehr, app, parts, loop, http)
        demo = Demo(parts.services.settings, port)
        for client in build_clients(demo):
            world.sandbox("clients", client)
        world.run(save_tenants(parts, demo))
        yield world


@contextmanager
def _running_app(
    data_dir: Path, ehr_port: int, way: Way
) -> Iterator[tuple[str, Parts, asyncio.AbstractEventLoop]]:
    started = threading.Event()
    held: dict[str, Any] = {}

    def serve() -> None:
        asyncio.run(_serve(data_dir, ehr_port, way, held, started))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert started.wait(SOON_S), "Chartside did not start"
    if "error" in held:
        raise held["error"]
    yield held["origin"], held["parts"], held["loop"]
    held["server"].should_exit = True
    thread.join(SOON_S)
    assert not thread.is_alive(), f"Chartside did not stop (EHR on {ehr_port})"


async def _serve(
    data_dir: Path,
    ehr_port: int,
    way: Way,
    held: dict[str, Any],
    started: threading.Event,
) -> None:
    try:
        # The port must be known before the app is built: every absolute URL names it.
        # Its socket is kept, so that nobody else comes to listen there in the meantime.
        sock = socket.create_server(("127.0.0.1", 0))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = sock.getsockname()[1]
        origin = f"http://localhost:{port}"
        settings = Settings(data_dir=data_dir, database_url=way.database_url, port=port)
        settings = replace(
            settings,
            public_base_url=origin,
            allow_http=True,
            has_styleguide=True,
            fhir_deadline_s=way.fhir_deadline_s,
            patience=PATIENT,
        )
        doors = open_doors(settings, ehr_port, 0)
        app = await build_app(doors, wall=way.wall, does_jobs=way.does_jobs)
        config = uvicorn.Config(app, log_level="warning")
        server = uvicorn.Server(config)
        held.update(
            origin=origin, parts=app.state.parts, loop=asyncio.get_running_loop(), server=server
        )
        task = asyncio.create_task(server.serve(sockets=[sock]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        started.set()
        await task
    except Exception as exc:
        held["error"] = exc
        started.set()


ALL_PERSONALITIES = PERSONALITIES
