"""Forecasts (chapter 7) and vaccine groups (chapter 9) on invented schedules."""

from datetime import date

import pytest
from msgspec.structs import replace

from app.clinical.immunization import GroupForecast, Seen
from app.clinical.immunization.progress import Dates
from app.clinical.immunization.schedule import (
    Age,
    BirthImmunity,
    Conflict,
    Contraindication,
    Indication,
    Interval,
    Preferred,
    Season,
    SeriesDose,
    SkipCondition,
    Window,
)
from tests.app.clinical.immunization.tables import (
    ANY,
    AS_OF,
    BORN,
    ages,
    day,
    dose,
    gap,
    judge,
    o,
    schedule,
    series,
    skip,
)


def must(found: GroupForecast | None) -> GroupForecast:
    assert found is not None
    return found


def dates_of(found: GroupForecast | None) -> Dates:
    dates = must(found).shown.dates
    assert dates is not None
    return dates


def status(found: GroupForecast | None) -> str:
    return must(found).shown.status


def test_without_any_rule_the_birth_date_is_earliest() -> None:
    dates = dates_of(judge(schedule()))
    assert (dates.earliest, dates.recommended, dates.past_due) == (BORN, BORN, None)


def test_an_age_attribute_replaces_the_interval_attribute() -> None:
    row = gap("28d", earliest_recommended=o("900d"), latest_recommended=o("950d"))
    aged = Age(min=o("40d"), earliest_recommended=o("60d"), latest_recommended=o("90d"))
    two = series(dose(), dose(2, ages=(aged,), intervals=(row,)))
    dates = dates_of(judge(schedule(two), (30, "01")))
    assert (dates.earliest, dates.recommended, dates.past_due) == (day(58), day(60), day(89))
    bare = series(dose(), dose(2, intervals=(row,)))
    dates = dates_of(judge(schedule(bare), (30, "01")))
    assert (dates.recommended, dates.past_due) == (day(930), day(979))


def test_the_latest_of_several_intervals_counts() -> None:
    rows = (
        gap("10d", earliest_recommended=o("20d")),
        gap("30d", earliest_recommended=o("15d"), latest_recommended=o("99d")),
        Interval(anchor="recent", vaccines=("09",), min=o("999d")),
    )
    dates = dates_of(judge(schedule(series(dose(), dose(2, intervals=rows))), (0, "01")))
    assert (dates.earliest, dates.recommended, dates.past_due) == (day(30), day(30), day(98))
    assert dates.unadjusted_recommended == day(20)


def test_a_blocking_dose_and_a_wrong_one_push_the_date() -> None:
    tables = schedule(conflicts={"01": (Conflict("02", o("1d"), o("24d"), o("28d")),)})
    assert dates_of(judge(tables, (100, "02"))).earliest == day(128)
    wrong = schedule(series(dose(inadvertent=("04",), preferable={"01": ANY})))
    assert dates_of(judge(wrong, (77, "04"))).earliest == day(77)


def test_complete_all_skipped_and_aged_out() -> None:
    assert status(judge(schedule(), (1, "01"))) == "Complete"
    never = series(dose(skips=skip(SkipCondition(kind="age", begin=o("1d")))))
    assert status(judge(schedule(never))) == "Not Recommended"
    old = series(dose(ages=ages(high="2y")))
    assert status(judge(schedule(old))) == "Aged Out"
    late = series(dose(), dose(2, ages=ages(high="6y"), intervals=(gap("2y"),)))
    assert status(judge(schedule(late), (365 * 4 + 30, "01"))) == "Aged Out"
    assert must(judge(schedule(late), (365 * 4 + 30, "01"))).shown.reasons == (
        "the series cannot be finished before the maximum age",
    )


@pytest.mark.parametrize(
    "condition",
    [
        SkipCondition(kind="age", begin=o("6y")),
        SkipCondition(kind="interval", interval=o("2y")),
    ],
)
def test_a_forecast_is_validated_until_nothing_is_skipped(condition: SkipCondition) -> None:
    two = dose(2, intervals=(gap("2y"),), skips=skip(condition, context="forecast"))
    three = dose(3, ages=ages("7y"), skips=skip(SkipCondition(kind="age", begin=o("8y"))))
    found = must(judge(schedule(series(dose(), two, three)), (365 * 4 + 30, "01")))
    assert dates_of(found).earliest == date(2027, 1, 1)
    assert found.shown.number == 2


