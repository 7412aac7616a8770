"""The ASGI application over the parts, and what runs beside its pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.main.clock import Clock, read_clock
from app.main.parts import Parts, build_parts
from app.settings import Settings
from app.sync.capability import run_daily
from app.sync.courtesy import People
from app.sync.upkeep import run_upkeep
from app.web.routes import build_routes, exception_handlers

EMBEDDED = "embedded"
EMBEDDED_POLL_S = 1.0
"""A page tries its own write at once; the embedded worker is there for what that leaves."""


class CountPeople:
    """Says to the work beside the pages who waits for one."""

    def __init__(self, app: ASGIApp, people: People) -> None:
        self._app = app
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        with self._people.one():
            await self._app(scope, receive, send)


@asynccontextmanager
async def _work_beside(parts: Parts, does_jobs: bool) -> AsyncIterator[None]:
    """What a serving process does beside its pages."""
    beside = _start_beside(parts)
    # On SQLite this process is the only one; on PostgreSQL `chartside worker` does the jobs.
    worker = parts.build_worker(EMBEDDED, poll_s=EMBEDDED_POLL_S)
    if does_jobs and parts.store.is_sqlite:
        await worker.start()
    yield
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    if does_jobs and parts.store.is_sqlite:
        await worker.stop()


async def build_app(
    settings: Settings,
    *,
    clock: Clock = read_clock,
    wall: Clock | None = None,
    does_jobs: bool = True,
) -> Starlette:
    """The ASGI application with its parts open; closing its lifespan closes them. Without
    `does_jobs` saved jobs wait for whoever carries them out by hand."""
    parts = await build_parts(settings, clock=clock, wall=wall)
    parts.services.renderer.compile_all()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with _work_beside(parts, does_jobs):
            yield
        await parts.close()

    app = Starlette(
        routes=[
            *parts.hooks.routes(),
            *build_routes(parts.launches, settings, parts.services.renderer),
        ],
        exception_handlers=exception_handlers(),
        middleware=[Middleware(CountPeople, people=parts.people)],
        lifespan=lifespan,
    )
    app.state.services = parts.services
    app.state.parts = parts
    return app


def _start_beside(parts: Parts) -> list["asyncio.Task[None]"]:
    """What runs in this process beside answering requests."""
    daily = run_daily(
        parts.sites, parts.directory.list_connected, also=parts.services.codes.remaker.resume
    )
    return [
        asyncio.create_task(run_upkeep(parts.store), name="upkeep"),
        asyncio.create_task(daily, name="daily capability"),
    ]
