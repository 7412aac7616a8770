"""FHIR dates as intervals: prefixes agree with each other for any pair."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.fhir.dates import matches, parse_interval, split_prefix, value_interval

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 30))
PARTIAL = st.one_of(DAYS.map(str), DAYS.map(lambda d: str(d)[:7]), DAYS.map(lambda d: str(d)[:4]))


@settings(deadline=None)
@given(PARTIAL, PARTIAL)
def test_prefixes_agree(asked: str, held: str) -> None:
    a, h = parse_interval(asked), parse_interval(held)
    assert matches("eq", a, h) is not matches("ne", a, h)
    assert matches("ge", a, h) is (matches("gt", a, h) or matches("eq", a, h))
    assert matches("le", a, h) is (matches("lt", a, h) or matches("eq", a, h))
    assert not (matches("sa", a, h) and matches("eb", a, h))
    assert matches("ap", a, h) is not (matches("sa", a, h) or matches("eb", a, h))


@settings(deadline=None)
@given(PARTIAL)
def test_a_date_equals_itself(text: str) -> None:
    assert matches("eq", parse_interval(text), parse_interval(text))


def test_an_interval_is_as_wide_as_its_precision() -> None:
    start, end = parse_interval("2024-02")
    assert (start, end - start) == (datetime(2024, 2, 1, tzinfo=UTC), timedelta(days=29))
    start, end = parse_interval("2024-02-01T10:00:00-05:00")
    assert start == datetime(2024, 2, 1, 15, tzinfo=UTC)
    assert end - start == timedelta(seconds=1)


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-02-30", "20240201", "2024-2"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        parse_interval(text)


def test_open_periods_and_odd_values() -> None:
    period = value_interval({"start": "2024-01-01"})
    assert period is not None
    assert matches("ge", parse_interval("2030-01-01"), period)
    assert value_interval({"start": "soon"}) is None
    assert value_interval({}) is None
    assert value_interval(7) is None


def test_prefix_is_optional() -> None:
    assert split_prefix("ge2024") == ("ge", "2024")
    assert split_prefix("2024") == ("eq", "2024")


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12", "9999", "9999-12-31T23:59:59Z"])
def test_the_last_day_there_is(text: str) -> None:
    assert matches("gt", parse_interval("9998"), parse_interval(text))
    assert matches("eq", parse_interval(text), parse_interval(text))
