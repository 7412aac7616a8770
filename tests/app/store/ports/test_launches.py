"""Opened launches: saved with tokens and audit or not at all, claimed once, ended for good."""

import pytest
from sqlalchemy import func, select

from app.errors import NotSaved
from app.security.access import Role
from app.store.audit_chain import verify_chain
from app.store.db import Store
from app.store.ports.launches import StoredLaunches
from app.store.ports.tokens import StoredTokenSets
from app.store.records.sessions import (
    end_sessions_of,
    load_launches_at,
    load_launches_of,
    load_session,
    sweep_expired,
    touch_session,
)
from app.store.records.tenants import enable_tenant
from app.store.records.users import assign_role, disable_user
from app.store.tables.audit import AUDIT
from app.store.tables.launches import LAUNCH, TOKENS
from launch.models import StoredLaunch, StoredTokens
from tests.app.store.cast import (
    CHARLIE,
    NORTH,
    SOUTH,
    add_tenants,
    event_of,
    opened_of,
    tokens_of,
)
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def save(store: Store, launch_id: str = "l1", *, held: bool = False) -> None:
    await StoredLaunches(store).save_launch(
        opened_of(launch_id),
        tokens_of(),
        session_hash="hash-1",
        held=held,
        audit=event_of("launch_opened", launch_id),
    )


async def actions(store: Store, tenant_id: str = NORTH) -> list[str]:
    async with store.read(tenant_id) as tx:
        assert (await verify_chain(tx)).holds
        return [row.action for row in await tx.all(tx.select(AUDIT).order_by(AUDIT.c.seq))]


async def test_a_saved_launch_comes_back_with_its_tokens(store: Store) -> None:
    await save(store)
    assert await StoredLaunches(store).load_launch("l1") == StoredLaunch(opened_of("l1"), "hash-1")
    assert await StoredTokenSets(store).load_tokens("l1") == StoredTokens(tokens_of(), 1)
    assert await actions(store) == ["launch_opened"]


async def test_an_unknown_launch_is_nothing(store: Store) -> None:
    launches = StoredLaunches(store)
    assert await launches.load_launch("nope") is None
    assert await StoredTokenSets(store).load_tokens("nope") is None
    assert not await launches.claim_launch(
        "nope", held_hash="", session_hash="x", audit=event_of("launch_continued")
    )
    await launches.end_launch("nope", audit=event_of("launch_ended"))
    assert await actions(store) == []


async def test_a_launch_that_cannot_be_saved_leaves_nothing(store: Store) -> None:
    await save(store)
    with pytest.raises(NotSaved):
        await save(store)  # the same id once more
    async with store.read_wide() as tx:
        for table, rows in ((LAUNCH, 1), (TOKENS, 1), (AUDIT, 1)):
            found = await tx.first(select(func.count().label("n")).select_from(table))
            assert found is not None and found.n == rows


async def test_a_held_launch_is_claimed_once(store: Store) -> None:
    await save(store, held=True)
    launches = StoredLaunches(store)
    audit = event_of("launch_continued")

    async def claim(held_hash: str, session_hash: str) -> bool:
        return await launches.claim_launch(
            "l1", held_hash=held_hash, session_hash=session_hash, audit=audit
        )

    assert not await claim("wrong", "hash-2")
    assert await claim("hash-1", "hash-2")
    assert not await claim("hash-1", "hash-3")
    assert not await claim("hash-2", "hash-3")
    stored = await launches.load_launch("l1")
    assert stored == StoredLaunch(opened_of("l1"), "hash-2", held=False)
    assert await actions(store) == ["launch_opened", "launch_continued"]


async def test_an_ended_launch_has_no_tokens_and_ends_once(store: Store) -> None:
    await save(store, held=True)
    launches = StoredLaunches(store)
    await launches.end_launch("l1", audit=event_of("launch_ended"))
    await launches.end_launch("l1", audit=event_of("launch_ended"))
    stored = await launches.load_launch("l1")
    assert stored is not None and stored.ended
    assert await StoredTokenSets(store).load_tokens("l1") is None
    assert not await launches.claim_launch(
        "l1", held_hash="hash-1", session_hash="x", audit=event_of("launch_continued")
    )
    assert await actions(store) == ["launch_opened", "launch_ended"]


