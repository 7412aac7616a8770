"""Rows: the interval of each kind of fact (R2, R3, R9), with ends that are open or not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.clinical.elements import Span
from app.clinical.facts import Condition, Fact, Medication
from app.clinical.rules.instants import ALWAYS, DAY, FOREVER, NEVER, UNKNOWN, Bounds, bounds_of
from app.clinical.rules.rows import BUILDERS, Row, birthday
from tests.app.clinical.measures.people import (
    medicine,
    moment,
    order,
    problem,
    result,
    shot,
    span,
    visit,
)

BIRTH = bounds_of(moment("1980-02-29"))


def row(fact: Fact, birth: Bounds = BIRTH) -> Row:
    return BUILDERS[type(fact)](fact, birth)


def bounds(text: str) -> Bounds:
    return bounds_of(moment(text))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-01-01", "2025-01-02", (bounds("2025-01-01"), bounds("2025-01-02"))),
        ("2025-01-01", None, (bounds("2025-01-01"), NEVER)),
        (None, "2025-01-02", (UNKNOWN, bounds("2025-01-02"))),
        (None, None, (UNKNOWN, UNKNOWN)),
    ],
)
def test_a_period(start: str | None, end: str | None, expected: tuple[Bounds, Bounds]) -> None:
    found = row(visit("x", start, end))
    assert (found.start, found.end) == expected


def test_a_single_moment_is_its_own_start_and_end() -> None:
    at = moment("2025-03-01T10:00:00Z")
    found = row(structs.replace(result("x", None), when=Span(at, at)))
    assert found.start == found.end == bounds_of(at)
    for fact in (shot("x", "2025-03-01"), order("x", "2025-03-01")):
        assert row(fact).start == row(fact).end == bounds("2025-03-01")


def test_latest_and_earliest_fall_back_to_the_end_that_is_known() -> None:
    still_on = row(visit("x", "2025-01-01", None))
    assert still_on.latest() == still_on.earliest() == bounds("2025-01-01")
    no_start = row(visit("x", None, "2025-01-02"))
    assert no_start.latest() == no_start.earliest() == bounds("2025-01-02")
    assert row(visit("x", None, None)).latest() == UNKNOWN


# ---- conditions (R3) --------------------------------------------------------------------------


def condition(**changes: object) -> Condition:
    return structs.replace(problem("x", "2020-01-01"), **changes)


@pytest.mark.parametrize("status", ["active", "recurrence", "relapse"])
def test_active_without_abatement_goes_on(status: str) -> None:
    assert row(condition(clinical_status=status)).end == NEVER


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved", ""])
def test_any_other_status_without_abatement_ends_we_know_not_when(status: str) -> None:
    assert row(condition(clinical_status=status)).end == UNKNOWN


def test_without_onset_since_the_beginning_of_time() -> None:
    assert row(condition(onset=None)).start == ALWAYS


def test_the_recorded_date_is_no_onset() -> None:
    assert row(condition(onset=None, recorded=moment("2020-01-01"))).start == ALWAYS


def test_an_onset_period_counts_from_its_start() -> None:
    assert row(condition(onset=span("2019-01-01", "2019-02-01"))).start == bounds("2019-01-01")
    assert row(condition(onset=span(None, "2019-02-01"))).start == UNKNOWN


def test_onset_by_age_is_the_birthday() -> None:
    found = row(condition(onset=None, onset_age_years=21.0))
    assert found.start == bounds("2001-02-28")
    assert row(condition(onset=None, onset_age_years=21.0), UNKNOWN).start == UNKNOWN


def test_an_age_in_months() -> None:
    assert birthday(bounds("2020-01-15"), 0.5) == bounds("2020-07-15")


def test_abatement_by_date_age_or_word() -> None:
    assert row(condition(abatement=span("2021-01-01", "2021-02-01"))).end == bounds("2021-02-01")
    by_age = row(condition(abatement_age_years=30.0)).end
    assert by_age[1] == bounds("2011-02-28")[1] - 1, "to the end of the year of that age"
    assert row(condition(abatement_age_years=30.0), UNKNOWN).end == UNKNOWN
    assert row(condition(abated=True)).end == UNKNOWN
    assert row(condition(abated=False)).end == NEVER


# ---- medicines (R9) ---------------------------------------------------------------------------


def covered(**more: object) -> tuple[Bounds, Bounds]:
    fact = structs.replace(medicine("x", "2025-03-10T15:00:00Z"), **more)
    assert isinstance(fact, Medication)
    return row(fact).start, row(fact).end


def day(text: str) -> tuple[int, int]:
    low, high = bounds(text)
    assert high - low == DAY - 1
    return low, high


def test_days_of_supply() -> None:
    start, end = covered(supply_days=10.0)
    assert start == (day("2025-03-10")[0],) * 2
    assert end == (day("2025-03-19")[1],) * 2


def test_refills_multiply() -> None:
    assert covered(supply_days=10.0, repeats=2)[1] == (day("2025-04-08")[1],) * 2


def test_quantity_by_dose_and_by_times_a_day() -> None:
    assert covered(quantity=20.0, dose=2.0)[1] == (day("2025-03-19")[1],) * 2
    assert covered(quantity=20.0, dose=1.0, doses_per_day=2.0)[1] == (day("2025-03-19")[1],) * 2
    assert covered(quantity=20.0) == (UNKNOWN, UNKNOWN)


def test_nothing_to_count_by() -> None:
    assert covered() == (UNKNOWN, UNKNOWN)
    assert covered(supply_days=0.0) == (UNKNOWN, UNKNOWN)
    assert covered(authored=None, supply_days=10.0) == (UNKNOWN, UNKNOWN)


def test_a_supply_without_end_does_not_overflow() -> None:
    assert covered(supply_days=1e9)[1][1] < FOREVER


# ---- imprecise times --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2024", "2024-12-31T23:59:59.999Z"),
        ("2025", "2025-12-31T23:59:59.999Z"),
        ("2024-02", "2024-02-29T23:59:59.999Z"),
        ("2025-04-30", "2025-04-30T23:59:59.999Z"),
        ("2025-04-30T10:15Z", "2025-04-30T10:15:59.999Z"),
        ("2025-04-30T10:15:20Z", "2025-04-30T10:15:20.000Z"),
        ("2025-04-30T23:30:00-05:00", "2025-05-01T04:30:00.000Z"),
    ],
)
def test_the_last_instant_that_a_text_can_mean(text: str, last: str) -> None:
    assert bounds(text)[1] == bounds(last)[1]


@given(st.datetimes())
def test_bounds_never_cross(at: object) -> None:
    text = str(at).replace(" ", "T")[:10]
    low, high = bounds(text)
    assert low <= high
