"""Time as whole numbers: UTC milliseconds, with the earliest and latest a text can mean.

Precision follows the measures' shared rules R2 and R5: a date is its whole day, a time to the
second is exact. A comparison holds only when it holds for every instant the text can mean, so
an imprecise date never decides a boundary.
"""

from calendar import isleap
from datetime import date
from typing import Literal

from app.clinical.elements import Moment

DAY = 86_400_000
FOREVER = 1 << 60
Unit = Literal["days", "months", "years"]
Bounds = tuple[int, int]
"""Earliest and latest instant, in UTC milliseconds, inclusive."""
UNKNOWN: Bounds = (-FOREVER, FOREVER)
ALWAYS: Bounds = (-FOREVER, -FOREVER)
"""The beginning of time, as a start."""
NEVER: Bounds = (FOREVER, FOREVER)
"""The end of time, as an end."""

_LONG = frozenset({1, 3, 5, 7, 8, 10, 12})
LAST_DAY = date.max.toordinal()
_EPOCH = date(1970, 1, 1).toordinal()


def start_of_day(day: date) -> int:
    """The first millisecond of a UTC calendar day."""
    return (day.toordinal() - _EPOCH) * DAY


def end_of_day(day: date) -> int:
    """The last millisecond of a UTC calendar day."""
    return (day.toordinal() - _EPOCH) * DAY + DAY - 1


def day_of(instant: int) -> date:
    """The UTC calendar day; what lies outside the calendar is taken to its first or last day."""
    return date.fromordinal(min(max(instant // DAY + _EPOCH, 1), LAST_DAY))


def bounds_of(moment: Moment | None) -> Bounds:
    """The instants a moment can mean, a fraction below a millisecond cut; UNKNOWN for none."""
    if moment is None:
        return UNKNOWN
    at = moment.at
    clock = ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000
    first = (at.toordinal() - _EPOCH) * DAY + clock
    precision = moment.precision
    if precision == "day":
        return first, first + DAY - 1
    if precision == "fraction" or precision == "second":
        return first, first
    if precision == "minute":
        return first, first + 59_999
    days = days_in(at.year, at.month) if precision == "month" else 365 + isleap(at.year)
    return first, first + days * DAY - 1


def add(instant: int, amount: int, unit: Unit) -> int:
    """Move by calendar units, keeping the time of day; 29 Feb and the 31st are clamped."""
    if abs(instant) >= FOREVER:
        return instant
    if unit == "days":
        return instant + amount * DAY
    return start_of_day(add_to_day(day_of(instant), amount, unit)) + instant % DAY


def add_to_day(day: date, amount: int, unit: Unit) -> date:
    """Move a day by calendar units; a day that does not exist becomes the month's last, and one
    beyond the calendar its first or last (a year 9999 is a common way to write "for ever")."""
    if unit == "days":
        return date.fromordinal(min(max(day.toordinal() + amount, 1), LAST_DAY))
    months = day.year * 12 + day.month - 1 + (amount if unit == "months" else amount * 12)
    year, month = min(max(months // 12, 1), 9999), months % 12 + 1
    return date(year, month, min(day.day, days_in(year, month)))


def days_in(year: int, month: int) -> int:
    """Days of a month; the calendar module works out a weekday on the way."""
    return 28 + isleap(year) if month == 2 else 30 + (month in _LONG)


def age_on(birth: date, day: date) -> int:
    """Whole years on a day; born on 29 Feb, the year is full on 1 Mar."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def ages_on(born: tuple[date, date], day: date) -> tuple[int, int]:
    """Youngest and oldest whole years on a day for someone born between two days."""
    youngest = age_on(born[1], day)
    return youngest, youngest if born[0] is born[1] else age_on(born[0], day)
