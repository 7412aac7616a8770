"""One worker: a stable name, a heartbeat, the sweeps. Decides nothing about what jobs do."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from app.errors import AppError
from app.jobs.engine import KEEP_DONE, Engine, Handler
from app.jobs.ledger import LedgerSweep
from app.store.db import Store
from app.store.records.workers import beat, bury, leave, load_dead, take_name
from app.sync.courtesy import let_nobody_first

LOG = logging.getLogger(__name__)
TIDY_S = 600.0


class Sweep(Protocol):
    """Makes jobs for the rows that may have none."""

    async def sweep(self) -> int: ...


@dataclass(slots=True)
class Worker:
    """`also` are sweeps beside the ledger's. `base` names the machine; the number behind it is the
    first that is free. `life` is how long silence counts as living. A round waits for `let_first`,
    which returns soon in any case."""

    store: Store
    engine: Engine
    handlers: Mapping[str, Handler]
    base: str
    poll_s: float = 0.2
    sweep_s: float = 2.0
    life: timedelta = timedelta(seconds=20)
    name: str = ""
    also: Sequence[Sweep] = ()
    let_first: Callable[[], Awaitable[None]] = let_nobody_first
    _incarnation: str = field(default_factory=lambda: uuid.uuid4().hex)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take a name, take up what it had begun, and listen. Raises NotSaved."""
        async with self.store.write_wide() as tx:
            self.name = await take_name(tx, self.base, self._incarnation, life=self.life)
        await self.engine.start(self.handlers, executor=self.name, poll_s=self.poll_s)
        self._loop = asyncio.create_task(self._run(), name="worker")

    async def stop(self) -> None:
        """Drain: nothing new, what runs ends or loses its claim in time, the name is free."""
        self._ending.set()
        if self._loop is not None:
            await self._loop
            self._loop = None
        await self.engine.stop()
        try:
            async with self.store.write_wide() as tx:
                await leave(tx, self.name, self._incarnation)
        except AppError as exc:
            LOG.warning("worker left without a word: %s", exc.code)

    async def _run(self) -> None:
        sweeps: list[Sweep] = [LedgerSweep(self.store, self.engine), *self.also]
        clock = asyncio.get_running_loop().time
        tidied = -TIDY_S  # a machine that has just started counts from zero
        while not self._ending.is_set():
            await self.let_first()
            try:
                await self._beat()
                await self._bury_dead()
                for sweep in sweeps:
                    await sweep.sweep()
                if clock() - tidied >= TIDY_S:
                    tidied = clock()
                    await self._tidy()
            except AppError as exc:
                LOG.warning("worker round: %s", exc.code)
            except Exception as exc:
                LOG.error("worker round: %s", type(exc).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), self.sweep_s)

    async def _beat(self) -> None:
        """Still here. A name lost while this process was stopped is replaced by a fresh one in
        the table: what ran under it is fenced off row by row, so working on is safe."""
        async with self.store.write_wide() as tx:
            if not await beat(tx, self.name, self._incarnation, life=self.life):
                LOG.warning("worker %s was taken for dead", self.name)
                await take_name(tx, self.base, self._incarnation, life=self.life)

    async def _bury_dead(self) -> None:
        """Put back what dead workers had begun, then forget their names."""
        async with self.store.read_wide() as tx:
            dead = await load_dead(tx)
        for name in dead:
            count = await self.engine.resume_of(name)
            LOG.warning("worker %s is gone, %d of its jobs are put back", name, count)
            async with self.store.write_wide() as tx:
                await bury(tx, name)

    async def _tidy(self) -> None:
        before = (self.store.clock() - KEEP_DONE).isoformat()
        while await self.engine.forget_done(before):
            await asyncio.sleep(0)
