"""The facts cards: what is chosen, in which order, and what is never shown as a fact."""

from datetime import timedelta

import msgspec
import pytest

from app.clinical.chart import Chart
from app.clinical.elements import Coding, Concept, Quantity, Reference, Span, Value
from app.clinical.facts import Appointment, Condition, Encounter, Immunization, Observation
from app.web.samples import (
    CHART,
    NOW,
    SCENE,
    make_concept,
    make_condition,
    make_dose,
    make_medication,
    make_moment,
    make_pressure,
    make_result,
    make_searches,
    make_source,
)
from app.web.views.conditions import build_conditions
from app.web.views.lists import OPENED
from app.web.views.medicines import build_medicines
from app.web.views.readings import build_plain, build_unit
from app.web.views.results import ResultsCard, build_results
from app.web.views.sparks import build_spark
from app.web.views.vaccines import build_vaccines
from app.web.views.visits import build_visits

SEARCHES = make_searches()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def results(*observations: Observation) -> ResultsCard:
    return build_results(Chart(observations=observations, searches=SEARCHES), SCENE)


# ---- results ------------------------------------------------------------------------------------


def test_favorites_come_first_in_their_order_then_the_newest() -> None:
    card = build_results(CHART, SCENE)
    assert [r.label for r in card.rows] == ["A1c", "BP", "LDL", "eGFR"]
    assert [r.label for r in card.more] == ["Potassium", "Body weight"]
    assert card.more_word == "2 more"


def test_a_row_tells_latest_earlier_and_trend() -> None:
    a1c = build_results(CHART, SCENE).rows[0]
    assert (a1c.value, a1c.unit, plain(a1c.earlier), plain(a1c.date)) == (
        "7.4%",
        "",
        "was 7.9 in Apr",
        "Oct 2",
    )
    assert a1c.spark is not None
    assert len(a1c.spark.points.split()) == 4


def test_the_latest_is_chosen_by_time_not_by_place() -> None:
    newest = make_result("x", "LDL", "13457-7", "2026-10-02", 96, "mg/dL")
    oldest = make_result("x", "LDL", "13457-7", "2020-10-02", 180, "mg/dL")
    row = results(newest, oldest).rows[0]
    assert (row.value, plain(row.earlier)) == ("96", "was 180 in Oct 2020")


def test_only_like_is_compared_with_like() -> None:
    percent = make_result("a", "A1c", "4548-4", "2026-04-02", 7.9, "%")
    other_unit = make_result("b", "A1c", "4548-4", "2026-10-02", 57, "mmol/mol")
    row = results(percent, other_unit).rows[0]
    assert (row.value, row.unit, row.earlier, row.spark) == ("57", "mmol/mol", "", None)


def test_only_four_values_are_drawn() -> None:
    many = [make_result("k", "K", "2823-3", f"2026-0{n}-01", n, "mmol/L") for n in range(1, 9)]
    spark = results(*many).rows[0].spark
    assert spark is not None
    assert len(spark.points.split()) == 4


def test_pressure_sent_apart_is_joined_and_a_lone_one_keeps_its_name() -> None:
    high = make_result("s", "Systolic", "8480-6", "2026-10-02", 138, "mm[Hg]")
    low = make_result("d", "Diastolic", "8462-4", "2026-10-02", 84, "mm[Hg]")
    lone = make_result("s", "Systolic", "8480-6", "2026-09-02", 150, "mm[Hg]")
    undated = msgspec.structs.replace(low, when=None)
    rows = results(low, high, lone, undated).rows
    assert [(r.label, r.value) for r in rows] == [
        ("BP", "138/84"),
        ("Systolic", "150"),
        ("Diastolic", "84"),
    ]


def test_pressure_is_told_in_whole_numbers_and_in_full_with_its_source() -> None:
    row = results(make_pressure("2026-10-02", 169.96, 98.38)).rows[0]
    assert row.value == "170/98"
    assert "169.96/98.38 mmHg" in dict(row.provenance.lines)["Value"]


