"""People are told apart by (iss, sub), and roles are given, taken and barred."""

from dataclasses import replace

import pytest

from app.errors import NotFound
from app.security.access import Actor, Role
from app.store.db import Store
from app.store.records.tenants import save_tenant
from app.store.records.users import (
    assign_role,
    build_user_id,
    disable_user,
    find_actor,
    load_actor,
    load_recent_actors,
    load_user,
    load_users,
    remember_user,
)
from tests.app.store.cast import ALICE, BOB, tenant_of
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


@pytest.mark.parametrize("default", [None, Role.COORDINATOR])
async def test_who_signs_in_has_the_role_that_they_are_about_to_be_remembered_with(
    store: Store, default: Role | None
) -> None:
    async with store.write("north") as tx:
        await save_tenant(tx, tenant_of("north", default_role=default))
        before = await find_actor(tx, ALICE)
        user_id = await remember_user(tx, ALICE)
        assert before == Actor(user_id, "north", default) == await load_actor(tx, user_id)
        await assign_role(tx, user_id, Role.CLINICIAN)
        assert await find_actor(tx, ALICE) == Actor(user_id, "north", Role.CLINICIAN)
        await assign_role(tx, user_id, None)  # taken: the default is for first-timers
        assert await find_actor(tx, ALICE) == Actor(user_id, "north")
        await disable_user(tx, user_id)
        assert (await find_actor(tx, ALICE)).disabled
    async with store.write("south") as tx:
        assert (await find_actor(tx, ALICE)).role is None


async def test_those_who_were_here_last_are_known_ahead(store: Store, clock: MovableClock) -> None:
    async with store.write("north") as tx:
        await remember_user(tx, ALICE)
    clock.move(days=1)
    async with store.write("north") as tx:
        bob = await remember_user(tx, BOB)
        assert await load_recent_actors(tx, limit=1) == {(BOB.iss, BOB.sub): Actor(bob, "north")}
        assert len(await load_recent_actors(tx, limit=9)) == 2
    async with store.write("south") as tx:
        assert await load_recent_actors(tx, limit=9) == {}
