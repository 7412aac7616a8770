"""Kept charts are judged when kept, when the day changes and when the rules change; on both
databases, also after an end half-way."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as with_changes
from sqlalchemy import text

from app.clinical.care_gaps import Measures, evaluate_gaps
from app.clinical.care_gaps.fingerprint import build_fingerprint
from app.clinical.chart import Chart, SearchOutcome
from app.clinical.immunization import Tables
from app.clinical.needs import Need, Needs
from app.errors import NotFound, StoreUnavailable
from app.settings import ROOT
from app.store.db import Store
from app.store.records.charts import load_chart, save_chart, save_remade
from app.store.records.gap_decisions import Details, NewDecision, build_evidence_key, save_decision
from app.store.records.need_lists import NeedFilter, Standing, load_need_page
from app.store.records.needs import ToJudge, assign, load_to_judge, mark_to_judge, save_needs
from app.store.tables.charts import CHART as CHARTS
from app.store.transactions import TenantTx
from app.sync.needs import NeedsJudge, build_rules_stamp, next_day
from app.sync.rule_files import load_measures, load_rule_texts
from app.sync.schedule_in_force import load_tables
from tests.app.clinical.immunization.test_outlook import chart
from tests.app.store.cast import NORTH, SOUTH, add_tenants
from tests.app.store.conftest import (
    T0,
    MovableClock,
    clock,
    database_url,
    key_file,
    postgres_server,
    postgres_template,
    postgres_url,
    store,
)

__all__ = [
    "clock", "database_url", "key_file", "postgres_server", "postgres_template", "postgres_url",
    "store",
]  # fmt: skip
pytestmark = pytest.mark.anyio
BABY = chart(born="2026-05-24")
TODAY = T0.date()


@pytest.fixture(scope="module")
def measures() -> Measures:
    return load_measures(ROOT)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return load_tables(Path(tmp_path_factory.mktemp("data")))


@pytest.fixture
async def judge(store: Store, measures: Measures, tables: Tables) -> AsyncIterator[NeedsJudge]:
    await add_tenants(store)
    yield NeedsJudge(store, measures, tables, "rules-1")


def named(found: Chart, patient_id: str) -> Chart:
    assert found.patient is not None
    return with_changes(found, patient=with_changes(found.patient, id=patient_id))


def read_whole(found: Chart, types: tuple[str, ...]) -> Chart:
    searches = tuple(SearchOutcome(name, "complete", T0) for name in types)
    return with_changes(found, searches=(*found.searches, *searches))


async def keep(store: Store, patient_id: str = "p", found: Chart = BABY) -> None:
    async with store.write(NORTH) as tx:
        await save_chart(tx, patient_id, named(found, patient_id), read_at=tx.now)


async def listed(
    store: Store, wanted: NeedFilter | None = None, today: date = TODAY, offset: int = 0
) -> tuple[Standing, ...]:
    async with store.read(NORTH) as tx:
        asked = wanted or NeedFilter()
        return await load_need_page(tx, asked, today=today, offset=offset, limit=10)


async def keep_needs(tx: TenantTx, due: ToJudge, needs: Needs) -> bool:
    next_at = T0 + timedelta(days=1)
    return await save_needs(tx, due, needs, today=TODAY, rules="r", next_at=next_at, evidence={})


async def test_a_kept_chart_waits_then_is_judged_once(judge: NeedsJudge) -> None:
    await keep(judge.store)
    (waits,) = await listed(judge.store)
    assert (waits.judged_at, waits.is_stale, waits.items) == (None, True, ())
    assert [t for t, _since in await judge.find_tenants()] == [NORTH]
    assert await judge.judge_tenant(NORTH) == 1
    assert await judge.judge_tenant(NORTH) == 0
    assert await judge.find_tenants() == ()
    (found,) = await listed(judge.store)
    assert found.judged_at == T0 and not found.is_stale and found.best_on == TODAY
    assert found.items[0].status == "overdue"
    assert {i.key for i in found.items} >= {"DTaP/Tdap/Td", "Polio"}
    async with judge.store.read(SOUTH) as tx:
        assert await load_need_page(tx, NeedFilter(), today=TODAY, offset=0, limit=9) == ()


async def test_who_opens_a_chart_goes_before_each_chart_to_judge(judge: NeedsJudge) -> None:
    for patient in ("p", "q"):
        await keep(judge.store, patient)
    stale: list[int] = []

    async def let_first() -> None:
        stale.append(sum(1 for s in await listed(judge.store) if s.is_stale))

    judge.let_first = let_first
    assert await judge.judge_tenant(NORTH) == 2
    assert stale == [2, 1]


async def test_each_day_judges_anew_and_keeps_since_when(
    judge: NeedsJudge, clock: MovableClock
) -> None:
    await keep(judge.store)
    await judge.judge_tenant(NORTH)
    (before,) = await listed(judge.store)
    clock.move(days=1)
    (tired,) = await listed(judge.store)
    assert tired.is_stale
    assert await judge.judge_tenant(NORTH) == 1
    (after,) = await listed(judge.store)
    assert after.judged_at == clock.now and not after.is_stale
    gaps = {i.key: i.since for i in after.items if i.kind == "gap"}
    assert gaps == {i.key: i.since for i in before.items if i.kind == "gap"}
    assert after.read_at == T0


async def test_other_rules_judge_everything_anew_once(judge: NeedsJudge) -> None:
    await keep(judge.store)
    await judge.judge_tenant(NORTH)
    other = replace(judge, rules="rules-2", _is_marked=False)
    assert len(await other.find_tenants()) == 1
    assert await other.judge_tenant(NORTH) == 1
    assert await other.find_tenants() == ()
    again = replace(other, _is_marked=False)
    assert await again.find_tenants() == ()


async def test_a_chart_kept_while_it_is_judged_is_judged_again(judge: NeedsJudge) -> None:
    await keep(judge.store)
    async with judge.store.read(NORTH) as tx:
        (due,) = await load_to_judge(tx, limit=5)
    judge.store.clock.move(seconds=1)  # type: ignore[attr-defined]  # the movable one
    await keep(judge.store)
    async with judge.store.write(NORTH) as tx:
        saved = await keep_needs(tx, due, Needs())
    assert not saved
    assert await judge.judge_tenant(NORTH) == 1


async def test_a_remade_chart_is_judged_again(judge: NeedsJudge) -> None:
    await keep(judge.store)
    await judge.judge_tenant(NORTH)
    judge.store.clock.move(seconds=1)  # type: ignore[attr-defined]  # the movable one
    async with judge.store.write(NORTH) as tx:
        stored = await load_chart(tx, "p")
        assert stored is not None
        await save_remade(tx, tx.patient_key("p"), stored.chart, expected_version=stored.version)
    assert await judge.judge_tenant(NORTH) == 1


async def test_a_chart_that_cannot_be_judged_holds_up_no_other(judge: NeedsJudge) -> None:
    await keep(judge.store, "p")
    await keep(judge.store, "q")
    async with judge.store.write(NORTH) as tx:
        key = tx.patient_key("p")
        sealed = tx.seal(CHARTS, "body_sealed", key, b"\x91")
        await tx.run(
            tx.update(CHARTS).where(CHARTS.c.patient_key == key).values(body_sealed=sealed)
        )
    assert await judge.judge_tenant(NORTH) == 1
    found = {s.patient_key: s for s in await listed(judge.store)}
    assert found[key].judged_at is None  # still listed, as never judged
    broken = replace(judge, tables=None)  # type: ignore[arg-type]  # what no rule foresees
    await keep(judge.store, "q")
    assert await broken.judge_tenant(NORTH) == 0
    assert len(await listed(judge.store)) == 2


async def test_no_database_leaves_the_rest_for_the_next_job(judge: NeedsJudge) -> None:
    await keep(judge.store)
    async with judge.store.engine.begin() as connection:
        await connection.execute(text("DROP TABLE chart_snapshot"))
    with pytest.raises(StoreUnavailable):
        await judge.judge_tenant(NORTH)


async def test_aside_only_while_the_facts_are_the_same(judge: NeedsJudge) -> None:
    await keep(judge.store)
    await judge.judge_tenant(NORTH)
    wanted = NeedFilter(kind="gap")
    (found,) = await listed(judge.store, wanted)
    measure = next(i.key for i in found.items if i.kind == "gap")

    async def decide(evidence: str) -> None:
        async with judge.store.write(NORTH) as tx:
            await save_decision(
                tx,
                NewDecision(
                    patient_id="p",
                    measure=measure,
                    kind="dismissed",
                    reason="declined",
                    until=TODAY + timedelta(days=30),
                    evidence=build_evidence_key(tx, evidence),
                    made_by="dana",
                    details=Details(),
                ),
            )

    one = NeedFilter(kind="gap", key=measure)
    await decide("what was on screen")  # made since the chart was judged: it stands
    assert await listed(judge.store, one) == ()
    judge.store.clock.move(hours=1)  # type: ignore[attr-defined]  # the movable one
    await keep(judge.store)
    await judge.judge_tenant(NORTH)  # the facts differ from those it was made over
    still = await listed(judge.store, one)
    unknown = next(i for i in found.items if i.key == measure).status == "unknown"
    assert bool(still) is not unknown


async def test_aside_over_the_same_facts_stays_aside(judge: NeedsJudge) -> None:
    types = tuple(judge.measures.resources())
    found = named(read_whole(chart(born="1970-01-01"), types), "p")
    await keep(judge.store, "p", found)
    gaps = evaluate_gaps(found, judge.measures, today=TODAY)
    gap = next(g for g in gaps if g.status == "open")
    (measure,) = judge.measures.only((gap.measure,))
    async with judge.store.write(NORTH) as tx:
        facts = build_fingerprint(found, judge.measures, measure, gap.status)
        await save_decision(
            tx,
            NewDecision(
                patient_id="p",
                measure=gap.measure,
                kind="dismissed",
                reason="declined",
                until=TODAY + timedelta(days=30),
                evidence=build_evidence_key(tx, facts),
                made_by="dana",
                details=Details(),
            ),
        )
    judge.store.clock.move(hours=1)  # type: ignore[attr-defined]  # the movable one
    await judge.judge_tenant(NORTH)
    assert await listed(judge.store, NeedFilter(kind="gap", key=gap.measure)) == ()
    later = TODAY + timedelta(days=30)
    assert len(await listed(judge.store, NeedFilter(kind="gap", key=gap.measure), later)) == 1


async def test_filters_and_pages(judge: NeedsJudge) -> None:
    for name in "abc":
        await keep(judge.store, name)
    await keep(judge.store, "unread", chart(Immunization="failed"))
    await judge.judge_tenant(NORTH)
    everyone = await listed(judge.store)
    assert len(everyone) == 4
    assert (await listed(judge.store, offset=3))[0].patient_key == everyone[3].patient_key
    last = everyone[-1]
    assert all(i.status == "unknown" or i.kind == "gap" for i in last.items)
    polio = await listed(judge.store, NeedFilter(kind="vaccine", key="Polio"))
    assert len(polio) == 3
    assert len(await listed(judge.store, NeedFilter(within="overdue"))) == 3
    assert last in await listed(judge.store, NeedFilter(within="unknown"))
    async with judge.store.write(NORTH) as tx:
        assert await assign(tx, polio[0].patient_key, to="dana", held_by=("", "dana"))
        assert not await assign(tx, polio[0].patient_key, to="rob", held_by=("", "rob"))
        with pytest.raises(NotFound):
            await assign(tx, "nobody", to="dana", held_by=("",))
    assert len(await listed(judge.store, NeedFilter(holders=("dana",)))) == 1
    assert len(await listed(judge.store, NeedFilter(holders=("",)))) == 3


async def test_who_needs_nothing_is_on_no_list_and_with_nobody(judge: NeedsJudge) -> None:
    await keep(judge.store)
    await judge.judge_tenant(NORTH)
    async with judge.store.write(NORTH) as tx:
        key = tx.patient_key("p")
        await assign(tx, key, to="dana", held_by=("",))
        await mark_to_judge(tx, key, None)
        (due,) = await load_to_judge(tx, limit=1)
        assert await keep_needs(tx, due, Needs())
    assert await listed(judge.store) == ()
    async with judge.store.write(NORTH) as tx:
        await mark_to_judge(tx, key, None)
        (due,) = await load_to_judge(tx, limit=1)
        item = Need(kind="gap", key="CMS125", status="open")
        assert await keep_needs(tx, due, Needs(items=(item,)))
    (back,) = await listed(judge.store)
    assert back.assigned_to == "" and back.items[0].since == TODAY


def test_the_stamp_follows_every_rule(measures: Measures, tables: Tables) -> None:
    texts = load_rule_texts(ROOT)
    stamp = build_rules_stamp(measures, tables, texts)
    assert stamp == build_rules_stamp(measures, tables, dict(reversed(texts.items())))
    name = next(iter(texts))
    assert stamp != build_rules_stamp(measures, tables, texts | {name: texts[name] + "#"})
    schedule = with_changes(tables.schedule, version="4.65")
    assert stamp != build_rules_stamp(measures, with_changes(tables, schedule=schedule), texts)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC"])
def test_the_next_day_begins_at_the_staffs_midnight(zone: str) -> None:
    then = next_day(date(2026, 3, 7), ZoneInfo(zone))
    assert then.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime(2026, 3, 8)  # noqa: DTZ001 — compared by the wall
    assert then.tzinfo is UTC
