"""Serving over HTTP: in the foreground for the command, in a thread for tests. Builds nothing."""

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import uvicorn
from starlette.types import ASGIApp

from sandbox.config import SandboxConfig
from sandbox.jsontypes import Json
from sandbox.server import build_sandbox

GRACE_S = 2
START_S = 20.0


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, so that SIGTERM ends with exit code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handled by the caller."""
        yield


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            log_level="critical",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=75,
            date_header=True,
            server_header=False,
        )
    )


def serve(config: SandboxConfig) -> None:
    """Serve until SIGINT or SIGTERM; connections get two seconds to end."""
    sock = _listen(config.host, config.port)
    server = _server(build_sandbox(config))

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
        await server.serve(sockets=[sock])

    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(run())


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send at once. asyncio sets this only on sockets that it
    made itself; without it an answer on a connection in use waits 40 ms for the reader's ACK."""
    sock = socket.create_server((host, port), reuse_port=False, backlog=512)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@contextlib.contextmanager
def running_sandbox(config: SandboxConfig, *, people: list[Json] | None = None) -> Iterator[str]:
    """Serve on a free loopback port in a thread; gives the origin, such as http://127.0.0.1:40123.

    Raises RuntimeError when the server does not start.
    """
    sock = _listen(config.host, 0)
    config = replace(config, port=int(sock.getsockname()[1]))
    server = _server(build_sandbox(config, people=people))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield config.public_origin
    finally:
        server.should_exit = True
        thread.join(GRACE_S + 3)
        sock.close()


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    waited = 0.0
    while not server.started:
        if waited > START_S or not thread.is_alive():
            raise RuntimeError("the pretend EHR did not start")
        thread.join(0.01)
        waited += 0.01
