"""A planned contact ends when its reason is known to be gone, and only then."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Moment, Span
from app.clinical.facts import Appointment
from app.outreach.plan import CANCEL_CODES, STATES, Outreach, Reason
from app.outreach.reasons import World, build_world, find_cancel
from tests.app.outreach.test_person import SOURCE

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GAP = Outreach(id="o1", state="scheduled", purpose="treatment", channel="text",
               reason=Reason("gap", "CMS130"))  # fmt: skip
VISIT = replace(GAP, reason=Reason("visit", "a1"))
VACCINES = replace(GAP, reason=Reason("vaccines", "2027-01-12"))
MANUAL = replace(GAP, reason=Reason("manual"))


def appointment(status: str = "booked", at: datetime = NOW + DAY) -> Appointment:
    when = Span(Moment(at, "minute"))
    return Appointment(id="a1", source=SOURCE, status=status, is_booked=True, when=when)


def visits(*found: Appointment, whole: bool = True) -> World:
    return World(visits={a.id: a for a in found}, visits_whole=whole)


@pytest.mark.parametrize(
    ("item", "world", "expected"),
    [
        (GAP, World(gaps={"CMS130": "open"}), ""),
        (GAP, World(gaps={"CMS130": "unknown"}), ""),
        (GAP, World(), ""),
        (GAP, World(gaps={"CMS130": "met"}), "gap_closed"),
        (GAP, World(gaps={"CMS130": "excluded"}), "gap_closed"),
        (GAP, World(gaps={"CMS130": "not applicable"}), "gap_closed"),
        (GAP, World(gaps={"CMS125": "met"}), ""),
        (GAP, World(visit_booked=True), ""),
        (replace(GAP, sequence="gap"), World(visit_booked=True), "visit_booked"),
        (VISIT, visits(appointment()), ""),
        (VISIT, visits(appointment("cancelled")), "visit_gone"),
        (VISIT, visits(appointment("noshow")), "visit_gone"),
        (VISIT, visits(), "visit_gone"),
        (VISIT, visits(whole=False), ""),
        (VISIT, visits(appointment("fulfilled")), "visit_past"),
        (VISIT, visits(appointment(at=NOW - DAY)), "visit_past"),
        (VACCINES, World(vaccines_due=False), "not_due"),
        (VACCINES, World(vaccines_due=None), ""),
        (VACCINES, World(vaccines_due=True), ""),
        (MANUAL, World(gaps={"CMS130": "met"}), ""),
        (MANUAL, World(vital="deceased"), "deceased"),
        (MANUAL, World(vital="suspected"), ""),
        (MANUAL, World(do_not_contact=True), "do_not_contact"),
    ],
)
def test_what_ends_a_reason(item: Outreach, world: World, expected: str) -> None:
    assert find_cancel(item, world, NOW) == expected
    assert expected == "" or expected in CANCEL_CODES


@pytest.mark.parametrize("state", STATES)
def test_death_ends_what_is_open_and_other_reasons_what_is_unsent(state: str) -> None:
    item = replace(GAP, state=state)
    dead = find_cancel(item, World(vital="deceased"), NOW)
    closed = find_cancel(item, World(gaps={"CMS130": "met"}), NOW)
    assert (dead == "deceased") == (state not in ("done", "cancelled"))
    assert (closed == "gap_closed") == (state in ("draft", "scheduled", "due"))


def test_the_world_of_a_chart() -> None:
    found = (appointment(),)
    whole = Chart(appointments=found, searches=(SearchOutcome("Appointment", "complete", NOW),))
    world = build_world(whole, "alive", {"CMS130": "met"})
    assert (world.visits_whole, set(world.visits)) == (True, {"a1"})
    part = Chart(searches=(SearchOutcome("Appointment", "partial", NOW),))
    assert not build_world(part, "alive", {}).visits_whole
    assert not build_world(Chart(), "alive", {}).visits_whole
