"""FHIR dates as intervals, and the search prefixes over them. Timeless values count as UTC."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Interval = tuple[datetime, datetime]
_MIN = datetime(1, 1, 1, tzinfo=UTC)
_MAX = datetime.max.replace(tzinfo=UTC)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
PREFIXES = ("eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap")


def parse_interval(text: str) -> Interval:
    """Half-open interval of a date, dateTime or instant. Raises ValueError when it is none."""
    partial = _PARTIAL.match(text)
    if partial:
        try:
            return _partial(int(partial[1]), partial[2], partial[3])
        except OverflowError:
            return datetime(int(partial[1]), 12, 31, tzinfo=UTC), _MAX
    if "T" not in text:
        raise ValueError(f"not a FHIR date: {text}")
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = "." not in text
    try:
        return moment, moment + (timedelta(seconds=1) if whole else timedelta(milliseconds=1))
    except OverflowError:
        return moment, _MAX


def _partial(year: int, month: str | None, day: str | None) -> Interval:
    if day is not None:
        start = datetime(year, int(month or 1), int(day), tzinfo=UTC)
        return start, start + timedelta(days=1)
    if month is not None:
        start = datetime(year, int(month), 1, tzinfo=UTC)
        return start, start + timedelta(days=calendar.monthrange(year, int(month))[1])
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC) + timedelta(days=1)


def value_interval(value: Any) -> Interval | None:
    """Interval of a resource's date, Period or Timing event; None when it has none."""
    try:
        if isinstance(value, str):
            return parse_interval(value)
        if isinstance(value, dict):
            start = parse_interval(value["start"])[0] if "start" in value else _MIN
            end = parse_interval(value["end"])[1] if "end" in value else _MAX
            return (start, end) if {"start", "end"} & set(value) else None
    except ValueError:
        return None
    return None


def split_prefix(text: str) -> tuple[str, str]:
    """("ge", "2024-01-01") of "ge2024-01-01"; eq without a prefix."""
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def matches(prefix: str, asked: Interval, held: Interval) -> bool:
    """FHIR R4 search, section 3.1.1.4.7: the prefixes over intervals."""
    return _COMPARE[prefix](asked, held)


def _inside(asked: Interval, held: Interval) -> bool:
    return asked[0] <= held[0] and held[1] <= asked[1]


_COMPARE: dict[str, Callable[[Interval, Interval], bool]] = {
    "eq": _inside,
    "ne": lambda asked, held: not _inside(asked, held),
    "gt": lambda asked, held: held[1] > asked[1],
    "ge": lambda asked, held: held[1] > asked[1] or _inside(asked, held),
    "lt": lambda asked, held: held[0] < asked[0],
    "le": lambda asked, held: held[0] < asked[0] or _inside(asked, held),
    "sa": lambda asked, held: held[0] >= asked[1],
    "eb": lambda asked, held: held[1] <= asked[0],
    "ap": lambda asked, held: held[0] < asked[1] and asked[0] < held[1],
}