def test_half_a_pressure_panel_is_no_pressure() -> None:
    panel = make_pressure("2026-10-02", 138, 84)
    half = msgspec.structs.replace(panel, components=panel.components[:1])
    assert results(half).blank is not None


def test_withheld_cancelled_and_questionnaires_are_no_results() -> None:
    result = make_result("k", "K", "2823-3", "2026-10-02", 4, "mmol/L")
    survey = (Concept((Coding("", "survey"),)),)
    card = results(
        msgspec.structs.replace(result, status="entered-in-error"),
        msgspec.structs.replace(result, status="cancelled"),
        msgspec.structs.replace(result, categories=survey),
    )
    assert card.blank is not None
    assert card.blank.reason == "none"
    hidden = msgspec.structs.replace(result, standing="withheld")
    assert results(hidden).blank is not None
    assert results(hidden).blank.reason == "hidden"  # type: ignore[union-attr]
    beside = results(hidden, result)
    assert (beside.blank, beside.withheld) == (None, "Epic does not show 1 value.")


def test_a_preliminary_value_says_so() -> None:
    result = make_result("k", "K", "2823-3", "2026-10-02", 4, "mmol/L")
    assert results(msgspec.structs.replace(result, standing="preliminary")).rows[0].note


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Value(quantity=Quantity(5, "mg/dL", "<")), "<5"),
        (Value(concept=Concept(text="Not detected")), "Not detected"),
        (Value(text="see report"), "see report"),
        (Value(boolean=True), "yes"),
        (Value(boolean=False), "no"),
        (Value(low=Quantity(1), high=Quantity(2.5)), "1 to 2.5"),
    ],
)
def test_values_of_every_kind(value: Value, shown: str) -> None:
    result = make_result("k", "K", "2823-3", "2026-10-02", 4, "mmol/L")
    assert results(msgspec.structs.replace(result, value=value)).rows[0].value == shown


@pytest.mark.parametrize("value", [None, Value()])
def test_no_value_is_no_result(value: Value | None) -> None:
    result = make_result("k", "K", "2823-3", "2026-10-02", 4, "mmol/L")
    assert results(msgspec.structs.replace(result, value=value)).blank is not None


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (7.4, "7.4"),
        (96.0, "96"),
        (81.654, "81.65"),
        (0.00412, "0.00412"),
        (0.0, "0"),
        (-1.5, "-1.5"),
        (1200.0, "1200"),
        (100.0, "100"),
    ],
)
def test_numbers_are_never_rounded_into_another_value(number: float, shown: str) -> None:
    assert build_plain(number) == shown


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("mm[Hg]", "mmHg"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("{score}", "score"),
        ("mg/dL", "mg/dL"),
        ("mg/g{creat}", "mg/g creat"),
        ("{cells}/uL", "cells/uL"),
    ],
)
def test_units_as_printed(unit: str, printed: str) -> None:
    assert build_unit(Quantity(1, unit)) == printed
    assert build_unit(Quantity(1, "", "", "pg")) == "pg"


def test_spark_stays_inside_its_box() -> None:
    assert build_spark([1.0]) is None
    flat = build_spark([2.0, 2.0])
    assert flat is not None
    assert flat.points == "3.0,7.0 41.0,7.0"
    rising = build_spark([1.0, 3.0, 2.0])
    assert rising is not None
    assert (rising.x, rising.y) == ("41.0", "7.0")


def test_provenance_opens_with_name_value_and_repair() -> None:
    lines = dict(build_results(CHART, SCENE).rows[0].provenance.lines)
    assert lines["Value"].endswith(": 7.4%") or "7.4%" in lines["Value"]
    assert lines["Source"] == "Epic, Observation, version 3"
    assert plain(lines["Changed there"]) == "Oct 2, 4:11 PM"
    assert plain(lines["Read by us"]) == "Today, 2:08 PM"
    assert "read as" in lines["Repaired"]


