"""Relative dates: weekdays, month ends, leap days, ages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.people.dates import add_months, build_age, parse_born, parse_day, parse_instant

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("-5d", date(2026, 11, 19)),
        ("-2d", date(2026, 11, 20)),  # Sunday slides back to Friday
        ("-2d!", date(2026, 11, 22)),
        ("+4d", date(2026, 11, 30)),  # Saturday slides on to Monday
        ("-1m", date(2026, 10, 23)),  # the 24th is a Saturday
        ("-2y3m", date(2024, 8, 23)),
        ("-2y3m!", date(2024, 8, 24)),
        ("-1y2m3d!", date(2025, 9, 21)),
    ],
)
def test_a_relative_day(text: str, meant: date) -> None:
    assert parse_day(text, TUESDAY) == meant


@pytest.mark.parametrize("text", ["", "5d", "-", "+", "-d", "-2w", "yesterday", "-5d 25", "-5d!!"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a relative day"):
        parse_day(text, TUESDAY)


def test_an_instant_is_in_the_clinic_zone_whatever_the_machine_says() -> None:
    assert parse_instant("-5d 09:20", TUESDAY).isoformat() == "2026-11-19T09:20:00-05:00"
    assert parse_instant("-5m 09:20", TUESDAY).isoformat() == "2026-06-24T09:20:00-04:00"
    assert parse_instant("-5d", TUESDAY).isoformat() == "2026-11-19T09:00:00-05:00"


@pytest.mark.parametrize(
    ("day", "months", "meant"),
    [
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_end_where_the_month_ends(day: date, months: int, meant: date) -> None:
    assert add_months(day, months) == meant


@given(DAYS, st.integers(0, 100), st.integers(1, 12), st.integers(1, 28))
def test_a_written_age_is_the_age_on_every_day(today: date, age: int, month: int, day: int) -> None:
    born = parse_born(f"{age}y {month:02}-{day:02}", today)
    assert build_age(born, today) == age
    assert (born.month, born.day) == (month, day)


@given(DAYS, st.sampled_from(["-3d", "+3d", "-1y", "+2m", "-7m4d"]))
def test_clinic_days_are_weekdays_and_never_cross_today(today: date, text: str) -> None:
    found = parse_day(text, today)
    assert found.weekday() < 5
    assert (found < today) if text.startswith("-") else (found > today)


def test_the_leap_day_birthday_comes_on_march_1_of_a_common_year() -> None:
    assert build_age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert build_age(date(2008, 2, 29), date(2026, 3, 1)) == 18
    assert build_age(date(2008, 2, 29), date(2028, 2, 29)) == 20
