"""A small real HTTP server whose answers each test scripts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


class ScriptedServer:
    """Answers with `handler`; keeps every request's path, query and headers in `seen`."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.handler: Handler | None = None
        self.base = ""

    async def answer(self, request: Request) -> Response:
        await request.body()
        self.seen.append(request)
        assert self.handler is not None
        return await self.handler(request)


@asynccontextmanager
async def serving(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", server.answer, methods=methods)])
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    runner = uvicorn.Server(config)
    task = asyncio.create_task(runner.serve())
    while not runner.started:
        await asyncio.sleep(0.01)
    port = runner.servers[0].sockets[0].getsockname()[1]
    server.base = f"http://127.0.0.1:{port}/fhir"
    yield server
    runner.should_exit = True
    await task


@pytest.fixture
async def ehr() -> AsyncIterator[ScriptedServer]:
    async with serving(ScriptedServer()) as server:
        yield server