def test_many_kinds_end_in_a_count_not_in_a_second_chart() -> None:
    many = [make_result(f"k{n}", f"Lab {n}", f"c{n}", "2026-10-02", n, "") for n in range(20)]
    card = results(*many)
    assert (len(card.rows), len(card.more), card.more_word) == (4, 8, "16 more")
    assert card.rest == "8 more are in Epic."


# ---- conditions, medicines ----------------------------------------------------------------------


def conditions(*found: Condition) -> tuple[tuple[str, ...], str, list[tuple[str, str]]]:
    card = build_conditions(Chart(conditions=found, searches=SEARCHES), SCENE)
    return card.inline, card.lead, [(i.text, plain(i.note)) for i in card.items]


def test_active_conditions_first_past_ones_only_when_opened() -> None:
    inline, lead, items = conditions(
        make_condition("Bronchitis", "2024-02-11", "resolved"), make_condition("Asthma", "1994")
    )
    assert (inline, lead) == (("Asthma",), "")
    assert items == [("Asthma", "since 1994"), ("Bronchitis", "resolved, since Feb 11, 2024")]


def test_only_past_conditions_are_not_none_recorded() -> None:
    inline, lead, _ = conditions(make_condition("Bronchitis", "2024-02-11", "resolved"))
    assert (inline, lead) == (("Bronchitis",), "None active. 1 past:")


def test_refuted_and_erroneous_conditions_are_not_shown() -> None:
    asthma = make_condition("Asthma", "1994")
    gone = [
        msgspec.structs.replace(asthma, verification_status=s)
        for s in ("refuted", "entered-in-error")
    ]
    assert conditions(*gone)[0] == ()


def test_one_name_is_one_condition_and_an_active_one_hides_its_past() -> None:
    _, _, items = conditions(
        make_condition("Asthma", "1994", "resolved"),
        make_condition("asthma", "2001"),
        make_condition("Asthma (disorder)", "2010"),
    )
    assert items == [("Asthma", "since 2010")]


def test_problems_before_disorders_before_findings() -> None:
    problem = (Concept((Coding("", "problem-list-item"),)),)
    listed = msgspec.structs.replace(make_condition("Gout", "1990"), categories=problem)
    inline, _, _ = conditions(
        listed, make_condition("Asthma", "1994"), make_condition("Employed (finding)", "2026-01-01")
    )
    assert inline == ("Gout", "Asthma", "Employed")


def test_medicines_are_active_orders_once_each() -> None:
    stopped = msgspec.structs.replace(make_medication("Warfarin", "2026-01-01"), status="stopped")
    never = msgspec.structs.replace(make_medication("Aspirin", "2026-01-01"), do_not_perform=True)
    held = msgspec.structs.replace(make_medication("Insulin", "2026-01-02"), status="on-hold")
    twice = [make_medication("Metformin", d, "1 a day") for d in ("2025-01-01", "2026-02-01")]
    chart = Chart(medications=(stopped, never, held, *twice), searches=SEARCHES)
    card = build_medicines(chart, SCENE)
    assert [(i.text, plain(i.note)) for i in card.items] == [
        ("Metformin", "Feb 1"),
        ("Insulin", "on hold, Jan 2"),
    ]
    assert dict(card.items[0].provenance.lines)["Directions"] == "1 a day"


def test_a_long_list_opens_so_far_and_counts_the_rest() -> None:
    many = tuple(make_medication(f"Drug {n}", "2026-01-01") for n in range(OPENED + 1))
    card = build_medicines(Chart(medications=many, searches=SEARCHES), SCENE)
    assert (len(card.inline), card.more_word, len(card.items)) == (4, "9 more", OPENED)
    assert card.rest == "1 more is in Epic."


def test_facts_over_a_partial_answer_are_shown_with_doubt() -> None:
    chart = msgspec.structs.replace(CHART, searches=make_searches(Condition="partial"))
    card = build_conditions(chart, SCENE)
    assert card.blank is None
    assert card.doubt


# ---- vaccines, visits ---------------------------------------------------------------------------


