"""Turns: the days on which a measure's answer can change with no new data. Judges nothing.

A calendar-year measure turns with the year. One that also looks back from today turns when a
fact leaves (or enters) such a window, and on birthdays that an age test names.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from app.clinical.rules.definitions import Age, Find, Point
from app.clinical.rules.instants import FOREVER, Unit, add_to_day, day_of
from app.clinical.rules.nodes import Node
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import Index
from app.clinical.rules.windows import MOVING

YEARS = 12
"""How far ahead is looked. Beyond it a verdict is taken to hold until then only."""
SLACK = 4
"""A month that is too short moves a day by up to three; the next day is tried too."""


class Turns(Struct, frozen=True):
    """What to move a fact's days by, the ages asked today, the days of the year on which a season
    begins, and the code lists that matter."""

    shifts: tuple[tuple[int, Unit], ...] = ()
    ages: tuple[int, ...] = ()
    seasons: tuple[tuple[int, int], ...] = ()
    keys: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()


def find_turns(roots: Iterable[Node]) -> Turns:
    """Collects from compiled populations every point that moves with today."""
    shifts: set[tuple[int, Unit]] = set()
    ages: set[int] = set()
    seasons: set[tuple[int, int]] = set()
    keys: set[int] = set()
    kinds: set[str] = set()
    for node in _nodes(roots):
        body = node.definition.body
        if isinstance(body, Age) and body.test.at.anchor == "today":
            low, high = body.test.low, body.test.high
            ages.update(([] if low is None else [low]) + ([] if high is None else [high + 1]))
        if isinstance(body, Find) and body.when is not None:
            moving = [p for p in (body.when.start, body.when.end) if p.anchor in MOVING]
            seasons.update((p.month, p.day) for p in moving if p.month)
            moving = [p for p in moving if not p.month]
            if moving:
                shifts.update(_shift(point) for point in moving)
                keys.update(node.keys)
                kinds.update([] if node.keys else node.kinds)
    return Turns(
        tuple(sorted(shifts)),
        tuple(sorted(ages)),
        tuple(sorted(seasons)),
        tuple(sorted(keys)),
        tuple(sorted(kinds)),
    )


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


def days_ahead(turns: Turns, index: Index, today: date) -> list[date]:
    """Days after today on which the answer can differ from the day before, in order."""
    found = {date(today.year + n, 1, 1) for n in range(1, YEARS + 1)}
    horizon = max(found)
    for month, first_day in turns.seasons:
        found.update(date(today.year + n, month, first_day) for n in range(YEARS))
    if turns.shifts:
        for day in set(_fact_days(turns, index)):
            for amount, unit in turns.shifts:
                first = add_to_day(day, amount, unit)
                found.update(first + timedelta(days=n) for n in range(SLACK + 1))
    for born in index.born or ():
        for age in turns.ages:
            birthday = add_to_day(born, age, "years")
            found.update((birthday, birthday + timedelta(days=1)))
    return sorted(day for day in found if today < day <= horizon)


def _fact_days(turns: Turns, index: Index) -> Iterator[date]:
    rows: list[Row] = [row for key in turns.keys for row in index.rows.get(key, ())]
    rows += [row for kind in turns.kinds for row in index.whole(kind)]
    for row in rows:
        for instant in (*row.start, *row.end):
            if abs(instant) < FOREVER:
                yield day_of(instant)