def test_a_skip_of_doses_given_skips_no_forecast() -> None:
    grown = skip(SkipCondition(kind="age", begin=o("1y")), context="evaluation")
    tables = schedule(series(dose(ages=ages("6y"), skips=grown), dose(2, ages=ages("9y"))))
    assert dates_of(must(judge(tables))).earliest == date(2026, 1, 1)


SEASONAL = Season(start=date(2024, 7, 1), end=date(2025, 3, 31))


def test_a_season_floors_the_date_restarts_the_number_and_ends() -> None:
    tables = schedule(series(dose(season=SEASONAL, recurring=True)))
    found = must(judge(tables, (30, "01")))
    assert (dates_of(found).earliest, found.shown.number) == (date(2024, 7, 1), 1)
    assert status(judge(tables, as_of=date(2025, 3, 31))) == "Not Complete"
    assert status(judge(tables, as_of=date(2025, 4, 1))) == "Not Recommended"


@pytest.mark.parametrize(
    ("as_of", "start"),
    [
        ("2023-12-01", "2023-07-01"),
        ("2025-03-31", "2024-07-01"),
        ("2025-04-01", "2025-07-01"),
        ("2030-01-01", "2029-07-01"),
    ],
)
def test_the_switch_moves_a_season_to_the_first_that_has_not_ended(as_of: str, start: str) -> None:
    tables = schedule(series(dose(season=SEASONAL)))
    found = judge(tables, as_of=date.fromisoformat(as_of), season_shift=True)
    assert dates_of(found).earliest == date.fromisoformat(start)
    assert must(found).season_shift


def test_the_windows_of_a_seasons_counts_move_with_it() -> None:
    counted = SkipCondition(kind="count", start=SEASONAL.start, stop=SEASONAL.end)
    one = dose(season=SEASONAL, skips=skip(counted, context="forecast"), recurring=True)
    tables, now = schedule(series(one)), date(2026, 1, 1)
    last, this = (date(2024, 9, 1) - BORN).days, (date(2025, 9, 1) - BORN).days
    old = judge(tables, (last, "01"), as_of=now, season_shift=True)
    new = judge(tables, (this, "01"), as_of=now, season_shift=True)
    assert (status(old), status(new)) == ("Not Complete", "Complete")


def test_a_season_without_an_end_is_not_moved() -> None:
    tables = schedule(series(dose(season=Season(start=date(2024, 7, 1)))))
    found = judge(tables, as_of=date(2030, 1, 1), season_shift=True)
    assert dates_of(found).earliest == date(2024, 7, 1)


def test_immunity_by_history_birth_and_country() -> None:
    assert status(judge(schedule(immunity_codes=("100",)), seen=["100"])) == "Immune"
    born = BirthImmunity(before=date(2021, 1, 1), country="U.S.", exclusions=("055",))
    tables = schedule(immunity_births=(born,))
    assert status(judge(tables)) == "Immune"
    assert status(judge(tables, birth_country="U.S.")) == "Immune"
    assert status(judge(tables, birth_country="France")) == "Not Complete"
    assert status(judge(tables, seen=["055"])) == "Not Complete"
    younger = BirthImmunity(before=BORN)
    assert status(judge(schedule(immunity_births=(younger,)))) == "Not Complete"


def test_contraindications_of_the_antigen_and_of_vaccines() -> None:
    whole = schedule(contraindications=(Contraindication("100", end=o("6y")),))
    found = must(judge(whole, seen=["100"]))
    assert found.shown.status == "Contraindicated"
    assert [(e.code, e.title) for e in found.contraindications] == [("100", "an observation")]
    assert status(judge(whole)) == "Not Complete"
    assert status(judge(whole, seen=["100"], as_of=date(2026, 1, 1))) == "Not Complete"
    blocked: dict[str, tuple[Window, ...]] = dict.fromkeys(("01", "03"), (Window(end=o("6y")),))
    some = Contraindication("100", vaccines=blocked)
    found = must(judge(schedule(vaccine_contraindications=(some,)), seen=["100"]))
    assert (found.shown.status, found.shown.usable) == ("Not Complete", ("04",))
    every = Contraindication("100", vaccines={**blocked, "04": (Window(),)})
    tables = schedule(vaccine_contraindications=(every,))
    assert status(judge(tables, seen=["100"])) == "Contraindicated"
    bare = schedule(series(dose(preferable={})), vaccine_contraindications=(every,))
    assert status(judge(bare, seen=["100"])) == "Not Complete"


