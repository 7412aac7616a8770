"""The pretend EHR with the sample people, in process, and an app registered with it."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.people import build_people
from sandbox.server import build_sandbox
from sandbox.state import Sandbox
from tests.sandbox.window.screen import TODAY_CLOCK

ORIGIN = "http://127.0.0.1:9000"
PEOPLE = build_people(date(2026, 11, 24))


@pytest.fixture
def state() -> Sandbox:
    """The state behind `ehr`; its clock stands on the day the charts were made for."""
    app = build_sandbox(SandboxConfig(origin=ORIGIN), people=PEOPLE)
    found: Sandbox = app.state.sandbox
    found.clock.set_now(TODAY_CLOCK)
    found.app = app  # type: ignore[attr-defined]  # test-only carrier
    return found


@pytest.fixture
async def ehr(state: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, at the window."""
    transport = httpx.ASGITransport(app=state.app)  # type: ignore[attr-defined]  # put there above
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
async def registered(ehr: httpx.AsyncClient) -> str:
    """client_id of an app that every personality knows."""
    data = {
        "client_id": "chartside",
        "type": "public",
        "launch_url": "http://localhost:8000/launch",
        "redirect_uris": ["http://localhost:8000/callback"],
        "scopes": "launch openid fhirUser patient/Patient.rus",
    }
    assert (await ehr.post("/_sandbox/clients", json=data)).status_code == 200
    return "chartside"
