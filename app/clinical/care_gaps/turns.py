"""Turns: the days on which a measure's answer can change with no new data. Judges nothing.

A calendar-year measure turns with the year. One that also looks back from today turns when a
fact leaves (or enters) such a window, and on birthdays that an age test names.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeVar

from msgspec import Struct, structs

from app.clinical.rules.definitions import Age, Find, Point
from app.clinical.rules.instants import DAY, FOREVER, Unit, add_to_day, day_of, start_of_day
from app.clinical.rules.nodes import Node
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import Index
from app.clinical.rules.windows import MOVING

YEARS = 12
"""How far ahead is looked. Beyond it a verdict is taken to hold until then only."""
SLACK = 4
"""A month that is too short moves a day by up to three; the next day is tried too."""


LONGEST: dict[Unit, int] = {"days": 1, "months": 31, "years": 366}
"""Days at most in a unit."""
T = TypeVar("T")


class Turns(Struct, frozen=True):
    """Whether the period is asked, what to move a fact's days by, the ages asked today, the days
    of the year on which a season begins, and the code lists that matter."""

    is_yearly: bool = False
    shifts: tuple[tuple[int, Unit], ...] = ()
    ages: tuple[int, ...] = ()
    seasons: tuple[tuple[int, int], ...] = ()
    keys: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()


def find_turns(roots: Iterable[Node]) -> Turns:
    """Collects from compiled populations every point that moves with today."""
    found = Turns()
    for node in _nodes(roots):
        body = node.definition.body
        if isinstance(body, Age):
            found = _with_age(found, body)
        elif isinstance(body, Find) and body.when is not None:
            found = _with_time(found, node, (body.when.start, body.when.end))
    return found


def _with_age(found: Turns, body: Age) -> Turns:
    if body.test.at.anchor != "today":
        return structs.replace(found, is_yearly=True)
    low, high = body.test.low, body.test.high
    ages = ([] if low is None else [low]) + ([] if high is None else [high + 1])
    return structs.replace(found, ages=(*found.ages, *ages))


def _with_time(found: Turns, node: Node, points: tuple[Point, Point]) -> Turns:
    if any("MP" in point.anchor for point in points):
        found = structs.replace(found, is_yearly=True)
    moving = [point for point in points if point.anchor in MOVING]
    seasons = [(p.month, p.day) for p in moving if p.month]
    shifts = [_shift(point) for point in moving if not point.month]
    found = structs.replace(found, seasons=_also(found.seasons, seasons))
    if not shifts:
        return found
    return structs.replace(
        found,
        shifts=_also(found.shifts, shifts),
        keys=_also(found.keys, node.keys),
        kinds=_also(found.kinds, () if node.keys else node.kinds),
    )


def _also(known: tuple[T, ...], more: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def _nodes(roots: Iterable[Node]) -> Iterator[Node]:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(node.parts)
            yield node


def _shift(point: Point) -> tuple[int, Unit]:
    """`today - 1 year` meets a fact's day one year after it."""
    return -point.amount, point.unit


def horizon_of(today: date) -> date:
    """How far ahead a verdict is looked after."""
    return date(today.year + YEARS, 1, 1)


def days_ahead(turns: Turns, index: Index, today: date) -> list[date]:
    """Days after today on which the answer can differ from the day before, in order."""
    found: set[date] = set()
    if turns.is_yearly:
        found.update(date(today.year + n, 1, 1) for n in range(1, YEARS + 1))
    for month, first_day in turns.seasons:
        found.update(date(today.year + n, month, first_day) for n in range(YEARS))
    for amount, unit in turns.shifts:
        since = start_of_day(today) - (amount * LONGEST[unit] + SLACK) * DAY
        for day in _fact_days(turns, index, since):
            first = add_to_day(day, amount, unit)
            found.update(add_to_day(first, n, "days") for n in range(SLACK + 1))
    for born in set(index.born or ()):
        for age in turns.ages:
            birthday = add_to_day(born, age, "years")
            found.update((birthday, add_to_day(birthday, 1, "days")))
    return sorted(day for day in found if today < day <= horizon_of(today))


def _fact_days(turns: Turns, index: Index, since: int) -> set[date]:
    """Days on which a fact that matters begins or ends, not before an instant."""
    rows: list[Row] = [row for key in turns.keys for row in index.rows.get(key, ())]
    rows += [row for kind in turns.kinds for row in index.whole(kind)]
    instants = {instant for row in rows for instant in (*row.start, *row.end)}
    return {day_of(instant) for instant in instants if since <= instant < FOREVER}
