"""Connections kept open per origin: taken, given back, warmed ahead of need. Opens none itself."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

import httpx

from app.fhir.wire import Wire

Origin = tuple[str, str, int]
Connect = Callable[[Origin, float | None], Awaitable[Wire]]


class Pool:
    """At most `limit` connections in use, and no more than that open. One that rested for `idle_s`
    is not used again: proxies forget silent connections without a word."""

    def __init__(self, connect: Connect, *, limit: int, idle_s: float) -> None:
        self._connect = connect
        self._limit = limit
        self._idle_s = idle_s
        self._turns = asyncio.Semaphore(limit)
        self._idle: dict[Origin, deque[Wire]] = {}
        self._open = 0
        self._warming: dict[Origin, asyncio.Task[None]] = {}

    async def take(
        self, origin: Origin, *, connect_s: float | None = None, pool_s: float | None = None
    ) -> Wire:
        """A connection for one exchange; hand it to `give_back` afterwards, whatever happened.

        Raises httpx.PoolTimeout when none of the `limit` places comes free in time, and what
        `connect` raises.
        """
        await self._take_turn(pool_s)
        try:
            return self._take_idle(origin) or await self._open_one(origin, connect_s)
        except BaseException:
            self._turns.release()
            raise

    async def _take_turn(self, pool_s: float | None) -> None:
        if not self._turns.locked():  # the usual case, which needs no clock
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(pool_s):
                await self._turns.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("too many requests under way") from None

    def give_back(self, origin: Origin, wire: Wire) -> None:
        """Keeps the connection if another exchange may follow, else closes it."""
        self._turns.release()
        self._keep(origin, wire)

    def warm(self, origin: Origin, count: int, *, connect_s: float | None = None) -> None:
        """Begins to open what is missing to `count` idle connections; a failure is no news."""
        if origin not in self._warming:
            task = asyncio.create_task(self._warm(origin, count, connect_s), name="warm up")
            self._warming[origin] = task
            task.add_done_callback(lambda _done: self._warming.pop(origin, None))

    async def aclose(self) -> None:
        for task in list(self._warming.values()):
            task.cancel()
        await asyncio.gather(*self._warming.values(), return_exceptions=True)
        for resting in self._idle.values():
            while resting:
                self._discard(resting.pop())

    def _take_idle(self, origin: Origin) -> Wire | None:
        resting = self._idle.get(origin, deque())
        while resting:
            wire = resting.pop()
            if wire.is_reusable() and time.monotonic() - wire.last_used < self._idle_s:
                return wire
            self._discard(wire)
        return None

    def _keep(self, origin: Origin, wire: Wire) -> None:
        if not wire.is_reusable():
            self._discard(wire)
            return
        wire.rest()
        wire.last_used = time.monotonic()
        self._idle.setdefault(origin, deque()).append(wire)

    async def _open_one(self, origin: Origin, connect_s: float | None) -> Wire:
        while self._open >= self._limit and self._make_room():
            pass
        self._open += 1
        try:
            return await self._connect(origin, connect_s)
        except BaseException:
            self._open -= 1
            raise

    def _make_room(self) -> bool:
        """Closes the connection that has rested longest."""
        resting = [line for line in self._idle.values() if line]
        if not resting:
            return False
        self._discard(min(resting, key=lambda line: line[0].last_used).popleft())
        return True

    def _discard(self, wire: Wire) -> None:
        self._open -= 1
        wire.close()

    async def _warm(self, origin: Origin, count: int, connect_s: float | None) -> None:
        now = time.monotonic()
        resting = self._idle.get(origin, deque())
        while resting and not (
            resting[0].is_reusable() and now - resting[0].last_used < self._idle_s
        ):
            self._discard(resting.popleft())
        missing = min(count - len(resting), self._limit - self._open)
        opened = [self._open_idle(origin, connect_s) for _ in range(missing)]
        await asyncio.gather(*opened, return_exceptions=True)

    async def _open_idle(self, origin: Origin, connect_s: float | None) -> None:
        self._keep(origin, await self._open_one(origin, connect_s))
