"""Dates written relative to a day: "-2y3m", "-14d 09:20", "+9d". Reads no clock.

A chart that says "two months ago" stays believable whenever it is opened. Clinic days fall on a
weekday (the past slides back to Friday, the future on to Monday) unless the text ends in "!".
"""

import calendar
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CLINIC_ZONE = ZoneInfo("America/New_York")
_OFFSET = re.compile(r"(?P<sign>[+-])(?:(?P<y>\d+)y)?(?:(?P<m>\d+)m)?(?:(?P<d>\d+)d)?")
_SPOKEN = re.compile(r"(?P<offset>[+-]\w+)(?: (?P<clock>\d\d:\d\d))?(?P<exact>!)?")
_BORN = re.compile(r"(?P<age>\d+)y (?P<month>\d\d)-(?P<day>\d\d)")


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(
        year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1])
    )


def build_age(born: date, today: date) -> int:
    """Full years lived; who is born on Feb 29 grows older on Mar 1 of a common year."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def parse_day(text: str, today: date) -> date:
    """The day that "-2y3m", "+9d" or "-5d!" means; raises ValueError on anything else."""
    return _parse(text, today)[0]


def parse_instant(text: str, today: date, default: str = "09:00") -> datetime:
    """The moment that "-14d 09:20" means, in the clinic's own zone."""
    day, clock = _parse(text, today)
    return datetime.combine(day, time.fromisoformat(clock or default), CLINIC_ZONE)


def parse_born(text: str, today: date) -> date:
    """Birth date from "58y 03-14": 58 years old today, birthday March 14. Or a relative day."""
    found = _BORN.fullmatch(text)
    if not found:
        return parse_day(text, today)
    age, month, day = int(found["age"]), int(found["month"]), int(found["day"])
    born = date(today.year - age, month, day)
    return born if build_age(born, today) == age else born.replace(year=born.year - 1)


def _parse(text: str, today: date) -> tuple[date, str | None]:
    spoken = _SPOKEN.fullmatch(text)
    offset = _OFFSET.fullmatch(spoken["offset"]) if spoken else None
    if not spoken or not offset or not any(offset.group("y", "m", "d")):
        raise ValueError(f"not a relative day: {text!r}")
    sign = 1 if offset["sign"] == "+" else -1
    months = int(offset["y"] or 0) * 12 + int(offset["m"] or 0)
    # Days first: "-18y1d" is the birthday of who turned 18 yesterday, on Feb 29 too.
    day = add_months(today + timedelta(days=sign * int(offset["d"] or 0)), sign * months)
    return (day if spoken["exact"] else _weekday(day, sign)), spoken["clock"]


def _weekday(day: date, sign: int) -> date:
    past_friday = day.weekday() - calendar.FRIDAY
    if past_friday <= 0:
        return day
    return day + timedelta(days=3 - past_friday if sign > 0 else -past_friday)
