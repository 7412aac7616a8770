"""Wall-clock minutes of a place as instants, exact across clock changes. Knows no rules."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
zone = lru_cache(maxsize=512)(ZoneInfo)


def minute_of(local: datetime) -> int:
    """Minutes since local midnight."""
    return local.hour * 60 + local.minute


def ceil_minute(at: datetime) -> datetime:
    """The first whole minute not before `at`."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + MINUTE


def find_instant(day: date, minute: int, place: ZoneInfo, after: datetime) -> datetime:
    """The first instant (UTC) later than `after` at which the clock there shows `minute` of
    `day` or, where the clock jumps over it, the jump. A time that comes twice may give either;
    if both have passed the later one is returned. minute 1440 is the next midnight.
    """
    if minute >= 1440:
        day, minute = day + DAY, minute - 1440
    wall = datetime.combine(day, time(minute // 60, minute % 60), place)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if second < first:
        return _find_jump(second, first, place)
    return first if first > after else second


def _find_jump(low: datetime, high: datetime, place: ZoneInfo) -> datetime:
    before = low.astimezone(place).utcoffset()
    at = low
    while at < high and at.astimezone(place).utcoffset() == before:
        at += MINUTE
    return at