def test_vaccines_show_the_last_dose_of_each() -> None:
    card = build_vaccines(CHART, SCENE)
    assert [(i.text, plain(i.note)) for i in card.items] == [
        ("Flu", "Oct 2"),
        ("COVID-19", "Oct 2"),
        ("Tdap", "2019"),
    ]
    assert [(i.text, plain(i.note)) for i in card.more] == [("Shingles", "declined Jan 8")]


def test_a_declined_dose_never_stands_for_a_given_one() -> None:
    flu = make_dose("Flu shot", "150", "2025-10-04")
    later = make_dose("Flu shot", "150", "2026-10-04", refused=True)
    card = build_vaccines(Chart(immunizations=(flu, later), searches=SEARCHES), SCENE)
    assert [(i.text, plain(i.note)) for i in card.items] == [("Flu", "Oct 4, 2025")]


def test_a_vaccine_without_code_or_date_keeps_its_own_words() -> None:
    odd = Immunization(
        id="i",
        source=make_source("Immunization"),
        code=make_concept("House blend"),
        status="completed",
    )
    not_done = msgspec.structs.replace(odd, status="not-done")
    card = build_vaccines(Chart(immunizations=(odd, not_done), searches=SEARCHES), SCENE)
    assert [(i.text, i.note) for i in card.items] == [("House blend", "date not recorded")]


def make_visit(day: str, status: str = "finished") -> Encounter:
    when = Span(make_moment(day)) if day else Span()
    return Encounter(id=day, source=make_source("Encounter"), status=status, when=when)


def make_booking(day: str, status: str = "booked", *, booked: bool = True) -> Appointment:
    return Appointment(
        id=day,
        source=make_source("Appointment"),
        status=status,
        is_booked=booked,
        when=Span(make_moment(day)),
        participants=(
            Reference("Patient", "p", "The patient"),
            Reference("Location", "l", "Room 2"),
            Reference("Practitioner", "d", "Dr. Hill"),
        ),
        description="Follow-up",
    )


def test_last_and_next_visit() -> None:
    chart = Chart(
        encounters=(
            make_visit("2026-09-01"),
            make_visit("2026-10-01"),
            make_visit("2026-11-01", "cancelled"),
            make_visit("2026-12-24", "finished"),
            make_visit(""),
        ),
        appointments=(
            make_booking("2026-12-01", booked=False),
            make_booking("2026-12-02", "cancelled"),
            make_booking("2026-12-05T14:20"),
            make_booking("2026-12-09T14:20"),
            make_booking("2026-10-05T14:20", "fulfilled"),
        ),
        searches=SEARCHES,
    )
    card = build_visits(chart, SCENE)
    assert card.last is not None
    assert plain(card.last.when) == "Oct 5"
    assert card.next is not None
    assert plain(card.next.when) == "Sat, Dec 5, 9:20 AM"
    assert (card.next.who, card.next.what) == ("Dr. Hill", "Follow-up")


def test_no_next_visit_is_said_only_over_a_complete_answer() -> None:
    card = build_visits(Chart(searches=make_searches(Appointment="denied")), SCENE)
    assert card.last_blank is not None
    assert card.next_blank is not None
    assert (card.last_blank.reason, card.next_blank.reason) == ("none", "denied")


def test_a_visit_is_named_without_the_kind_of_its_code() -> None:
    visit = msgspec.structs.replace(
        make_visit("2026-10-01"), types=(make_concept("Encounter for check up (procedure)"),)
    )
    card = build_visits(Chart(encounters=(visit,), searches=SEARCHES), SCENE)
    assert card.last is not None
    assert card.last.what == "Encounter for check up"


def test_a_visit_that_begins_now_is_not_ahead() -> None:
    chart = Chart(appointments=(make_booking("2026-11-24T19:10"),), searches=SEARCHES)
    assert build_visits(chart, SCENE).next is None
    assert NOW + timedelta(0) == make_moment("2026-11-24T19:10").at
