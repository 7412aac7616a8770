"""A pending launch is taken exactly once, however many callbacks arrive."""

from pathlib import Path

import anyio
import pytest

from app.store.db import Store, open_store
from app.store.ports.pending import StoredPendings
from app.store.records.tenants import enable_tenant
from launch.models import PendingLaunch, Registration
from tests.app.store.cast import NORTH, SOUTH, add_tenants, pending_of, tenant_of
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_what_was_saved_is_taken_whole_and_once(store: Store) -> None:
    pendings = StoredPendings(store)
    await pendings.save(pending_of("s1"))
    assert (await pendings.take("s1", NORTH))[0] == pending_of("s1")
    assert (await pendings.take("s1", NORTH))[0] is None


async def test_an_unknown_state_takes_nothing(store: Store) -> None:
    await StoredPendings(store).save(pending_of("s1"))
    assert await StoredPendings(store).take("s2", NORTH) == (None, None)


async def test_with_it_comes_the_registration_of_whose_callback_it_is(store: Store) -> None:
    """The callback's own tenant, which need not be the launch's; none when it is switched off."""
    await add_tenants(store)
    pendings = StoredPendings(store)
    for state in ("s1", "s2", "s3"):
        await pendings.save(pending_of(state))
    async with store.write(SOUTH) as tx:
        await enable_tenant(tx, enabled=False)
    mine, mixed, unknown = [await pendings.take(s, t) for s, t in TAKEN]
    assert mine == (pending_of("s1"), tenant_of(NORTH).registration)
    assert mixed == (pending_of("s2"), None)
    assert unknown == (pending_of("s3"), None)


TAKEN = (("s1", NORTH), ("s2", SOUTH), ("s3", "nowhere"))


async def test_of_many_takers_in_two_processes_one_wins(
    database_url: str, key_file: Path, store: Store, clock: MovableClock
) -> None:
    other = await open_store(database_url, key_file, clock=clock)
    await StoredPendings(store).save(pending_of("s1"))
    taken: list[tuple[PendingLaunch | None, Registration | None]] = []

    async def take(from_store: Store) -> None:
        taken.append(await StoredPendings(from_store).take("s1", NORTH))

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(take, store)
            group.start_soon(take, other)
    await other.close()
    assert [found for found, _whose in taken if found is not None] == [pending_of("s1")]
    assert len(taken) == 20
