"""A pending launch is taken exactly once, however many callbacks arrive."""

from pathlib import Path

import anyio
import pytest

from app.store.db import Store, open_store
from app.store.ports.pending import StoredPendings
from launch.models import PendingLaunch
from tests.app.store.cast import pending_of
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_what_was_saved_is_taken_whole_and_once(store: Store) -> None:
    pendings = StoredPendings(store)
    await pendings.save(pending_of("s1"))
    assert await pendings.take("s1") == pending_of("s1")
    assert await pendings.take("s1") is None


async def test_an_unknown_state_takes_nothing(store: Store) -> None:
    await StoredPendings(store).save(pending_of("s1"))
    assert await StoredPendings(store).take("s2") is None


async def test_of_many_takers_in_two_processes_one_wins(
    database_url: str, key_file: Path, store: Store, clock: MovableClock
) -> None:
    other = await open_store(database_url, key_file, clock=clock)
    await StoredPendings(store).save(pending_of("s1"))
    taken: list[PendingLaunch | None] = []

    async def take(from_store: Store) -> None:
        taken.append(await StoredPendings(from_store).take("s1"))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(take, store)
            group.start_soon(take, other)
    await other.close()
    assert [found for found in taken if found is not None] == [pending_of("s1")]
    assert len(taken) == 20