def test_named_vaccines_are_those_marked_and_of_age() -> None:
    rows = {
        "01": (Preferred(forecast=True, end=o("1y")),),
        "03": (Preferred(),),
        "04": (Preferred(forecast=True, begin=o("9y")),),
    }
    shown = must(judge(schedule(series(dose(preferable=rows))))).shown
    assert shown.vaccines == ("01",)
    assert shown.usable == ("03",)


def test_guidance_is_of_the_series_and_of_what_was_observed() -> None:
    risk = Indication("100", guidance="of the indication")
    one = series(kind="Risk", indications=(risk,), guidance=("of the series",))
    against = (Contraindication("200", guidance="of another"),)
    found = must(judge(schedule(one, contraindications=against), seen=["100"]))
    assert found.shown.guidance == ("of the series", "of the indication")
    assert [(e.code, e.role) for e in found.evidence] == [("100", "indication")]


def both(first: int, second: int, *, override: bool = False, full: bool = False) -> Dates:
    """A and B with second doses `first` and `second` days after one 03 on day 0."""

    def two(gap_days: int) -> tuple[SeriesDose, SeriesDose]:
        row = gap(f"{gap_days}d", latest_recommended=o(f"{gap_days + 9}d"), override=override)
        return dose(preferable={"03": ANY}), dose(2, intervals=(row,))

    a, b = (series(*two(days)) for days in (first, second))
    return dates_of(judge(schedule(a, other=(b,), full=full), (0, "03")))


def test_a_group_of_several_antigens_waits_for_the_last_unless_one_overrides() -> None:
    plain = both(10, 50)
    assert (plain.earliest, plain.recommended, plain.past_due) == (day(50), day(50), day(50))
    assert both(10, 50, override=True).earliest == day(10)


@pytest.mark.parametrize(("full", "number"), [(True, 1), (False, 2)])
def test_the_number_of_a_group_given_whole_is_the_smallest(full: bool, number: int) -> None:
    tables = schedule(
        series(dose(), dose(2)), other=(series(dose(preferable={"02": ANY})),), full=full
    )
    found = must(judge(tables, (0, "01")))
    assert (found.shown.number, found.shown.antigens_needed) == (number, ("A", "B"))


@pytest.mark.parametrize(
    ("seen", "doses", "expected"),
    [
        (["immune-a"], [(0, "02")], "Complete"),
        (["immune-a"], [], "Not Complete"),
        (["immune-a", "immune-b"], [], "Immune"),
        (["against-a"], [(0, "02")], "Contraindicated"),
    ],
)
def test_the_status_of_several_antigens(
    seen: list[str], doses: list[tuple[int, str]], expected: str
) -> None:
    tables = schedule(
        other=(series(dose(preferable={"02": ANY})),),
        immunity_codes=("immune-a",),
        contraindications=(Contraindication("against-a"),),
    )
    a, b = tables.antigens
    tables = replace(tables, antigens=(a, replace(b, immunity_codes=("immune-b",))))
    assert status(judge(tables, *doses, seen=seen)) == expected


def test_what_is_observed_later_is_not_seen() -> None:
    seen = [Seen(code="100", when=date(2025, 1, 2))]
    assert status(judge(schedule(immunity_codes=("100",)), seen=seen, as_of=AS_OF)) == (
        "Not Complete"
    )


def test_a_dose_counts_by_its_worst_antigen_but_a_finished_one_spoils_nothing() -> None:
    short = series(dose(preferable={"03": ANY}))
    long = series(dose(preferable={"03": ANY}), dose(2, preferable={"03": ANY}))
    found = must(judge(schedule(short, other=(long,)), (0, "03"), (9, "03")))
    assert [v.status for v in found.doses] == ["Valid", "Valid"]
    strict = series(dose(preferable={"03": (Preferred(begin=o("5d")),)}))
    found = must(judge(schedule(short, other=(strict,)), (0, "03")))
    assert [v.status for v in found.doses] == ["Not Valid"]
