"""For whom a chart is read: whoever may see one, as of the sign-in, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.security.access import Role
from app.store.db import Store, open_store
from app.store.records.tenants import load_tenant, save_tenant
from app.store.records.users import assign_role, disable_user, remember_user
from app.sync.readers import READY_FOR, Readers
from tests.app.store.cast import ALICE, BOB, opened_of, tenant_of
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio
OPENED = opened_of("l1")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def store(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path / 'a.db'}", tmp_path / "keys", clock=clock)
    async with opened.write("north") as tx:
        await save_tenant(tx, tenant_of("north"))
    yield opened
    await opened.close()


async def given(store: Store, role: Role | None, *, disabled: bool = False) -> None:
    async with store.write("north") as tx:
        user_id = await remember_user(tx, ALICE)
        await assign_role(tx, user_id, role)
        await disable_user(tx, user_id, disabled=disabled)


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize(
    ("role", "disabled", "may"),
    [
        (Role.CLINICIAN, False, True),
        (Role.COORDINATOR, False, True),
        (Role.CLINICIAN, True, False),
        (Role.ADMIN, False, False),
        (Role.AUDITOR, False, False),
        (None, False, False),
    ],
)
async def test_the_role_decides(
    store: Store, role: Role | None, disabled: bool, may: bool, ahead: bool
) -> None:
    await given(store, role, disabled=disabled)
    readers = Readers(store)
    if ahead:
        readers.prepare("north")
    assert await readers.may_read(OPENED) is may
    assert await readers.may_read(replace(OPENED, tenant_id="south")) is False


@pytest.mark.parametrize("default", [Role.CLINICIAN, None])
async def test_a_first_timer_has_the_tenants_default_role(
    store: Store, default: Role | None
) -> None:
    async with store.write("north") as tx:
        await save_tenant(tx, replace(await load_tenant(tx), default_role=default))
        await remember_user(tx, BOB)  # who is known ahead is somebody else
    readers = Readers(store)
    readers.prepare("north")
    assert await readers.may_read(OPENED) is (default is not None)


async def test_nobody_signed_in_reads_nothing(store: Store) -> None:
    await given(store, Role.CLINICIAN)
    assert await Readers(store).may_read(replace(OPENED, user=None)) is False


async def test_what_was_looked_up_ahead_is_used_once_and_not_for_long(
    store: Store, clock: MovableClock
) -> None:
    await given(store, Role.CLINICIAN)
    readers = Readers(store)
    readers.prepare("north")
    await asyncio.sleep(0.05)
    await given(store, None)
    clock.move(seconds=READY_FOR.total_seconds())
    assert await readers.may_read(OPENED) is False  # too old: looked up anew
    await given(store, Role.CLINICIAN)
    readers.prepare("north")
    assert await readers.may_read(OPENED) is True
    await given(store, None)
    assert await readers.may_read(OPENED) is False  # each sign-in looks for itself


async def test_when_it_cannot_be_told_nothing_is_read(store: Store) -> None:
    await given(store, Role.CLINICIAN)
    readers = Readers(store)
    async with store.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE user_account RENAME TO gone")
    readers.prepare("north")
    assert await readers.may_read(OPENED) is False
    assert await readers.may_read(OPENED) is False
