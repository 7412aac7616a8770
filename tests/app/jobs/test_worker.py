"""A worker's life on both databases: tries again, takes up the work of the dead, ends in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.errors import NotSaved, StaleWrite
from app.jobs.engine import KEEP_DONE, Engine, Handler, open_engine
from app.jobs.ledger import REMEMBERED, LedgerSweep
from app.jobs.names import LEDGER, SEND_INTENT
from app.jobs.worker import Worker
from app.store.db import Store
from app.store.records.due import SETTLE
from app.store.records.ledger import NewIntent, save_intent
from app.store.records.workers import load_dead
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[3]
WITHIN_S = 60.0


@pytest.fixture
async def engine(store: Store, database_url: str) -> AsyncIterator[Engine]:
    opened = await open_engine(database_url)
    yield opened
    await opened.stop()
    await opened.close()


def build_worker(store: Store, engine: Engine, handler: Handler, **more: timedelta) -> Worker:
    handlers = {"note": handler, SEND_INTENT: handler}
    return Worker(store, engine, handlers, "alive", poll_s=0.05, sweep_s=0.1, **more)  # type: ignore[arg-type]


async def put(store: Store, engine: Engine, job: str) -> None:
    async with store.write("north") as tx:
        await engine.enqueue(tx, LEDGER, "note", job, key=f"key-{job}", priority=1)


async def until(happened: asyncio.Event) -> None:
    await asyncio.wait_for(happened.wait(), WITHIN_S)


async def test_what_may_pass_is_tried_again_and_what_may_not_is_left(
    store: Store, engine: Engine
) -> None:
    tried: list[str] = []
    done = asyncio.Event()

    async def note(_tenant_id: str, job_id: str) -> None:
        tried.append(job_id)
        if job_id == "stale":
            raise StaleWrite
        if tried.count("busy") < 2:
            raise NotSaved
        done.set()

    await put(store, engine, "stale")
    await put(store, engine, "busy")
    worker = build_worker(store, engine, note)
    await worker.start()
    await until(done)
    await worker.stop()
    assert sorted(tried) == ["busy", "busy", "stale"]


async def test_a_round_waits_for_those_whose_pages_are_made(store: Store, engine: Engine) -> None:
    asked, answered, swept = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def note(_tenant_id: str, _job_id: str) -> None: ...

    async def let_first() -> None:
        asked.set()
        await answered.wait()

    class Sweeps:
        async def sweep(self) -> int:
            swept.set()
            return 0

    worker = build_worker(store, engine, note)
    worker.let_first, worker.also = let_first, [Sweeps()]
    await worker.start()
    await until(asked)
    assert not swept.is_set()
    answered.set()
    await until(swept)
    await worker.stop()


HANGS = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from app.jobs.engine import open_engine
from app.jobs.worker import Worker
from app.store.db import open_store
async def main():
    store = await open_store(sys.argv[1], Path(sys.argv[2]))
    engine = await open_engine(sys.argv[1])
    async def note(tenant_id, job_id):
        print("begun", flush=True)
        await asyncio.sleep(600)
    await Worker(store, engine, {"note": note}, "dead", life=timedelta(seconds=1)).start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_what_a_killed_worker_had_begun_is_done_by_another(
    store: Store, engine: Engine, database_url: str, key_file: Path
) -> None:
    heard: list[str] = []
    done = asyncio.Event()

    async def note(_tenant_id: str, job_id: str) -> None:
        heard.append(job_id)
        done.set()

    await put(store, engine, "left")
    command = [sys.executable, "-c", HANGS, database_url, str(key_file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        begun = await asyncio.to_thread(child.stdout.readline)
        os.kill(child.pid, signal.SIGKILL)
    assert begun == b"begun\n"
    worker = build_worker(store, engine, note)
    await worker.start()
    await until(done)
    await worker.stop()
    assert heard == ["left"]
    async with store.read_wide() as tx:
        assert "dead-1" not in await load_dead(tx)


async def test_an_end_waits_for_what_runs_and_frees_the_name(store: Store, engine: Engine) -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def note(_tenant_id: str, _job_id: str) -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    await put(store, engine, "long")
    worker = build_worker(store, engine, note, life=timedelta(minutes=5))
    await worker.start()
    await until(begun)
    stopping = asyncio.create_task(worker.stop())
    done, _pending = await asyncio.wait({stopping}, timeout=1.0)
    assert not done and not ended.is_set(), "it waits"
    may_end.set()
    await stopping
    assert ended.is_set()
    async with store.read_wide() as tx:
        assert await load_dead(tx) == ("alive-1",)


async def test_jobs_that_ended_a_day_ago_are_forgotten(
    store: Store, engine: Engine, clock: MovableClock
) -> None:
    done = asyncio.Event()

    async def note(_tenant_id: str, _job_id: str) -> None:
        done.set()

    await put(store, engine, "old")
    worker = build_worker(store, engine, note)
    await worker.start()
    await until(done)
    await worker.stop()
    assert await count_jobs(engine) == 1
    clock.now = datetime.now(UTC) + KEEP_DONE + timedelta(minutes=1)
    tidy = build_worker(store, engine, note)
    await tidy.start()
    async with asyncio.timeout(WITHIN_S):
        while await count_jobs(engine):
            await asyncio.sleep(0.05)
    await tidy.stop()
    assert await count_jobs(engine) == 0


async def count_jobs(engine: Engine) -> int:
    return len(await engine.client.list_workflows_async(load_input=False, load_output=False))


async def test_a_row_without_a_job_gets_one_once(
    store: Store, engine: Engine, clock: MovableClock
) -> None:
    clock.now = datetime.now(UTC) - SETTLE - timedelta(seconds=5)  # due, and not for two minutes
    heard: list[tuple[str, str]] = []
    done = asyncio.Event()

    async def send(tenant_id: str, ledger_id: str) -> None:
        heard.append((tenant_id, ledger_id))
        done.set()

    async with store.write("north") as tx:
        new = NewIntent("row", "p1", "contact_detail", "k1", [["email", "", "a@example.com"]])
        await save_intent(tx, new)
    sweep = LedgerSweep(store, engine)
    assert await sweep.sweep() == 0  # nothing goes out by itself without a plan
    async with store.write("north") as tx:
        await save_intent(tx, planned("p2"))
    assert await sweep.sweep() == 1
    assert await sweep.sweep() == 0
    worker = build_worker(store, engine, send)
    await worker.start()
    await until(done)
    await asyncio.sleep(0.3)
    await worker.stop()
    assert heard == [("north", "row-p2")]


def planned(patient_id: str) -> NewIntent:
    intent = [["email", "", "a@example.com"]]
    return NewIntent(
        f"row-{patient_id}", patient_id, "contact_detail", f"k-{patient_id}", intent, plan="patch"
    )


async def test_what_a_sweep_remembers_has_an_end(store: Store, engine: Engine) -> None:
    async with store.write("north") as tx:
        await save_intent(tx, planned("p1"))
    sweep = LedgerSweep(store, engine)
    sweep._made.update({str(number): None for number in range(REMEMBERED)})
    assert await sweep.sweep() == 1
    assert len(sweep._made) == REMEMBERED
