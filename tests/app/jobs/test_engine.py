"""The job engine on both databases: jobs exist exactly if the change does, and survive workers."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import NotSaved
from app.jobs.engine import Engine, open_engine
from app.jobs.ledger import build_key
from app.jobs.names import LEDGER
from app.jobs.quiet_log import Quiet
from app.jobs.worker import Worker
from app.store.db import Store
from app.store.records.due import DueIntent
from app.store.records.workers import beat, bury, leave, load_dead, take_name

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[3]
SHORT = timedelta(milliseconds=1)
LONG = timedelta(minutes=5)
WITHIN_S = 60.0


@pytest.fixture
async def engine(store: Store, database_url: str) -> AsyncIterator[Engine]:
    opened = await open_engine(database_url)
    yield opened
    await opened.stop()
    await opened.close()


async def put(store: Store, engine: Engine, job: str, *, fails: bool = False) -> None:
    async with store.write("north") as tx:
        await engine.enqueue(tx, LEDGER, "note", job, key=f"key-{job}", priority=1)
        if fails:
            raise NotSaved


async def wait_until(holds: Callable[[], bool]) -> None:
    """And a moment longer, for what should not come."""
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)


async def test_a_job_is_there_exactly_if_the_change_is(store: Store, engine: Engine) -> None:
    done: list[tuple[str, str]] = []

    async def note(tenant_id: str, job_id: str) -> None:
        done.append((tenant_id, job_id))

    with pytest.raises(NotSaved):
        await put(store, engine, "lost", fails=True)
    await put(store, engine, "kept")
    await put(store, engine, "kept")
    worker = Worker(store, engine, {"note": note}, "test", poll_s=0.1, sweep_s=0.2)
    await worker.start()
    await wait_until(lambda: bool(done))
    await worker.stop()
    assert done == [("north", "kept")]


async def test_a_job_that_fails_ends_alone_and_says_only_its_kind(
    store: Store, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[tuple[str, str]] = []

    async def note(tenant_id: str, job_id: str) -> None:
        if job_id == "bad":
            raise ValueError("Vargas, Elena")
        done.append((tenant_id, job_id))

    await put(store, engine, "bad")
    await put(store, engine, "good")
    worker = Worker(store, engine, {"note": note}, "test", poll_s=0.1, sweep_s=0.2)
    await worker.start()
    await wait_until(lambda: bool(done) and "job note failed" in caplog.text)
    await worker.stop()
    assert done == [("north", "good")]
    assert "ValueError" in caplog.text and "Vargas" not in caplog.text


async def test_names_come_back_and_are_never_shared(store: Store) -> None:
    async with store.write_wide() as tx:
        assert await take_name(tx, "box", "a", life=LONG) == "box-1"
        assert await take_name(tx, "box", "b", life=SHORT) == "box-2"
    await asyncio.sleep(0.05)
    async with store.write_wide() as tx:
        assert await load_dead(tx) == ("box-2",)
        assert await take_name(tx, "box", "c", life=LONG) == "box-2"
        assert not await beat(tx, "box-2", "b", life=LONG)
        assert await beat(tx, "box-2", "c", life=LONG)
        await bury(tx, "box-2")
        assert await beat(tx, "box-2", "c", life=LONG)
        await leave(tx, "box-1", "a")
        assert await load_dead(tx) == ("box-1",)


def test_a_standstill_gets_another_job_after_a_while() -> None:
    fresh = DueIntent("north", "id", 3, timedelta(seconds=5))
    assert build_key(fresh) == "id.3"
    assert build_key(replace(fresh, stands_for=timedelta(minutes=5))) == "id.3.2"
    assert build_key(replace(fresh, stands_for=timedelta(minutes=-5))) == "id.3"


def test_the_library_says_that_and_not_what() -> None:
    record = logging.LogRecord("dbos", 30, "f", 1, "Error executing: %s", ("+1 602 555",), None)
    assert Quiet().filter(record)
    assert record.getMessage() == "Error executing"


NO_NETWORK = """
import asyncio, socket, sys
def hook(event, args):
    if event == "socket.connect" and args[0].family in (socket.AF_INET, socket.AF_INET6):
        sys.stdout.write(f"connected to {args[1]}")
sys.addaudithook(hook)
from app.jobs.engine import open_engine
async def main():
    engine = await open_engine(sys.argv[1])
    await engine.start({}, executor="a-1", poll_s=0.1)
    await asyncio.sleep(1)
    await engine.stop()
    await engine.close()
asyncio.run(main())
"""


def test_the_engine_connects_to_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NO_NETWORK, f"sqlite+aiosqlite:///{tmp_path / 'a.db'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")


async def test_a_second_engine_in_one_process_is_refused(store: Store, engine: Engine) -> None:
    await engine.start({}, executor="a-1", poll_s=0.5)
    with pytest.raises(RuntimeError):
        await engine.start({}, executor="a-2", poll_s=0.5)