async def test_a_session_tells_who_sits_there_now(store: Store, clock: MovableClock) -> None:
    await add_tenants(store)
    await save(store)
    async with store.read_wide() as tx:
        session = await load_session(tx, "l1")
        assert await load_session(tx, "l2") is None
    assert session is not None and session.actor is not None
    assert session.opened == opened_of("l1")
    assert session.actor.role is Role.CLINICIAN and not session.actor.disabled
    assert (session.tenant_id, session.tenant_name, session.tenant_enabled) == (NORTH, "North", 1)
    assert session.frame_ancestors == ("https://ehr.example",)
    clock.move(minutes=5)
    async with store.write(NORTH) as tx:
        await touch_session(tx, "l1")
        await assign_role(tx, session.actor.user_id, Role.COORDINATOR)
    async with store.read_wide() as tx:
        later = await load_session(tx, "l1")
    assert later is not None and later.actor is not None
    assert later.actor.role is Role.COORDINATOR
    assert later.last_seen == clock.now


async def test_roles_and_tenants_taken_away_count_at_once(store: Store) -> None:
    await add_tenants(store)
    await save(store)
    async with store.read_wide() as tx:
        session = await load_session(tx, "l1")
    assert session is not None and session.actor is not None
    async with store.write(NORTH) as tx:
        await disable_user(tx, session.actor.user_id)
        await enable_tenant(tx, enabled=False)
        assert await end_sessions_of(tx, session.actor.user_id) == 1
        assert await end_sessions_of(tx, session.actor.user_id) == 0
    async with store.read_wide() as tx:
        after = await load_session(tx, "l1")
    assert after is not None and after.actor is not None
    assert after.actor.disabled and after.stored.ended and not after.tenant_enabled
    assert await StoredTokenSets(store).load_tokens("l1") is None


async def test_a_patients_launches_are_found_by_person_or_whoevers(store: Store) -> None:
    await add_tenants(store)
    await save(store)
    await StoredLaunches(store).save_launch(
        opened_of("l2", user=CHARLIE),
        tokens_of(),
        session_hash="h",
        held=False,
        audit=event_of("launch_opened", "l2"),
    )
    await StoredLaunches(store).end_launch("l1", audit=event_of("launch_ended"))
    async with store.read(NORTH) as tx:
        key = tx.patient_key("p1")
        assert set(await load_launches_at(tx, key)) == {"l1", "l2"}
        assert await load_launches_at(tx, tx.patient_key("p2")) == ()
        assert await load_launches_of(tx, "", key) == ("l2",)
        assert await load_launches_of(tx, "somebody else", key) == ()


async def test_a_launch_without_a_proven_person_has_no_actor(store: Store) -> None:
    await StoredLaunches(store).save_launch(
        opened_of("l1", user=None),
        tokens_of(),
        session_hash="h",
        held=False,
        audit=event_of("launch_opened"),
    )
    async with store.read_wide() as tx:
        session = await load_session(tx, "l1")
    assert session is not None and session.actor is None


async def test_people_start_with_the_default_role_of_their_tenant(store: Store) -> None:
    await add_tenants(store)
    for tenant_id, launch_id in ((NORTH, "l1"), (SOUTH, "l2")):
        await StoredLaunches(store).save_launch(
            opened_of(launch_id, tenant_id=tenant_id, user=CHARLIE),
            tokens_of(),
            session_hash="h",
            held=False,
            audit=event_of("launch_opened", launch_id, tenant_id),
        )
    async with store.read_wide() as tx:
        north, south = await load_session(tx, "l1"), await load_session(tx, "l2")
    assert north is not None and south is not None
    assert north.actor is not None and north.actor.role is Role.CLINICIAN
    assert south.actor is not None and south.actor.role is None
    assert north.actor.user_id != south.actor.user_id


async def test_the_sweep_drops_tokens_of_launches_past_their_end(
    store: Store, clock: MovableClock
) -> None:
    await save(store)
    async with store.write_wide() as tx:
        assert await sweep_expired(tx) == 0
    clock.move(hours=13)
    async with store.write_wide() as tx:
        assert await sweep_expired(tx) == 1
    assert await StoredTokenSets(store).load_tokens("l1") is None
    assert await StoredLaunches(store).load_launch("l1") is not None
