"""Decisions about gaps: what may be chosen, how long it stands, and what counts as new evidence."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from app.clinical.care_gaps.decisions import (
    LONGEST,
    REASONS,
    SNOOZES,
    Ending,
    Kind,
    Plan,
    Refused,
    ending_of,
    parse_decision,
)
from app.clinical.care_gaps.fingerprint import build_fingerprint
from app.clinical.care_gaps.judge import Status
from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo, Source
from app.clinical.facts import Fact
from tests.app.clinical.care_gaps.test_properties import irrelevant
from tests.app.clinical.measures.cases import CASES, compiled
from tests.app.clinical.measures.edges import Case
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import chart, done, number, person, result, visit

MEASURES = compiled()
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


# ---- what may be chosen -------------------------------------------------------------------------


def errors(**form: str) -> dict[str, str]:
    found = parse_decision(form, today=TODAY)
    return dict(found.errors) if isinstance(found, Refused) else {}


@pytest.mark.parametrize("kind", ["dismissed", "snoozed"])
def test_each_reason_belongs_to_one_kind(kind: Kind) -> None:
    for other, reasons in REASONS.items():
        for reason in reasons:
            until = (TODAY + DAY).isoformat()
            found = parse_decision(
                {"decision": kind, "reason": reason, "until": until}, today=TODAY
            )
            assert isinstance(found, Plan) == (other == kind)


@pytest.mark.parametrize(
    ("ahead", "code"), [(0, "too_early"), (1, ""), (60, ""), (61, "too_late"), (-5, "too_early")]
)
def test_a_snooze_ends_within_sixty_days(ahead: int, code: str) -> None:
    until = (TODAY + timedelta(days=ahead)).isoformat()
    assert errors(decision="snoozed", reason="booked", until=until).get("until", "") == code


@pytest.mark.parametrize(("ahead", "code"), [(0, ""), (1, "future"), (-400, "")])
def test_care_given_elsewhere_lies_behind(ahead: int, code: str) -> None:
    day = (TODAY + timedelta(days=ahead)).isoformat()
    assert errors(decision="closed_here", done_on=day).get("done_on", "") == code


def test_what_cannot_be_read_is_said_field_by_field() -> None:
    assert errors() == {"decision": "choose"}
    assert errors(decision="forget") == {"decision": "choose"}
    assert errors(decision="snoozed", until="x") == {"reason": "choose", "until": "no_date"}
    assert errors(decision="closed_here", done_on="") == {"done_on": "no_date"}


def test_every_decision_has_an_end() -> None:
    plan = parse_decision({"decision": "dismissed", "reason": "declined"}, today=TODAY)
    assert isinstance(plan, Plan)
    assert plan.until == TODAY + timedelta(days=365)
    done_on = parse_decision({"decision": "closed_here", "done_on": TODAY.isoformat()}, today=TODAY)
    assert isinstance(done_on, Plan)
    assert (done_on.until - TODAY).days == LONGEST["closed_here"]
    assert done_on.done_on == TODAY
    assert max(SNOOZES) == LONGEST["snoozed"]


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=24)))
def test_any_form_gives_a_plan_or_reasons(form: dict[str, str]) -> None:
    found = parse_decision(form, today=TODAY)
    assert isinstance(found, Plan) or found.errors


# ---- how long it stands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "former", "same", "ahead", "ending"),
    [
        ("open", "open", True, 1, ""),
        ("open", "open", True, 0, "over"),
        ("open", "open", False, 1, "new_evidence"),
        ("open", "unknown", False, 1, "new_evidence"),
        ("unknown", "open", False, 1, ""),
        ("unknown", "open", False, 0, "over"),
        ("unknown", "unknown", False, 1, "new_evidence"),
        ("unknown", "unknown", True, 1, ""),
        ("met", "open", True, 1, "settled"),
        ("excluded", "open", False, 1, "settled"),
        ("not_applicable", "open", True, -1, "settled"),
    ],
)
def test_when_a_decision_ends(
    status: Status, former: str, same: bool, ahead: int, ending: Ending
) -> None:
    until = TODAY + timedelta(days=ahead)
    found = ending_of(status, former=former, until=until, is_same_evidence=same, today=TODAY)
    assert found == ending


# ---- what counts as new evidence ----------------------------------------------------------------


def mark(made: Chart, measure: str = "CMS125", status: Status = "open") -> str:
    (found,) = MEASURES.only([measure])
    return build_fingerprint(made, MEASURES, found, status)


WOMAN = person("1968-03-14", "female")
OLD = result(OID["Mammography"], "2024-06-21", id="m1")


def test_a_result_of_the_kind_that_was_sought_is_evidence() -> None:
    before = mark(chart(WOMAN, OLD))
    newer = result(OID["Mammography"], "2024-07-21", id="m2")
    assert mark(chart(WOMAN, OLD, newer)) != before
    assert mark(chart(WOMAN)) != before
    moved = result(OID["Mammography"], "2024-06-22", id="m1")
    assert mark(chart(WOMAN, moved)) != before


def test_another_value_or_status_is_evidence() -> None:
    a1c = OID["HbA1c Laboratory Test"]
    low = chart(WOMAN, result(a1c, "2026-03-01", value=number(7, "%"), id="a"))
    high = chart(WOMAN, result(a1c, "2026-03-01", value=number(10, "%"), id="a"))
    assert mark(low, "CMS122") != mark(high, "CMS122")
    assert mark(low, "CMS122", "unknown") != mark(low, "CMS122")


def test_a_visit_that_only_counts_the_patient_is_none() -> None:
    before = mark(chart(WOMAN, OLD))
    office = visit(OID["Office Visit"], "2026-02-01", "2026-02-01")
    assert mark(chart(WOMAN, OLD, office)) == before


def test_a_reason_to_leave_out_is_evidence() -> None:
    before = mark(chart(WOMAN, OLD))
    removed = done(OID["Bilateral Mastectomy"], "2020-01-01")
    assert mark(chart(WOMAN, OLD, removed)) != before


def test_the_same_content_saved_anew_is_the_same() -> None:
    later = Source(
        ReadInfo("other", datetime(2026, 2, 1, tzinfo=UTC), "x", "2"), "Observation", "m1", "9"
    )
    assert mark(chart(WOMAN, structs.replace(OLD, source=later))) == mark(chart(WOMAN, OLD))


@settings(deadline=None, max_examples=40)
@given(
    case=st.sampled_from(CASES),
    others=st.lists(irrelevant(), max_size=3),
    data=st.data(),
)
def test_order_and_what_no_list_holds_change_nothing(
    case: Case, others: list[Fact], data: st.DataObject
) -> None:
    facts = list(case.facts)
    before = mark(chart(case.patient, *facts), case.measure)
    shuffled = data.draw(st.permutations(facts))
    assert mark(chart(case.patient, *shuffled), case.measure) == before
    outside = [f for f in others if type(f).__name__ != "Encounter"]
    assert mark(chart(case.patient, *facts, *outside), case.measure) == before
