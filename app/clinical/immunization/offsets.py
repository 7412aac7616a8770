"""Offsets: ages and intervals such as `6 weeks - 4 days`, and adding them to a calendar day.

Plain calendar days only; nothing here knows a schedule.
"""

import re
from datetime import date, timedelta
from functools import cache, lru_cache

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)

_TERM = r"([+-]?)\s*(\d{1,4})\s*(years?|months?|weeks?|days?|[ymwd])"
_TEXT = re.compile(rf"\s*{_TERM}(?:\s*{_TERM.replace('[+-]?', '[+-]')})*\s*", re.IGNORECASE)
_ONE = re.compile(_TERM, re.IGNORECASE)


class Offset:
    """A signed span. `months` move first, then `days`. Equal texts are one object (interned), so
    an offset can key a table of dates by identity. `text` is the short form, such as `6w-4d`."""

    __slots__ = ("days", "months", "text")

    def __init__(self, text: str, months: int, days: int) -> None:
        self.text = text
        self.months = months
        self.days = days

    def __repr__(self) -> str:
        return f"Offset({self.text})"


@cache
def _interned(text: str) -> Offset:
    months = days = 0
    for sign, digits, unit in _ONE.findall(text):
        count = -int(digits) if sign == "-" else int(digits)
        months += count * {"y": 12, "m": 1}.get(unit, 0)
        days += count * {"w": 7, "d": 1}.get(unit, 0)
    return Offset(text, months, days)


@lru_cache(maxsize=4096)
def parse_offset(text: str) -> Offset:
    """Read `6 weeks - 4 days` or its short form `6w-4d`; ValueError names what is not an age."""
    if not _TEXT.fullmatch(text):
        raise ValueError(f"{text.strip()!r} is not an age or interval")
    terms = [(s or "+", int(n), u[0].lower()) for s, n, u in _ONE.findall(text)]
    return _interned("".join(f"{s}{n}{u}" for s, n, u in terms).removeprefix("+"))


def add(day: date, offset: Offset) -> date:
    """`day` moved by `offset` (CALCDT-1 … 6), kept within 1900-01-01 and 2999-12-31.

    Years and months move first. A day that the month does not have becomes the first of the next
    month, never the month's end; weeks and days are added after that.
    """
    if offset.months:
        year, month = divmod(day.year * 12 + day.month - 1 + offset.months, 12)
        if not FIRST_DAY.year <= year <= LAST_DAY.year:
            return FIRST_DAY if year < FIRST_DAY.year else LAST_DAY
        day = _day_in(year, month + 1, day.day)
    return day + timedelta(offset.days) if offset.days else day


def _day_in(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # only months of 28 to 30 days: there is always a next one in the year
        return date(year, month + 1, 1)


def shift_years(day: date, years: int) -> date:
    """`day` moved by whole years; 29 February becomes 1 March where there is none."""
    return _day_in(day.year + years, day.month, day.day)
