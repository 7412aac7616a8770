"""Ages and intervals: reading them, and the calendar rules of CALCDT-1 … 6."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinical.immunization.offsets import LAST_DAY, add, parse_offset, shift_years


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2000-08-31", "6 months", "2001-03-01"),
        ("2000-03-31", "6 months", "2000-10-01"),
        ("2000-01-31", "6 months - 4 days", "2000-07-27"),
        ("2025-09-29", "5 months + 4 weeks", "2026-03-29"),
        ("2024-02-29", "1 year", "2025-03-01"),
        ("2010-05-05", "16 years - 4 months", "2026-01-05"),
        ("2010-12-31", "0 days", "2010-12-31"),
        ("2010-01-10", "6 weeks - 4 days", "2010-02-17"),
    ],
)
def test_months_move_first_and_a_missing_day_becomes_the_first(
    start: str, text: str, end: str
) -> None:
    assert add(date.fromisoformat(start), parse_offset(text)) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("6 weeks - 4 days", "6w-4d"),
        ("1 year", "1y"),
        ("3 Months+4 weeks", "3m+4w"),
        ("2D", "2d"),
    ],
)
def test_the_short_form_is_the_same_object(text: str, short: str) -> None:
    assert parse_offset(text).text == short
    assert parse_offset(text) is parse_offset(short)
    assert repr(parse_offset(short)) == f"Offset({short})"


@pytest.mark.parametrize("text", ["", "six weeks", "6", "6 weeks 4 days", "6 weeks -", "1 y 2"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an age"):
        parse_offset(text)


def test_a_negative_first_term_is_kept() -> None:
    assert add(date(2010, 1, 10), parse_offset("-4 days")) == date(2010, 1, 6)


def test_dates_stay_within_the_calendar() -> None:
    assert add(date(2900, 1, 1), parse_offset("150 years")) == LAST_DAY
    assert add(date(1950, 1, 1), parse_offset("-99 years")) == date(1900, 1, 1)


def test_a_leap_day_moves_to_march() -> None:
    assert shift_years(date(2024, 2, 29), 1) == date(2025, 3, 1)


days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1))


@given(days, st.integers(0, 400), st.integers(-400, 400))
def test_adding_is_monotonic_and_close(day: date, months: int, extra: int) -> None:
    text = f"{months} months {'-' if extra < 0 else '+'} {abs(extra)} days"
    end = add(day, parse_offset(text))
    next_end = add(day + timedelta(1), parse_offset(text))
    assert end <= next_end
    exact = day + timedelta(days=months * 30.436875 + extra)
    assert abs((end - exact).days) <= 4
