"""Gap decisions: one stands per gap, ended ones are kept, nothing tells what the evidence was."""

from datetime import date

import pytest

from app.store.db import Store
from app.store.records.gap_decisions import (
    Details,
    GapDecision,
    NewDecision,
    build_evidence_key,
    end_decision,
    load_decisions,
    save_decision,
)
from app.store.tables.gaps import GAP_DECISION
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio


def decision(measure: str = "CMS125", patient: str = "p1", reason: str = "declined") -> NewDecision:
    return NewDecision(
        patient_id=patient,
        measure=measure,
        kind="dismissed",
        reason=reason,
        until=date(2027, 11, 22),
        evidence="key",
        made_by="dana",
        details=Details(done_on=date(2026, 10, 1), status="open", due=date(2026, 12, 31)),
    )


def told(found: tuple[GapDecision, ...]) -> list[tuple[str, str, str]]:
    return [(d.measure, d.reason, d.ended_why) for d in found]


async def test_the_newest_stands_and_the_former_is_kept(store: Store, clock: MovableClock) -> None:
    async with store.write("north") as tx:
        await save_decision(tx, decision())
    clock.move(hours=1)
    async with store.write("north") as tx:
        await save_decision(tx, decision(reason="not_right"))
        await save_decision(tx, decision("CMS130"))
    async with store.read("north") as tx:
        standing = await load_decisions(tx, "p1")
        every = await load_decisions(tx, "p1", history=True)
    assert sorted(told(standing)) == [("CMS125", "not_right", ""), ("CMS130", "declined", "")]
    assert ("CMS125", "declined", "replaced") in told(every)
    assert standing[0].details.done_on == date(2026, 10, 1)
    former = next(d for d in every if d.ended_why)
    assert (former.made_at, former.ended_at, former.ended_by) == (T0, clock.now, "dana")


async def test_it_ends_once(store: Store) -> None:
    async with store.write("north") as tx:
        made = await save_decision(tx, decision())
        assert await end_decision(tx, made, why="undone", by="dana")
        assert not await end_decision(tx, made, why="over", by="system")
        assert await load_decisions(tx, "p1") == ()
        (kept,) = await load_decisions(tx, "p1", history=True)
        assert (kept.ended_why, kept.ended_by) == ("undone", "dana")
        await save_decision(tx, decision())
        assert len(await load_decisions(tx, "p1")) == 1


async def test_other_patients_and_tenants_do_not_see_it(store: Store) -> None:
    async with store.write("north") as tx:
        made = await save_decision(tx, decision())
    async with store.write("south") as tx:
        assert await load_decisions(tx, "p1") == ()
        assert not await end_decision(tx, made, why="undone", by="x")
    async with store.read("north") as tx:
        assert await load_decisions(tx, "p2") == ()
        assert len(await load_decisions(tx, "p1")) == 1


async def test_the_row_tells_no_day_and_no_evidence(store: Store) -> None:
    async with store.write("north") as tx:
        await save_decision(tx, decision())
        key = build_evidence_key(tx, "the facts")
        assert key == build_evidence_key(tx, "the facts")
        assert key != build_evidence_key(tx, "other facts")
        assert "facts" not in key
        row = await tx.first(tx.select(GAP_DECISION))
    assert row is not None
    assert b"2026-10-01" not in row.body_sealed
    async with store.write("south") as tx:
        assert build_evidence_key(tx, "the facts") != key
