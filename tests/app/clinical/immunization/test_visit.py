"""The next visit: which day, which doses, and what never waits."""

from datetime import date, timedelta

import pytest

from app.clinical.immunization import Dose, GroupForecast, History, SeriesForecast, forecast_patient
from app.clinical.immunization.progress import Dates
from app.clinical.immunization.visit import Timing, plan_next_visit, timing_of
from tests.app.clinical.immunization.test_properties import shipped

TODAY = date(2025, 11, 10)


def due(
    group: str,
    recommended: int,
    *,
    earliest: int | None = None,
    past_due: int | None = None,
    latest: int | None = None,
    series: str = "a series",
) -> GroupForecast:
    """A group whose dates are given in days from today."""

    def day(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    first = TODAY + timedelta(days=recommended if earliest is None else earliest)
    return GroupForecast(
        group=group,
        shown=SeriesForecast(
            status="Not Complete",
            kind="Standard",
            series=(series,),
            series_group="1",
            number=1,
            dates=Dates(
                earliest=first,
                recommended=TODAY + timedelta(days=recommended),
                past_due=day(past_due),
                latest=day(latest),
                unadjusted_recommended=first,
                unadjusted_past_due=None,
            ),
        ),
        as_of=TODAY,
        schedule_version="test",
        season_shift=True,
    )


def planned(*forecasts: GroupForecast) -> tuple[int, dict[str, Timing]]:
    visit = plan_next_visit(forecasts)
    assert visit is not None
    return (visit.on - TODAY).days, {d.group: d.timing for d in visit.doses}


def test_nothing_to_give_is_no_visit() -> None:
    assert plan_next_visit(()) is None
    assert plan_next_visit([due("gone", -40, latest=-1)]) is None
    assert plan_next_visit([due("talk", 0, series="X Shared Clinical Decision Making")]) is None


def test_what_is_due_today_is_given_today_with_what_may_join() -> None:
    found = planned(due("a", -5), due("b", 0), due("c", 60, earliest=-1), due("d", 60))
    assert found == (0, {"a": "due", "b": "due", "c": "possible"})


def test_the_visit_waits_two_weeks_for_more_doses_at_most() -> None:
    assert planned(due("a", 0), due("b", 9), due("c", 13), due("d", 20))[0] == 13
    assert planned(due("a", 30), due("b", 44), due("c", 45))[0] == 44


@pytest.mark.parametrize("limit", ["past_due", "latest"])
def test_it_waits_past_nobodys_last_day(limit: str) -> None:
    urgent = due("a", 0, past_due=4) if limit == "past_due" else due("a", 0, latest=4)
    assert planned(urgent, due("b", 3), due("c", 9))[0] == 3


def test_an_overdue_dose_waits_for_nothing_and_comes_first() -> None:
    on, doses = planned(due("b", 0), due("a", -60, past_due=-1), due("c", 2))
    assert on == 0
    assert list(doses.items()) == [("a", "overdue"), ("b", "due")]


def test_a_shared_decision_joins_as_possible_only() -> None:
    talk = due("talk", -9, past_due=-2, series="X shared clinical decision-making series")
    assert planned(due("a", 5), talk) == (5, {"a": "due", "talk": "possible"})


@pytest.mark.parametrize(
    ("days", "timing"),
    [(-1, "later"), (0, "possible"), (10, "due"), (20, "due"), (21, "overdue")],
)
def test_timing(days: int, timing: Timing) -> None:
    dates = due("a", 10, earliest=0, past_due=20).shown.dates
    assert dates is not None
    assert timing_of(dates, TODAY + timedelta(days=days)) == timing


def test_a_toddler_gets_one_visit_for_all_that_is_due() -> None:
    born = date(2024, 10, 1)
    doses = tuple(Dose(given=date(2024, 12, 1), cvx=c) for c in ("110", "48", "133", "119"))
    history = History(birth_date=born, doses=doses)
    visit = plan_next_visit(forecast_patient(history, shipped(), as_of=TODAY))
    assert visit is not None
    assert visit.on == TODAY
    given = {d.group: d for d in visit.doses}
    assert {"DTaP/Tdap/Td", "Hib", "Polio", "MMR", "Varicella", "HepA", "HepB"} <= given.keys()
    # not 94: ACIP prefers separate MMR and varicella for the first dose at this age
    assert given["MMR"].vaccines == ("03",)
    assert given["DTaP/Tdap/Td"].timing == "overdue"
    assert given["COVID-19"].timing == "possible"
