"""Composition: the pretend EHR as one Starlette application. Opens no port."""

import importlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from sandbox.config import SandboxConfig
from sandbox.control.routes import control_routes
from sandbox.fhir.endpoint import fhir_routes
from sandbox.fhir.loading import load_bundles, load_folder
from sandbox.front import Front
from sandbox.jsontypes import Json
from sandbox.oauth.clients import parse_client
from sandbox.oauth.routes import oauth_routes
from sandbox.personalities import PERSONALITIES
from sandbox.post.mailbox import open_mailbox
from sandbox.post.provider import Provider
from sandbox.staff import STAFF
from sandbox.state import Sandbox


class SandboxApp(Starlette):
    """Starlette with the front layer outside of everything, where connections can be cut."""

    def __init__(self, state: Sandbox, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes=routes, lifespan=_open_mailbox)
        self.state.sandbox = state
        self._front = Front(super().__call__, state)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        await self._front(scope, receive, send)


@asynccontextmanager
async def _open_mailbox(app: Starlette) -> AsyncIterator[None]:
    """The mailbox takes mail while the server runs, where the configuration gives it a port."""
    state: Sandbox = app.state.sandbox
    if state.config.smtp_port is None:
        yield
        return
    server = await open_mailbox(state.mailbox, state.config.host, state.config.smtp_port)
    yield
    server.close()


def build_sandbox(config: SandboxConfig, *, people: list[Json] | None = None) -> Starlette:
    """The application. `people` are FHIR Bundles; without them and without `patients`, the
    sample people when they are there. Raises ValueError for an unknown personality.
    """
    if config.personality not in PERSONALITIES:
        raise ValueError(f"personality must be one of {', '.join(PERSONALITIES)}")
    state = Sandbox(config)
    for member in STAFF:
        state.store.put(member, "load")
    if config.patients is not None:
        load_folder(state.store, config.patients)
    if people is None and config.patients is None:
        people = _sample_people(state.clock.now().date())
    load_bundles(state.store, people or [])
    if config.clients is not None:
        for data in json.loads(config.clients.read_text(encoding="utf-8")):
            state.clients.add(parse_client(data))
    return SandboxApp(state, _routes(state))


def _routes(state: Sandbox) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for personality in PERSONALITIES.values():
        own = [*oauth_routes(state, personality), *fhir_routes(state, personality)]
        routes.append(Mount(f"/{personality.name}", routes=own))
    routes += Provider(state.phone).routes()
    routes.append(Route("/_sandbox/health", _health, methods=["GET"]))
    routes += control_routes(state)
    window = _optional("sandbox.window.routes", "window_routes")
    return routes + (list(window(state)) if window else [])


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _optional(module: str, name: str) -> Any:
    """A part that may not be installed with the server alone."""
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as exc:
        if exc.name is None or not module.startswith(exc.name):
            raise
        return None


def _sample_people(today: date) -> list[Json]:
    build = _optional("sandbox.people", "build_people")
    return list(build(today)) if build else []
