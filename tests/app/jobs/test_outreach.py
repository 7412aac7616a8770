"""What is due goes out as a durable job: by a worker, once, also after one died."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest

from app.jobs.engine import Engine, open_engine
from app.jobs.outreach import OutreachSweep, build_handlers
from app.jobs.worker import Worker
from app.store.records.outbound import (
    OutboundProgress,
    claim_outbound,
    load_outbound_of,
    save_outbound_state,
)
from app.sync.deliver import LEASE
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.sync.post_world import ELENA, TENANT, TEXT, Practice, open_practice

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def post_office() -> Iterator[str]:
    with running_sandbox(SandboxConfig(), people=[]) as origin:
        yield origin


@pytest.fixture
async def practice(post_office: str, tmp_path: Path) -> AsyncIterator[Practice]:
    httpx.post(f"{post_office}/_sandbox/reset", trust_env=False, timeout=60).raise_for_status()
    url = f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}"
    async with open_practice(url, tmp_path / "keys", post_office) as made:
        yield made


@pytest.fixture
async def engine(practice: Practice, tmp_path: Path) -> AsyncIterator[Engine]:
    made = await open_engine(f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}")
    yield made
    await made.close()


@pytest.fixture
async def worker(practice: Practice, engine: Engine) -> AsyncIterator[Worker]:
    """At work until the test ends."""
    sweep = OutreachSweep(practice.delivery, engine)
    made = Worker(
        practice.store,
        engine,
        build_handlers(practice.delivery),
        "test",
        poll_s=0.1,
        sweep_s=0.1,
        also=(sweep,),
    )
    await made.start()
    yield made
    await made.stop()


def arrived(origin: str) -> list[str]:
    texts = httpx.get(
        f"{origin}/_sandbox/texts", params={"number": ELENA}, trust_env=False, timeout=60
    )
    return [t["body"] for t in texts.json()]


async def state(practice: Practice) -> str:
    async with practice.store.read(TENANT) as tx:
        sent = await load_outbound_of(tx, "o1")
    return sent[-1].state if sent else ""


async def wait_for(practice: Practice, wanted: str) -> None:
    with anyio.fail_after(60):
        while await state(practice) != wanted:
            await anyio.sleep(0.05)


async def test_a_worker_sends_what_falls_due(
    practice: Practice, worker: Worker, post_office: str
) -> None:
    await practice.plan(due_at=practice.clock.now + timedelta(minutes=5))
    await anyio.sleep(0.5)
    assert arrived(post_office) == []
    practice.clock.move(minutes=5)
    await wait_for(practice, "sent")
    await anyio.sleep(0.5)
    assert arrived(post_office) == [TEXT]


async def test_what_a_dead_sender_held_is_found_and_not_repeated(
    practice: Practice, worker: Worker, post_office: str
) -> None:
    await practice.plan(due_at=practice.clock.now + timedelta(minutes=5))
    practice.clock.move(minutes=5)
    await wait_for(practice, "sent")
    async with practice.store.write(TENANT) as tx:
        (row,) = await load_outbound_of(tx, "o1")
        free = OutboundProgress(state="queued", claimed_until=None)
        await save_outbound_state(tx, row.outbound_id, free, version=row.version)
        held = await claim_outbound(tx, row.outbound_id, worker="dead", until=tx.now + LEASE)
        assert held is not None
        lost = OutboundProgress(state="sending")
        await save_outbound_state(tx, row.outbound_id, lost, version=held.version)
    await anyio.sleep(0.5)
    assert await state(practice) == "sending"
    practice.clock.move(minutes=3)
    await wait_for(practice, "unknown")
    assert arrived(post_office) == [TEXT]


async def test_a_message_that_is_put_off_gets_a_job_each_time(
    practice: Practice, worker: Worker, post_office: str
) -> None:
    busy = {"match": {"personality": "texts"}, "effect": {"status": 429}, "times": 3}
    httpx.post(
        f"{post_office}/_sandbox/faults", json=busy, trust_env=False, timeout=60
    ).raise_for_status()
    await practice.plan(due_at=practice.clock.now + timedelta(minutes=5))
    practice.clock.move(minutes=5)
    with anyio.fail_after(100):
        while await state(practice) != "sent":
            async with practice.store.read(TENANT) as tx:
                rows = await load_outbound_of(tx, "o1")
            put_off = rows[-1].not_before if rows and rows[-1].state == "queued" else None
            if put_off is not None and put_off > practice.clock.now:
                practice.clock.now = put_off
            await anyio.sleep(0.05)
    assert arrived(post_office) == [TEXT]
