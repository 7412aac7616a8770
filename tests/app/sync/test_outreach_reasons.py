"""What is planned ends with its reason, queued messages too, in the transaction of the chart."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as with_changes

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Deceased, Moment, Span
from app.clinical.facts import Appointment
from app.outreach.known import Suspicion
from app.outreach.request import Preferences
from app.settings import ROOT
from app.store.db import Store
from app.store.records.outbound import load_outbound_of, save_outbound
from app.store.records.outreach import (
    LIVE,
    NewOutreach,
    load_outreach,
    load_patient_outreach,
    save_outreach,
)
from app.store.records.receipts import save_receipt
from app.store.records.standing import load_standing, save_held, save_preferences
from app.sync.contact_judge import ContactJudge
from app.sync.outreach_reasons import OutreachReasons, cancel_without_reason
from app.sync.rule_files import load_measures
from app.sync.schedule_in_force import load_tables
from tests.app.sync.test_contact_judge import (
    CHART,
    CONTENT,
    NOON,
    PATIENT,
    RULES,
    SOURCE,
    build_store,
)

pytestmark = pytest.mark.anyio
DIED = with_changes(CHART, patient=with_changes(PATIENT, deceased=Deceased("deceased")))


async def plan(
    store: Store, outreach_id: str, kind: str = "manual", key: str = "", **over: str
) -> None:
    new = NewOutreach(
        outreach_id=outreach_id,
        patient_id="p1",
        state=over.get("state", "scheduled"),
        purpose="treatment",
        channel="text",
        content=CONTENT,
        created_by="u1",
        due_at=NOON + timedelta(days=1),
        reason_kind=kind,
        reason_key=key,
        sequence=over.get("sequence", ""),
    )
    async with store.write("north") as tx:
        assert await save_outreach(tx, new)


async def queue(store: Store, outreach_id: str) -> None:
    async with store.write("north") as tx:
        row = await load_outreach(tx, outreach_id)
        receipt = await ContactJudge(RULES)(tx, row, CONTENT)
        assert receipt.allowed
        receipt_id = await save_receipt(
            tx, outreach_id, receipt, channel="text", purpose="treatment", content=CONTENT
        )
        await save_outbound(
            tx, f"m-{outreach_id}", row, receipt_id=receipt_id, attempt_key="1", content=CONTENT
        )


async def cancel(store: Store, chart: Chart, verdicts: Mapping[str, str]) -> int:
    async with store.write("north") as tx:
        rows = await load_patient_outreach(tx, "p1", states=LIVE)
        return await cancel_without_reason(
            tx, chart, lambda: verdicts, NOON, rules=RULES, rows=rows
        )


async def ends(store: Store) -> dict[str, str]:
    async with store.read("north") as tx:
        rows = await load_patient_outreach(tx, "p1")
    return {row.outreach_id: row.cancelled_because for row in rows if row.state == "cancelled"}


async def test_death_ends_everything_and_calls_back_what_is_queued(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await plan(store, "o2", "gap", "CMS130")
    await queue(store, "o1")
    reasons = OutreachReasons(RULES, load_measures(ROOT), load_tables(tmp_path))
    async with store.write("north") as tx:
        await reasons.keep(tx, DIED)
    assert await ends(store) == {"o1": "deceased", "o2": "deceased"}
    async with store.read("north") as tx:
        (queued,) = await load_outbound_of(tx, "o1")
    assert (queued.state, queued.error_code) == ("cancelled", "deceased")
    async with store.write("north") as tx:
        await reasons.keep(tx, DIED)
        await reasons.keep(tx, Chart(normalizer_version="1"))
    await store.close()


@pytest.mark.parametrize(
    ("kind", "key", "verdicts", "because"),
    [
        ("gap", "CMS130", {"CMS130": "met"}, "gap_closed"),
        ("gap", "CMS130", {"CMS130": "excluded"}, "gap_closed"),
        ("gap", "CMS130", {"CMS130": "open"}, ""),
        ("gap", "CMS130", {"CMS130": "unknown"}, ""),
        ("gap", "CMS130", {}, ""),
        ("vaccines", "2027-01-12", {"vaccines:2027-01-12": "met"}, "not_due"),
        ("vaccines", "2027-01-12", {"vaccines:2027-01-12": "unknown"}, ""),
        ("vaccines", "2027-01-12", {"vaccines:2027-01-12": "open"}, ""),
    ],
)
async def test_a_reason_ends_only_by_what_is_known(
    tmp_path: Path, kind: str, key: str, verdicts: dict[str, str], because: str
) -> None:
    store = await build_store(tmp_path)
    await plan(store, "o2", kind, key)
    await cancel(store, CHART, verdicts)
    assert (await ends(store)).get("o2", "") == because
    await store.close()


def visit(status: str, *, begins: datetime, changed: datetime | None) -> Appointment:
    source = with_changes(SOURCE, last_updated=Moment(changed, "second", 0) if changed else None)
    return Appointment(
        id="a1",
        source=source,
        status=status,
        is_booked=status == "booked",
        when=Span(Moment(begins, "second", 0), None),
    )


def having(status: str, begins: datetime) -> Chart:
    return with_changes(CHART, appointments=(visit(status, begins=begins, changed=None),))


LATER = NOON + timedelta(days=20)
READ = (SearchOutcome("Appointment", "complete", NOON),)


@pytest.mark.parametrize(
    ("changed", "because"),
    [(NOON + timedelta(hours=1), "visit_booked"), (NOON - timedelta(days=9), ""), (None, "")],
)
async def test_a_visit_booked_since_ends_a_sequence(
    tmp_path: Path, changed: datetime | None, because: str
) -> None:
    store = await build_store(tmp_path)
    await plan(store, "o2", "gap", "CMS130", sequence="gap")
    booked = with_changes(
        CHART, appointments=(visit("booked", begins=LATER, changed=changed),), searches=READ
    )
    await cancel(store, booked, {"CMS130": "open"})
    assert (await ends(store)).get("o2", "") == because
    await store.close()


@pytest.mark.parametrize(
    ("chart", "because"),
    [
        (having("cancelled", LATER), "visit_gone"),
        (having("booked", LATER), ""),
        (having("booked", NOON - timedelta(hours=1)), "visit_past"),
        (CHART, ""),
        (with_changes(CHART, searches=READ), "visit_gone"),
    ],
)
async def test_a_reminder_ends_with_its_visit(tmp_path: Path, chart: Chart, because: str) -> None:
    store = await build_store(tmp_path)
    await plan(store, "o2", "visit", "a1")
    await cancel(store, chart, {})
    assert (await ends(store)).get("o2", "") == because
    await store.close()


async def test_a_wish_for_no_contact_ends_and_a_suspicion_only_pauses(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    async with store.write("north") as tx:
        _none, held = await load_standing(tx, "p1")
        suspected = with_changes(held, suspicions=(Suspicion("reported", NOON, "a neighbor"),))
        await save_held(tx, "p1", suspected, saved_by="u1")
    assert await cancel(store, CHART, {}) == 0
    async with store.write("north") as tx:
        await save_held(tx, "p1", held, saved_by="u1")
        await save_preferences(tx, "p1", Preferences(do_not_contact=True), saved_by="u1")
    assert await cancel(store, CHART, {}) == 1
    assert await ends(store) == {"o1": "do_not_contact"}
    assert NOON.tzinfo is UTC
    await store.close()
