"""Evaluation of doses (chapter 6), one rule at a time on invented schedules."""

from datetime import date
from typing import Literal

import pytest
from msgspec.structs import replace

from app.clinical.immunization import Dose, Seen
from app.clinical.immunization.schedule import (
    Age,
    Association,
    Conflict,
    Interval,
    Preferred,
    Skip,
    SkipCondition,
    SkipSet,
    Vaccine,
    Window,
)
from tests.app.clinical.immunization.tables import (
    ANY,
    ages,
    day,
    dose,
    gap,
    given,
    judge,
    o,
    schedule,
    series,
    skip,
    told,
    verdicts,
)

SOON, YOUNG, OLD = "Interval: too Soon", "Age: Too Young", "Age: Too Old"
DONE = "Series Already Complete"
VACCINE = "Vaccine: Not Preferable or Allowable"


def test_age_limits_and_the_grace_period() -> None:
    tables = schedule(series(dose(ages=ages("10d", "20d", "100d"))))
    assert told(tables, (9, "01")) == [f"Not Valid: {YOUNG}"]
    assert told(tables, (10, "01")) == ["Valid"]
    assert verdicts(tables, (19, "01"))[0].notes == ("Age: Grace Period",)
    assert verdicts(tables, (20, "01"))[0].notes == ()
    assert told(tables, (100, "01")) == [f"Extraneous: {OLD}"]


def test_the_age_row_in_force_on_the_day_given_counts() -> None:
    rows = (
        Age(absolute_min=o("50d"), cessation=day(30)),
        Age(absolute_min=o("10d"), effective=day(31)),
    )
    tables = schedule(series(dose(ages=rows)))
    assert told(tables, (30, "01")) == [f"Not Valid: {YOUNG}"]
    assert told(tables, (31, "01")) == ["Valid"]
    never = schedule(series(dose(ages=(Age(absolute_min=o("9y"), effective=day(900)),))))
    assert told(never, (5, "01")) == ["Valid"]


def test_all_preferable_intervals_must_hold_or_all_allowable_ones() -> None:
    two = series(
        dose(),
        dose(2, intervals=(gap("20d", "28d"),), allowable_intervals=(gap("15d"), gap("18d"))),
    )
    tables = schedule(two)
    assert told(tables, (0, "01"), (17, "01")) == ["Valid", f"Not Valid: {SOON}"]
    assert told(tables, (0, "01"), (18, "01")) == ["Valid", "Valid"]
    assert verdicts(tables, (0, "01"), (20, "01"))[1].notes == ("Interval: Grace Period",)


def test_an_allowable_interval_without_reference_is_not_kept() -> None:
    allowed = Interval(anchor="recent", vaccines=("02",), absolute_min=o("1d"))
    two = series(dose(), dose(2, intervals=(gap("20d"),), allowable_intervals=(allowed,)))
    assert told(schedule(two), (0, "01"), (5, "01"))[1] == f"Not Valid: {SOON}"
    assert told(schedule(two), (0, "01"), (1, "02"), (5, "01"))[-1] == "Valid"


def test_a_not_valid_dose_restarts_the_clock_but_not_an_inadvertent_one() -> None:
    two = series(dose(), dose(2, intervals=(gap("20d"),), inadvertent=("04",)))
    tables = schedule(two)
    again = told(tables, (0, "01"), (10, "01"), (25, "01"), (45, "01"))
    assert again == ["Valid", f"Not Valid: {SOON}", f"Not Valid: {SOON}", "Valid"]
    wrong = told(tables, (0, "01"), (10, "04"), (20, "01"))
    assert wrong == ["Valid", "Not Valid: Inadvertent Vaccine", "Valid"]


def test_an_interval_counts_from_a_target_dose() -> None:
    third = dose(3, intervals=(Interval(anchor="target", target=1, absolute_min=o("100d")),))
    tables = schedule(series(dose(), dose(2), third))
    assert told(tables, (0, "01"), (50, "01"), (99, "01"))[2] == f"Not Valid: {SOON}"
    assert told(tables, (0, "01"), (50, "01"), (100, "01"))[2] == "Valid"


def test_an_interval_counts_from_the_most_recent_of_a_list_of_any_antigen() -> None:
    row = Interval(anchor="recent", vaccines=("02", "09"), absolute_min=o("30d"))
    tables = schedule(series(dose(intervals=(row,))))
    assert told(tables, (29, "01")) == ["Valid"]
    assert told(tables, (0, "02"), (29, "01"))[-1] == f"Not Valid: {SOON}"
    assert told(tables, (0, "02"), (5, "09"), (34, "01"))[-1] == f"Not Valid: {SOON}"
    assert told(tables, (0, "02"), (5, "09"), (35, "01"))[-1] == "Valid"


def test_an_inadvertent_dose_is_no_most_recent_one() -> None:
    row = Interval(anchor="recent", vaccines=("04",), absolute_min=o("30d"))
    tables = schedule(series(dose(intervals=(row,), inadvertent=("04",))))
    assert told(tables, (0, "04"), (5, "01"))[-1] == "Valid"
    other = schedule(series(dose(intervals=(row,), preferable={"01": ANY})))
    assert told(other, (0, "04"), (5, "01"))[-1] == f"Not Valid: {SOON}"


