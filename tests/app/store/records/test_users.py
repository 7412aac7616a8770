"""People are told apart by (iss, sub), and roles are given, taken and barred."""

from dataclasses import replace

import pytest

from app.errors import NotFound
from app.security.access import Actor, Role
from app.store.db import Store
from app.store.records.users import (
    assign_role,
    build_user_id,
    disable_user,
    load_actor,
    load_user,
    load_users,
    remember_user,
)
from tests.app.store.cast import ALICE, BOB
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_the_same_person_keeps_id_and_role_over_launches(
    store: Store, clock: MovableClock
) -> None:
    async with store.write("north") as tx:
        first = await remember_user(tx, ALICE)
        await assign_role(tx, first, Role.CLINICIAN)
    clock.move(days=1)
    async with store.write("north") as tx:
        assert await remember_user(tx, replace(ALICE, name="Alice A.")) == first
        user = await load_user(tx, first)
        assert (user.name, user.role, user.last_seen) == ("Alice A.", Role.CLINICIAN, clock.now)
        assert await load_actor(tx, first) == Actor(first, "north", Role.CLINICIAN)


async def test_people_with_the_same_name_are_different_people(store: Store) -> None:
    twins = [
        ALICE,
        replace(ALICE, sub="alice2"),
        replace(ALICE, iss="https://other.example"),
        replace(ALICE, iss="https://id.examplea", sub="lice"),
    ]
    async with store.write("north") as tx:
        ids = [await remember_user(tx, twin) for twin in twins]
        assert len(set(ids)) == 4 and len(await load_users(tx)) == 4
        assert build_user_id(tx, ALICE.iss, ALICE.sub) == ids[0]


async def test_a_disabled_person_stays_disabled_when_signing_in_again(store: Store) -> None:
    async with store.write("north") as tx:
        user_id = await remember_user(tx, BOB)
        await disable_user(tx, user_id)
        await remember_user(tx, BOB)
        assert (await load_user(tx, user_id)).disabled
        await disable_user(tx, user_id, disabled=False)
        await assign_role(tx, user_id, None)
        assert await load_actor(tx, user_id) == Actor(user_id, "north")


async def test_nobody_of_another_tenant_is_known(store: Store) -> None:
    async with store.write("north") as tx:
        user_id = await remember_user(tx, ALICE)
    async with store.write("south") as tx:
        assert await load_actor(tx, user_id) is None
        assert await load_users(tx) == ()
        for change in (load_user(tx, user_id), assign_role(tx, user_id, Role.ADMIN)):
            with pytest.raises(NotFound):
                await change
