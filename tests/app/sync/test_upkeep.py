"""Upkeep removes what has run out, and a failing database does not end it."""

import asyncio
from pathlib import Path

import pytest

from app.store.db import open_store
from app.store.tables.launches import PENDING
from app.sync.upkeep import apply_upkeep, run_upkeep
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_what_was_never_finished_goes(tmp_path: Path) -> None:
    clock = MovableClock()
    store = await open_store(
        f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", tmp_path / "x.key", clock=clock
    )
    async with store.write("north") as tx:
        row = {
            "state_hash": "h",
            "body_sealed": b"sealed",
            "created_at": tx.now,
            "expires_at": tx.now,
        }
        await tx.insert(PENDING, row)
    assert await apply_upkeep(store) == 1
    assert await apply_upkeep(store) == 0
    await store.close()


async def test_it_goes_on_after_a_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", tmp_path / "x.key")
    async with store.write_wide() as tx:
        await tx.connection.exec_driver_sql("DROP TABLE pending_launch")
    task = asyncio.create_task(run_upkeep(store, every_s=0.01))
    async with asyncio.timeout(60):
        while caplog.text.count("upkeep") < 2:  # it failed, and came again
            await asyncio.sleep(0.01)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()
