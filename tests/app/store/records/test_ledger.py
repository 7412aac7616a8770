"""One intent, one row: idempotent, versioned, fenced, and opened only in its own tenant."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import anyio
import pytest

from app.errors import KeyReused, NotFound, StaleWrite
from app.store.db import Store
from app.store.records.attempts import Attempt, load_attempts, save_attempt
from app.store.records.due import load_due
from app.store.records.ledger import (
    LedgerEntry,
    NewIntent,
    Progress,
    claim_intent,
    load_intent,
    load_ledger,
    load_tenant_ledger,
    save_intent,
    save_outcome,
    save_state,
)
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio
NORTH = "north"


def intent_of(key: str = "form-1", patient: str = "p1", phone: str = "+15550100") -> NewIntent:
    return NewIntent(
        ledger_id=str(uuid.uuid4()),
        patient_id=patient,
        kind="contact_detail",
        idempotency_key=key,
        intent={"field": "phone", "value": phone},
        subject="phone",
        launch_id="l1",
        user_id="u1",
        plan="patient_json_patch",
        plan_reason="patch_supported",
        precondition="3",
        detail={"via": "panel"},
    )


async def save(store: Store, new: NewIntent, tenant: str = NORTH) -> tuple[LedgerEntry, bool]:
    async with store.write(tenant) as tx:
        return await save_intent(tx, new)


async def test_an_intent_comes_back_whole(store: Store) -> None:
    new = intent_of()
    entry, is_new = await save(store, new)
    assert is_new
    for name in ("ledger_id", "kind", "subject", "intent", "launch_id", "user_id", "plan"):
        assert getattr(entry, name) == getattr(new, name)
    assert (entry.state, entry.precondition, entry.detail) == ("saved", "3", {"via": "panel"})
    assert (entry.version, entry.fence, entry.attempts, entry.ehr_id) == (1, 0, 0, "")
    assert entry.created_at == entry.updated_at == T0
    async with store.read(NORTH) as tx:
        assert await load_intent(tx, new.ledger_id) == entry
        assert await load_ledger(tx, "p1") == (entry,)
        assert await load_ledger(tx, "p2") == ()
        with pytest.raises(NotFound):
            await load_intent(tx, "another")


async def test_the_same_form_sent_again_gives_the_first_result(store: Store) -> None:
    first, _ = await save(store, intent_of())
    async with store.write(NORTH) as tx:
        await save_state(tx, first.ledger_id, Progress(state="in_ehr"), version=1)
    again, is_new = await save(store, intent_of())
    assert not is_new and again.ledger_id == first.ledger_id and again.state == "in_ehr"


@pytest.mark.parametrize(
    "other",
    [
        intent_of(phone="+15550199"),
        intent_of(patient="p2"),
        replace(intent_of(), subject="email"),
        replace(intent_of(), kind="contact_preference"),
    ],
)
async def test_a_key_with_other_content_is_refused(store: Store, other: NewIntent) -> None:
    await save(store, intent_of())
    with pytest.raises(KeyReused):
        await save(store, other)


async def test_keys_are_each_tenants_own(store: Store) -> None:
    await save(store, intent_of())
    _, is_new = await save(store, intent_of(phone="+15550199"), "south")
    assert is_new


async def test_of_many_clicks_one_is_the_first(store: Store) -> None:
    outcomes: list[bool] = []

    async def click() -> None:
        outcomes.append((await save(store, intent_of()))[1])

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(click)
    assert sorted(outcomes) == [False] * 11 + [True]
    async with store.read(NORTH) as tx:
        assert len(await load_ledger(tx, "p1")) == 1


async def test_progress_changes_what_it_names_and_counts_up(
    store: Store, clock: MovableClock
) -> None:
    entry, _ = await save(store, intent_of())
    clock.move(seconds=5)
    progress = Progress(
        state="in_ehr",
        ehr_type="Patient",
        ehr_id="p1-in-ehr",
        ehr_version="4",
        read_back="matched",
        read_back_at=clock.now,
    )
    async with store.write(NORTH) as tx:
        assert await save_state(tx, entry.ledger_id, progress, version=1) == 2
        after = await load_intent(tx, entry.ledger_id)
    assert (after.state, after.ehr_id, after.ehr_version) == ("in_ehr", "p1-in-ehr", "4")
    assert (after.plan, after.intent, after.version) == (entry.plan, entry.intent, 2)
    assert after.updated_at == after.read_back_at == clock.now
    for version in (1, 3):
        with pytest.raises(StaleWrite):
            async with store.write(NORTH) as tx:
                await save_state(tx, entry.ledger_id, Progress(state="x"), version=version)
    with pytest.raises(StaleWrite):
        async with store.write("south") as tx:
            await save_state(tx, entry.ledger_id, Progress(state="x"), version=2)


async def test_a_worker_that_lost_its_claim_can_record_nothing(
    store: Store, clock: MovableClock
) -> None:
    entry, _ = await save(store, intent_of())
    until = T0 + timedelta(seconds=30)
    async with store.write(NORTH) as tx:
        first = await claim_intent(tx, entry.ledger_id, worker="a", until=until)
        assert first is not None and (first.fence, first.claimed_by) == (1, "a")
        assert await claim_intent(tx, entry.ledger_id, worker="b", until=until) is None
    clock.move(seconds=31)
    attempt = Attempt(kind="write", outcome="done", started_at=T0, ended_at=T0, status=200)
    async with store.write(NORTH) as tx:
        second = await claim_intent(
            tx, entry.ledger_id, worker="b", until=until + timedelta(minutes=1)
        )
        assert second is not None and second.fence == 2
        assert await save_attempt(tx, entry.ledger_id, attempt, fence=2) == 1
        assert await save_attempt(tx, entry.ledger_id, attempt) == 2
    with pytest.raises(StaleWrite):
        async with store.write(NORTH) as tx:
            await save_attempt(tx, entry.ledger_id, attempt, fence=first.fence)
    done = Progress(state="in_ehr")
    with pytest.raises(StaleWrite):
        async with store.write(NORTH) as tx:
            await save_state(tx, entry.ledger_id, done, version=second.version, fence=1)
    async with store.read(NORTH) as tx:
        assert (await load_intent(tx, entry.ledger_id)).claimed_by == "b"
        tries = await load_attempts(tx, entry.ledger_id)
    assert [(t.number, t.status) for t in tries] == [(1, 200), (2, 200)]


async def test_an_outcome_counts_the_attempt_and_gives_the_claim_back(store: Store) -> None:
    entry, _ = await save(store, intent_of())
    until = T0 + timedelta(seconds=30)
    sending = Progress(state="sending", error_code="")
    async with store.write(NORTH) as tx:
        claimed = await claim_intent(tx, entry.ledger_id, worker="a", until=until, progress=sending)
        held = await load_intent(tx, entry.ledger_id)
    assert claimed is not None
    # What the attempt goes by is the state before it; what a screen shows is that it is under way.
    assert (claimed.state, held.state) == ("saved", "sending")
    assert replace(claimed, state="sending") == held and held.claimed_by == "a"
    done = Progress(state="in_ehr", ehr_id="c1", detail={"tries": 1})
    async with store.write(NORTH) as tx:
        await save_outcome(tx, claimed, done)
        after = await load_intent(tx, entry.ledger_id)
    assert (after.state, after.ehr_id, after.detail) == ("in_ehr", "c1", {"tries": 1})
    assert (after.attempts, after.claimed_by, after.claimed_until) == (1, "", None)
    assert (after.fence, after.version) == (claimed.fence, claimed.version + 1)
    with pytest.raises(StaleWrite):
        async with store.write(NORTH) as tx:
            await save_outcome(tx, claimed, done)


async def test_an_outcome_of_a_lost_claim_is_refused(store: Store, clock: MovableClock) -> None:
    entry, _ = await save(store, intent_of())
    async with store.write(NORTH) as tx:
        lost = await claim_intent(tx, entry.ledger_id, worker="a", until=T0)
    clock.move(seconds=1)
    async with store.write(NORTH) as tx:
        await claim_intent(tx, entry.ledger_id, worker="b", until=T0 + timedelta(minutes=1))
    assert lost is not None
    for claimed in (lost, replace(lost, version=lost.version + 1)):
        with pytest.raises(StaleWrite):
            async with store.write(NORTH) as tx:
                await save_outcome(tx, claimed, Progress(state="in_ehr"))
    async with store.read(NORTH) as tx:
        held = await load_intent(tx, entry.ledger_id)
    assert (held.claimed_by, held.attempts, held.state) == ("b", 0, "saved")


async def test_of_two_that_claim_at_once_one_gets_it(store: Store) -> None:
    entry, _ = await save(store, intent_of())
    until = T0 + timedelta(seconds=30)
    got: list[LedgerEntry | None] = []
    looked = anyio.Event()

    async def claim(worker: str) -> None:
        async with store.write(NORTH) as tx:
            looked.set()
            got.append(await claim_intent(tx, entry.ledger_id, worker=worker, until=until))

    async with anyio.create_task_group() as group, store.write(NORTH) as tx:
        first = await claim_intent(tx, entry.ledger_id, worker="a", until=until)
        group.start_soon(claim, "b")
        if not store.is_sqlite:  # there the second is not let in before the first is out
            await looked.wait()
            await anyio.sleep(0.05)
    assert first is not None and got == [None]
    async with store.read(NORTH) as tx:
        assert (await load_intent(tx, entry.ledger_id)).fence == 1


async def test_a_settled_entry_is_not_claimed(store: Store) -> None:
    entry, _ = await save(store, intent_of())
    async with store.write(NORTH) as tx:
        await save_state(tx, entry.ledger_id, Progress(state="in_ehr"), version=1)
        assert await claim_intent(tx, entry.ledger_id, worker="a", until=T0) is None


async def test_due_work_is_found_across_tenants_oldest_first(
    store: Store, clock: MovableClock
) -> None:
    first, _ = await save(store, intent_of("k1"))
    clock.move(seconds=1)
    second, _ = await save(store, intent_of("k2"), "south")
    clock.move(seconds=1)
    later, _ = await save(store, intent_of("k3"))
    wait = clock.now + timedelta(minutes=5)
    async with store.write(NORTH) as tx:
        await save_state(tx, later.ledger_id, Progress(next_attempt_at=wait), version=1)
    assert await due(store, clock.now) == set()
    clock.move(seconds=10)
    assert await due(store, clock.now) == {(NORTH, first.ledger_id), ("south", second.ledger_id)}
    async with store.write(NORTH) as tx:
        await claim_intent(tx, first.ledger_id, worker="a", until=wait)
    assert await due(store, clock.now) == {("south", second.ledger_id)}
    assert len(await due(store, wait + timedelta(seconds=10))) == 3


async def test_what_waits_for_a_person_or_is_kept_here_is_not_due(
    store: Store, clock: MovableClock
) -> None:
    await save(store, replace(intent_of("k1"), plan="here"))
    parked, _ = await save(store, intent_of("k2"))
    async with store.write(NORTH) as tx:
        code = Progress(error_code="sign_in_ended")
        await save_state(tx, parked.ledger_id, code, version=1)
    assert await due(store, clock.now + timedelta(hours=1)) == set()


async def test_each_tenant_gets_its_share_of_what_is_due(store: Store, clock: MovableClock) -> None:
    for number in range(4):
        await save(store, intent_of(f"k{number}"))
    lone, _ = await save(store, intent_of("k"), "south")
    async with store.read_wide() as wide:
        found = await load_due(wide, now=clock.now + timedelta(minutes=1), per_tenant=2)
    assert len(found) == 3
    assert lone.ledger_id in {d.ledger_id for d in found}


async def test_a_clock_that_was_ahead_does_not_hold_an_intent_back(
    store: Store, clock: MovableClock
) -> None:
    saved, _ = await save(store, intent_of("k1"))
    assert await due(store, clock.now - timedelta(minutes=10)) == {(NORTH, saved.ledger_id)}


async def due(store: Store, now: datetime) -> set[tuple[str, str]]:
    async with store.read_wide() as wide:
        return {(d.tenant_id, d.ledger_id) for d in await load_due(wide, now=now)}


async def test_a_tenants_ledger_filters_by_state_newest_first(
    store: Store, clock: MovableClock
) -> None:
    first, _ = await save(store, intent_of("k1"))
    clock.move(seconds=1)
    second, _ = await save(store, intent_of("k2", patient="p2"))
    async with store.write(NORTH) as tx:
        await save_state(tx, first.ledger_id, Progress(state="attention"), version=1)
        found = await load_tenant_ledger(tx)
        assert [entry.ledger_id for entry in found] == [second.ledger_id, first.ledger_id]
        stuck = await load_tenant_ledger(tx, states=("attention",))
        assert [entry.ledger_id for entry in stuck] == [first.ledger_id]


async def test_an_attempt_on_nothing_is_refused(store: Store) -> None:
    attempt = Attempt(kind="write", outcome="done", started_at=T0, ended_at=T0)
    with pytest.raises(StaleWrite):
        async with store.write(NORTH) as tx:
            await save_attempt(tx, "nowhere", attempt)