def test_an_interval_counts_from_the_latest_date_of_an_observation() -> None:
    row = Interval(anchor="observation", observation="100", absolute_min=o("30d"), min=o("30d"))
    tables = schedule(series(dose(intervals=(row,))))
    seen = [Seen(code="100", when=day(1)), Seen(code="100", when=day(9)), Seen(code="100")]
    assert told(tables, (38, "01"), seen=seen) == [f"Not Valid: {SOON}"]
    assert told(tables, (39, "01"), seen=seen) == ["Valid"]
    assert told(tables, (5, "01"), seen=["100"]) == ["Valid"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"condition": True}, "Dose Condition"), ({"expires": day(4)}, "Lot Expired")],
)
def test_a_spoilt_dose_is_sub_standard_and_uses_nothing_up(
    changes: dict[str, object], reason: str
) -> None:
    spoilt = replace(given((5, "01"))[0], **changes)
    tables = schedule(series(dose(), dose(2, intervals=(gap("20d"),))))
    assert told(tables, spoilt, (6, "01")) == [f"Sub-standard: {reason}", "Valid"]
    kept = replace(spoilt, condition=False, expires=day(5))
    assert told(tables, kept)[0] == "Valid"


CONFLICT = {"01": (Conflict("02", o("1 day"), o("24d"), o("28d")),)}


def test_a_live_vaccine_of_another_antigen_blocks() -> None:
    tables = schedule(conflicts=CONFLICT)
    assert told(tables, (0, "02"), (0, "01")) == ["Valid"]
    assert told(tables, (0, "02"), (1, "01"))[-1] == "Not Valid: Live Virus Conflict"
    assert told(tables, (0, "02"), (23, "01"))[-1] == "Not Valid: Live Virus Conflict"
    assert told(tables, (0, "02"), (24, "01"))[-1] == "Valid"


def test_a_dose_that_is_not_valid_blocks_to_the_full_end() -> None:
    conflicts = {"01": (Conflict("04", o("1 day"), o("24d"), o("28d")),)}
    late = dose(preferable={"01": ANY, "04": (Preferred(begin=o("900d")),)})
    tables = schedule(series(late), conflicts=conflicts)
    assert told(tables, (0, "04"), (27, "01"))[-1] == "Not Valid: Live Virus Conflict"
    assert told(tables, (0, "04"), (28, "01"))[-1] == "Valid"


def test_vaccines_are_preferable_or_allowable_at_an_age() -> None:
    one = dose(
        preferable={"01": (Preferred(begin=o("10d"), end=o("20d"), mvx="SKB", volume=0.5),)},
        allowable={"04": (Window(o("5d"), o("8d")), Window(o("30d")))},
    )
    tables = schedule(series(one))
    assert told(tables, (9, "01")) == [f"Not Valid: {VACCINE}"]
    assert told(tables, (10, "01")) == ["Valid"]
    assert told(tables, (20, "01")) == [f"Not Valid: {VACCINE}"]
    assert told(tables, (7, "04")) == ["Valid"]
    assert told(tables, (8, "04")) == [f"Not Valid: {VACCINE}"]
    assert told(tables, (30, "04")) == ["Valid"]
    other = Dose(id="x", given=day(12), cvx="01", mvx="PMC")
    assert told(tables, other) == [f"Not Valid: {VACCINE}"]
    little = Dose(id="x", given=day(12), cvx="01", mvx="skb", volume=0.25)
    assert verdicts(tables, little)[0].notes == ("Volume: Less than Recommended",)
    assert told(tables, little) == ["Valid"]


def test_two_known_trade_names_must_agree() -> None:
    one = dose(preferable={"01": (Preferred(trade_name="Alpha"),)})
    named = Dose(id="x", given=day(12), cvx="01", trade_name="alpha")
    assert told(schedule(series(one)), named) == ["Valid"]
    assert told(schedule(series(one)), replace(named, trade_name="Beta")) == [
        f"Not Valid: {VACCINE}"
    ]


def test_all_failing_reasons_are_kept_in_order() -> None:
    one = dose(2, ages=ages("90d"), intervals=(gap("28d"),), preferable={"04": ANY}, allowable={})
    tables = schedule(series(dose(), one), conflicts=CONFLICT)
    last = told(tables, (0, "01"), (1, "02"), (5, "01"))[-1]
    assert last == f"Not Valid: {YOUNG}: {SOON}: Live Virus Conflict: {VACCINE}"


def test_doses_after_the_last_target_are_extraneous() -> None:
    assert told(schedule(), (0, "01"), (9, "01")) == ["Valid", f"Extraneous: {DONE}"]


