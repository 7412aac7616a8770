"""Wall-clock minutes of a place as instants, exact across clock changes. Knows no rules."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FACES = tuple(
    f"{(minute // 60 - 1) % 12 + 1}:{minute % 60:02} {'AM' if minute // 60 % 24 < 12 else 'PM'}"
    for minute in range(24 * 60 + 1)
)
"""What a clock shows at each minute of a day."""
zone = lru_cache(maxsize=512)(ZoneInfo)
Clock = tuple[ZoneInfo, int, date]
"""A zone, the minute since midnight there, and the day there."""


def name_place(place: ZoneInfo) -> str:
    """What a person would call a zone: "Phoenix" of America/Phoenix."""
    return place.key.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=4096)
def find_places(names: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    """Zones by name."""
    return tuple(zone(name) for name in names)


def read_clocks(places: tuple[ZoneInfo, ...], at: datetime) -> list[Clock]:
    """What the clock of each zone shows."""
    clocks: list[Clock] = []
    for place in places:
        local = at.astimezone(place)
        clocks.append((place, local.hour * 60 + local.minute, local.date()))
    return clocks


@lru_cache(maxsize=256)
def hours(number: int) -> timedelta:
    """So many hours. Kept, as making one costs more than a rule's answer."""
    return timedelta(hours=number)


def ceil_minute(at: datetime) -> datetime:
    """The first whole minute not before `at`."""
    if not (at.second or at.microsecond):
        return at
    return at.replace(second=0, microsecond=0) + MINUTE


def find_instant(day: date, minute: int, place: ZoneInfo, after: datetime) -> datetime:
    """The first instant (UTC) later than `after` at which the clock there shows `minute` of
    `day` or, where the clock jumps over it, the jump. A time that comes twice may give either;
    if both have passed the later one is returned. minute 1440 is the next midnight.
    """
    first, second = _find_both(day, minute, place)
    return first if first > after else second


@lru_cache(maxsize=4096)
def _find_both(day: date, minute: int, place: ZoneInfo) -> tuple[datetime, datetime]:
    """The two instants of a time that comes twice, else one and the same."""
    if minute >= 1440:
        day, minute = day + DAY, minute - 1440
    wall = datetime.combine(day, time(minute // 60, minute % 60), place)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if second < first:
        first = second = _find_jump(second, first, place)
    return first, second


def find_exit(day: date, start: int, end: int, place: ZoneInfo, after: datetime) -> datetime:
    """The first instant (UTC) later than `after` at which the clock there no longer stands in
    [start, end) of `day`, where it stands now. A clock set back may leave it before its end."""
    over = find_instant(day, end, place, after)
    now, then = after.astimezone(place).utcoffset(), over.astimezone(place).utcoffset()
    if now is None or then is None or now <= then:
        return over
    back = _find_jump(after, over, place)
    [(_, minute, shown)] = read_clocks((place,), back)
    return over if shown == day and start <= minute < end else back


def _find_jump(low: datetime, high: datetime, place: ZoneInfo) -> datetime:
    """The first whole minute after `low` with another offset, `high` if there is none."""
    before = low.astimezone(place).utcoffset()
    at = ceil_minute(low)
    while at < high and at.astimezone(place).utcoffset() == before:
        at += MINUTE
    return at
