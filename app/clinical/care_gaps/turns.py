"""Turns: the days on which a measure's answer can change with no new data. Judges nothing.

A calendar-year measure turns with the year. One that also looks back from today turns when a
fact leaves (or enters) such a window, and on birthdays that an age test names.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
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
    of the year on which a season begins, the code lists that matter, and the kinds of
    which every fact (in some settings) does."""

    is_yearly: bool = False
    shifts: tuple[tuple[int, Unit], ...] = ()
    ages: tuple[int, ...] = ()
    seasons: tuple[tuple[int, int], ...] = ()
    keys: tuple[int, ...] = ()
    wholes: tuple[tuple[str, frozenset[str]], ...] = ()


def find_turns(roots: Iterable[Node]) -> Turns:
    """Collects from compiled populations every point that moves with today."""
    found = Turns()
    for node in find_nodes(roots):
        body = node.definition.body
        if isinstance(body, Age):
            found = _with_age(found, body)
        elif isinstance(body, Find) and body.when is not None:
            found = _with_time(found, node, body, (body.when.start, body.when.end))
    return found


def _with_age(found: Turns, body: Age) -> Turns:
    if body.test.at.anchor != "today":
        return structs.replace(found, is_yearly=True)
    low, high = body.test.low, body.test.high
    ages = ([] if low is None else [low]) + ([] if high is None else [high + 1])
    return structs.replace(found, ages=(*found.ages, *ages))


def _with_time(found: Turns, node: Node, body: Find, points: tuple[Point, Point]) -> Turns:
    if any("MP" in point.anchor for point in points):
        found = structs.replace(found, is_yearly=True)
    moving = [point for point in points if point.anchor in MOVING]
    seasons = [(p.month, p.day) for p in moving if p.month]
    shifts = [_shift(point) for point in moving if not point.month]
    found = structs.replace(found, seasons=_also(found.seasons, seasons))
    if not shifts:
        return found
    settings = frozenset(body.setting)
    wholes = () if node.keys else [(kind, settings) for kind in sorted(node.own_kinds)]
    return structs.replace(
        found,
        shifts=_also(found.shifts, shifts),
        keys=_also(found.keys, node.keys),
        wholes=_also(found.wholes, wholes),
    )


def _also(known: tuple[T, ...], more: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def find_nodes(roots: Iterable[Node]) -> Iterator[Node]:
    """These and all that they ask, each once."""
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


@cache
def _new_years(year: int) -> tuple[date, ...]:
    return tuple(date(year + n, 1, 1) for n in range(1, YEARS + 1))


def horizon_of(today: date) -> date:
    """How far ahead a verdict is looked after."""
    return date(today.year + YEARS, 1, 1)


def days_ahead(turns: Turns, index: Index, today: date, last: date) -> list[date]:
    """Days after today, up to `last`, on which the answer can differ from the day before."""
    yearly = [d for d in _new_years(today.year) if d <= last] if turns.is_yearly else []
    if not (turns.seasons or turns.shifts or turns.ages):
        return yearly
    found = set(yearly)
    for month, first_day in turns.seasons:
        found.update(date(year, month, first_day) for year in range(today.year, last.year + 1))
    if turns.shifts:
        found.update(_shifted(turns, index, today))
    for born in set(index.born or ()):
        for age in turns.ages:
            if today.year - 1 <= born.year + age <= last.year:  # else over, or too far ahead
                found.update(_around(add_to_day(born, age, "years"), 1))
    return sorted(day for day in found if today < day <= last)


def _shifted(turns: Turns, index: Index, today: date) -> Iterator[date]:
    """Days around those on which a fact that matters meets a point that moves with today."""
    instants = _fact_instants(turns, index)
    for amount, unit in turns.shifts:
        since = start_of_day(today) - (amount * LONGEST[unit] + SLACK) * DAY
        for day in {day_of(instant) for instant in instants if instant >= since}:
            # A day that a month may lack is moved by up to three, so more of them are tried.
            yield from _around(add_to_day(day, amount, unit), SLACK if day.day > 28 else 1)


def _around(day: date, more: int) -> Iterator[date]:
    """A day and so many after it."""
    yield day
    for step in range(1, more + 1):
        yield add_to_day(day, step, "days")


def _fact_instants(turns: Turns, index: Index) -> set[int]:
    """When a fact that matters begins or ends."""
    rows: list[Row] = [row for key in turns.keys for row in index.rows.get(key, ())]
    rows += [row for kind, settings in turns.wholes for row in index.whole(kind, settings)]
    instants = {instant for row in rows for instant in (*row.start, *row.end)}
    return {instant for instant in instants if instant < FOREVER}