def test_a_recurring_dose_is_asked_again_at_once() -> None:
    yearly = dose(intervals=(gap("100d"),), recurring=True)
    tables = schedule(series(yearly))
    assert told(tables, (0, "01"), (50, "01"), (150, "01")) == [
        "Valid",
        f"Not Valid: {SOON}",
        "Valid",
    ]
    found = judge(tables, (0, "01"))
    assert found is not None
    assert (found.shown.status, found.shown.number) == ("Not Complete", 2)


AGE_5D = SkipCondition(kind="age", begin=o("5d"))


def test_a_skipped_target_passes_the_same_dose_on() -> None:
    two = series(dose(skips=skip(AGE_5D, context="evaluation")), dose(2, ages=ages("0d", "0d")))
    assert verdicts(schedule(two), (4, "01"))[0].target == 1
    assert verdicts(schedule(two), (5, "01"))[0].target == 2
    forecast_only = series(dose(skips=skip(AGE_5D, context="forecast")), dose(2))
    assert verdicts(schedule(forecast_only), (5, "01"))[0].target == 1


@pytest.mark.parametrize(
    ("logic", "count", "targets"),
    [(">", 0, [1, 2]), ("=", 0, [2]), ("=", 1, [1, 2]), ("<", 1, [2])],
)
def test_counts_look_at_earlier_doses_only(
    logic: Literal[">", "=", "<"], count: int, targets: list[int]
) -> None:
    counted = SkipCondition(kind="count", logic=logic, count=count, vaccines=("01",))
    first = dose(skips=skip(counted), preferable={"01": (Preferred(begin=o("5d")),)})
    found = verdicts(schedule(series(first, dose(2))), (1, "01"), (9, "01"))
    assert [v.target for v in found][: len(targets)] == targets


@pytest.mark.parametrize(
    ("condition", "target"),
    [
        (SkipCondition(kind="count", vaccines=("02",)), 2),
        (SkipCondition(kind="count", vaccines=("02",), valid=True), 1),
        (SkipCondition(kind="count"), 1),
        (SkipCondition(kind="count", vaccines=("02",), begin=o("2d")), 1),
        (SkipCondition(kind="count", vaccines=("02",), end=o("1d")), 1),
        (SkipCondition(kind="count", vaccines=("02",), start=day(1), stop=day(2)), 2),
        (SkipCondition(kind="count", vaccines=("02",), stop=day(1)), 1),
        (SkipCondition(kind="count", vaccines=("02",), stop=day(2)), 2),
        (SkipCondition(kind="count", vaccines=("02",), start=day(1)), 2),
        (SkipCondition(kind="count", vaccines=("02",), start=day(2)), 1),
        (SkipCondition(kind="interval", interval=o("1d")), 1),
    ],
)
def test_what_a_count_counts(condition: SkipCondition, target: int) -> None:
    """One dose of another antigen on day 1 stands before the dose that is judged."""
    tables = schedule(series(dose(skips=skip(condition)), dose(2)))
    assert verdicts(tables, (1, "02"), (9, "01"))[-1].target == target


def test_an_interval_skip_counts_from_the_record_before() -> None:
    wait = SkipCondition(kind="interval", interval=o("30d"))
    tables = schedule(series(dose(), dose(2, skips=skip(wait)), dose(3)))
    assert verdicts(tables, (0, "01"), (29, "01"))[-1].target == 2
    assert verdicts(tables, (0, "01"), (30, "01"))[-1].target == 3


def test_sets_join_by_their_logic_and_only_in_force() -> None:
    yes, no = (
        SkipSet(conditions=(AGE_5D,)),
        SkipSet(conditions=(SkipCondition(kind="age", begin=o("90y")),)),
    )
    past = replace(yes, cessation=day(3))

    def target(*sets: SkipSet, every: bool = False) -> int:
        rule = Skip(context="both", sets=sets, all=every)
        return verdicts(schedule(series(dose(skips=(rule,)), dose(2))), (9, "01"))[0].target

    assert target(yes, no) == 2
    assert target(yes, no, every=True) == 1
    assert target(yes, yes, every=True) == 2
    assert target(past) == 1
    assert target(SkipSet(conditions=(*no.conditions, *yes.conditions))) == 1
    assert target(SkipSet(conditions=(*no.conditions, *yes.conditions), any=True)) == 2


def test_a_vaccine_may_hold_an_antigen_at_some_ages_only() -> None:
    tables = schedule()
    aged = Vaccine("x", (Association("A", o("10d"), o("20d")),))
    tables = replace(tables, vaccines={**tables.vaccines, "01": aged})
    assert told(tables, (9, "01")) == []
    assert told(tables, (10, "01")) == ["Valid"]
    assert told(tables, (20, "01")) == []


def test_same_day_doses_are_told_by_their_records() -> None:
    tables = schedule(series(dose(), dose(2, intervals=(gap("1d"),))))
    one, two = (
        Dose(id="a", given=date(2020, 2, 1), cvx="01"),
        Dose(id="b", given=date(2020, 2, 1), cvx="04"),
    )
    for told_as in ((one, two), (two, one)):
        assert [v.id for v in verdicts(tables, *told_as) if v.status == "Valid"] == ["a"]
