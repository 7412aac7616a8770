"""The pretend EHR in process, with two patients, and a correct app registered with it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.server import build_sandbox
from sandbox.state import Sandbox
from tests.sandbox.driver import ORIGIN, App
from tests.sandbox.twopeople import build_bundles


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a fresh EHR; `http.app` is not needed: state comes from `state`."""
    app = build_sandbox(SandboxConfig(origin=ORIGIN), people=build_bundles())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        client.sandbox = app.state.sandbox  # type: ignore[attr-defined]  # test-only carrier
        yield client


@pytest.fixture
def state(http: httpx.AsyncClient) -> Sandbox:
    """The state behind `http`."""
    found: Sandbox = http.sandbox  # type: ignore[attr-defined]  # put there above
    return found


@pytest.fixture
async def app(http: httpx.AsyncClient, state: Sandbox) -> App:
    """A public app, registered."""
    made = App(http, state)
    assert (await made.register()).status_code == 200
    return made


@pytest.fixture
async def wide(app: App) -> App:
    """An app that may do everything for the patient on screen."""
    await app.register(scopes="")
    app.scope = "launch patient/*.cruds"
    return app
