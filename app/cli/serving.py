"""Serves an ASGI app until a signal, and gives control back. Builds no app."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

import uvicorn

from app.errors import ConfigError

COLLECT = (20_000, 10, 10)
"""New objects before the garbage collector looks at them; Python's own first figure is 700."""


class GentleServer(uvicorn.Server):
    """uvicorn raises the signal again once it has stopped, which ends the process before anybody
    else could tidy up; this one only stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        wanted = (signal.SIGINT, signal.SIGTERM)
        former = {sig: signal.signal(sig, self._stop) for sig in wanted}
        try:
            yield
        finally:
            for sig, handler in former.items():
                signal.signal(sig, handler)

    def _stop(self, sig: int, frame: FrameType | None) -> None:
        self.handle_exit(sig, frame)


def require_free_port(host: str, port: int, variable: str) -> None:
    """Raises ConfigError naming the variable to change when something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise ConfigError(f"Port {port} is taken. Choose another with {variable}.") from None


def run(main: Coroutine[Any, Any, None]) -> None:
    """asyncio.run on the faster loop where it exists. What start-up made is frozen out of the
    garbage collector's sight by serve_until_signal."""
    with asyncio.Runner(loop_factory=find_loop_factory()) as runner:
        runner.run(main)


def find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, or None for the standard one (it has no build for every platform)."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def serve_until_signal(
    config: uvicorn.Config, *, on_started: Callable[[], None] = lambda: None
) -> None:
    """Run until SIGINT or SIGTERM; open requests end first. `on_started` once it listens.

    A page makes and drops thousands of objects, nearly none of them in cycles: the collector looks
    once in many pages instead of several times in each.
    """
    server = GentleServer(config)
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():
        await asyncio.sleep(0.02)
    if server.started:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        on_started()
    await task
