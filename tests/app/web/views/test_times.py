"""Dates, times and ages in words: pairs, zones, clock changes, precision."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.clinical.elements import Moment, Span
from app.web.samples import NOW, SCENE, make_moment
from app.web.views.times import (
    build_age,
    build_day,
    build_moment,
    build_moment_stamp,
    build_month,
    build_pair,
    build_stamp,
    build_stamp_inline,
    build_when,
    find_moment,
    has_clock,
)
from app.web.words import EN, NBSP


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def test_day_has_its_year_only_when_it_is_another() -> None:
    assert plain(build_day(datetime(2026, 10, 2).date(), SCENE)) == "Oct 2"  # noqa: DTZ001
    assert plain(build_day(datetime(2025, 10, 2).date(), SCENE)) == "Oct 2, 2025"  # noqa: DTZ001
    assert build_month(datetime(2026, 4, 2).date(), SCENE) == "Apr"  # noqa: DTZ001
    assert plain(build_month(datetime(2025, 4, 2).date(), SCENE)) == "Apr 2025"  # noqa: DTZ001


def test_a_date_never_breaks_over_a_line() -> None:
    assert " " not in build_day(datetime(2025, 10, 2).date(), SCENE)  # noqa: DTZ001


def test_when_is_the_clock_today_and_names_the_day_otherwise() -> None:
    assert plain(build_when(NOW, SCENE)) == "2:10 PM"
    assert plain(build_when(NOW + timedelta(days=1), SCENE)) == "Wed, Nov 25, 2:10 PM"
    assert plain(build_when(NOW + timedelta(days=49), SCENE)) == "Tue, Jan 12, 2027, 2:10 PM"


def test_pair_says_the_patients_time_first() -> None:
    assert plain(build_pair(NOW, SCENE)) == "12:10 PM there / 2:10 PM here"
    tomorrow = NOW + timedelta(days=1)
    assert plain(build_pair(tomorrow, SCENE)) == "Wed, Nov 25, 12:10 PM there / 2:10 PM here"


def test_pair_names_both_days_when_they_differ() -> None:
    late = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)  # 12:30 AM in New York, 10:30 PM in Phoenix
    assert plain(build_pair(late, SCENE)) == "10:30 PM there / Wed, Nov 25, 12:30 AM here"


def test_pair_is_one_time_where_the_walls_agree_and_ours_alone_where_theirs_is_unknown() -> None:
    same = replace(SCENE, there=ZoneInfo("America/Detroit"))
    assert plain(build_pair(NOW, same)) == "2:10 PM there and here"
    assert plain(build_pair(NOW, replace(SCENE, there=None))) == "2:10 PM"


@pytest.mark.parametrize(("hour", "shown"), [(5, "1:30 AM"), (6, "1:30 AM"), (7, "2:30 AM")])
def test_the_hour_that_comes_twice_is_shown_as_the_wall_shows_it(hour: int, shown: str) -> None:
    at = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)
    scene = replace(SCENE, now=at)
    assert plain(build_when(at, scene)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2019", "2019"),
        ("2026-05", "May 2026"),
        ("2026-10-02", "Oct 2"),
        ("2025-10-02", "Oct 2, 2025"),
    ],
)
def test_a_moment_says_no_more_than_its_author(text: str, shown: str) -> None:
    assert plain(build_moment(make_moment(text), SCENE)) == shown


def test_stamps() -> None:
    assert plain(build_stamp(NOW, SCENE)) == "Today, 2:10 PM"
    assert plain(build_stamp_inline(NOW, SCENE)) == "today 2:10 PM"
    before = make_moment("2026-10-02T20:11")
    assert plain(build_stamp_inline(before.at, SCENE)) == "Oct 2, 4:11 PM"
    assert plain(build_moment_stamp(before, SCENE)) == "Oct 2, 4:11 PM"
    assert plain(build_moment_stamp(make_moment("2026-10-02"), SCENE)) == "Oct 2"


def test_a_time_without_zone_has_no_clock_to_show() -> None:
    local = Moment(datetime(2026, 10, 2, 20, 11, tzinfo=UTC), "minute", None)
    assert not has_clock(local)
    assert plain(build_moment_stamp(local, SCENE)) == "Oct 2"


@pytest.mark.parametrize(
    ("delta", "fresh", "old"),
    [
        (timedelta(seconds=-90), "just now", "just now"),
        (timedelta(seconds=59), "just now", "just now"),
        (timedelta(minutes=4), "4 min ago", "4 min old"),
        (timedelta(hours=2, minutes=59), "2 h ago", "2 h old"),
        (timedelta(hours=48), "2 days ago", "2 days old"),
        (timedelta(days=400), "400 days ago", "400 days old"),
    ],
)
def test_age(delta: timedelta, fresh: str, old: str) -> None:
    assert plain(build_age(delta, EN)) == fresh
    assert plain(build_age(delta, EN, old=True)) == old


def test_a_span_is_dated_by_its_start_else_its_end() -> None:
    start, end = make_moment("2026-01-01"), make_moment("2026-02-01")
    assert find_moment(Span(start, end)) is start
    assert find_moment(Span(None, end)) is end
    assert find_moment(Span()) is None
    assert find_moment(None) is None
