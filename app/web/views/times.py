"""Dates, times, pairs of times and ages as people read them. Pure; knows no zone by itself."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.clinical.elements import Moment, Span
from app.web.views.scene import Scene
from app.web.words import NBSP, Words, count

TIMED = frozenset({"minute", "second", "fraction"})


def build_day(day: date, scene: Scene) -> str:
    """`Oct 2`, with the year unless it is this year. Never breaks inside."""
    words = scene.words
    pattern = words.day if day.year == scene.today.year else words.day_year
    month = words.months[day.month - 1]
    return bind(pattern.format(month=month, day=day.day, year=day.year))


def build_month(day: date, scene: Scene) -> str:
    """`Apr`, with the year unless it is this year."""
    month = scene.words.months[day.month - 1]
    if day.year == scene.today.year:
        return month
    return bind(scene.words.month_year.format(month=month, year=day.year))


def build_clock(at: datetime, zone: ZoneInfo, words: Words) -> str:
    """`2:08 PM` on the wall of `zone`."""
    local = at.astimezone(zone)
    return bind(
        words.clock.format(
            hour12=local.hour % 12 or 12,
            hour=local.hour,
            minute=local.minute,
            half=words.halves[local.hour >= 12],
        )
    )


def build_when(at: datetime, scene: Scene, *, zone: ZoneInfo | None = None) -> str:
    """The clock if `at` is today in that zone, else weekday, date and clock."""
    zone = zone or scene.here
    clock = build_clock(at, zone, scene.words)
    local = at.astimezone(zone)
    if local.date() == scene.now.astimezone(zone).date():
        return clock
    weekday = scene.words.weekdays[local.weekday()]
    day = scene.words.weekday_day.format(weekday=weekday, day=build_day(local.date(), scene))
    return scene.words.day_clock.format(day=bind(day), clock=clock)


def build_pair(at: datetime, scene: Scene) -> str:
    """Patient's time first: `5:00 PM there / 7:00 PM here`. One time if the patient's is unknown
    (then the staff's, unmarked) or if both walls show the same."""
    if scene.there is None:
        return build_when(at, scene)
    words, there, here = scene.words, build_when(at, scene, zone=scene.there), build_when(at, scene)
    if there == here:
        return words.pair_same.format(there=there)
    if at.astimezone(scene.there).date() == at.astimezone(scene.here).date():
        here = build_clock(at, scene.here, words)
    return words.pair.format(there=there, here=here)


def build_stamp(at: datetime, scene: Scene) -> str:
    """For provenance: `Today, 2:08 PM` or `Oct 2, 4:11 PM`."""
    said = scene.stamps.get(at)
    if said is None:
        said = scene.stamps[at] = word_stamp(at, scene)
    return said


def word_stamp(at: datetime, scene: Scene) -> str:
    day, clock = at.astimezone(scene.here).date(), build_clock(at, scene.here, scene.words)
    if day == scene.today:
        return scene.words.today_first.format(clock=clock)
    return scene.words.day_clock.format(day=build_day(day, scene), clock=clock)


def build_stamp_inline(at: datetime, scene: Scene) -> str:
    """The same inside a sentence: `today 2:08 PM` or `Oct 2, 4:11 PM`."""
    if at.astimezone(scene.here).date() == scene.today:
        return bind(scene.words.today_at.format(clock=build_clock(at, scene.here, scene.words)))
    return build_stamp(at, scene)


def build_moment(moment: Moment, scene: Scene) -> str:
    """The day of a FHIR date as precisely as its author wrote it, no more."""
    if moment.precision == "year":
        return str(moment.day.year)
    if moment.precision == "month":
        month = scene.words.months[moment.day.month - 1]
        return bind(scene.words.month_year.format(month=month, year=moment.day.year))
    return build_day(moment.day, scene)


def build_moment_stamp(moment: Moment, scene: Scene) -> str:
    """Day and clock where the source gave a clock, else what it gave."""
    return build_stamp(moment.at, scene) if has_clock(moment) else build_moment(moment, scene)


def has_clock(moment: Moment) -> bool:
    """Is there a time of day that can be placed: written to the minute, and with its zone?"""
    return moment.precision in TIMED and moment.offset_min is not None


def find_moment(span: Span | None) -> Moment | None:
    """When a span is dated by one mark: its start, else its end."""
    return None if span is None else span.start or span.end


def build_age(delta: timedelta, words: Words, *, old: bool = False) -> str:
    """`2 min ago`, or `2 h old` once past the tenant's limit. A clock behind reads as just now."""
    minutes = int(delta.total_seconds() // 60)
    if minutes < 1:
        return words.just_now
    if minutes < 60:
        return bind((words.minutes_old if old else words.minutes_ago).format(n=minutes))
    if minutes < 48 * 60:
        return bind((words.hours_old if old else words.hours_ago).format(n=minutes // 60))
    one = words.days_old_one if old else words.days_ago_one
    many = words.days_old_many if old else words.days_ago_many
    return bind(count(minutes // (24 * 60), one, many))


def bind(text: str) -> str:
    """Keeps one date or time on one line."""
    return text.replace(" ", NBSP)
