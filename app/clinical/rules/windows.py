"""Windows: the instants between which a time test holds. Knows no facts.

What depends only on the period and today is worked out once per period; what depends on the
person's birth or on another fact, when asked. A bound that is itself imprecise is taken so that
the test holds for every instant it can mean.
"""

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from app.clinical.rules.definitions import Point, TimeTest
from app.clinical.rules.instants import (
    DAY,
    FOREVER,
    Bounds,
    add,
    end_of_day,
    start_of_day,
)
from app.clinical.rules.scene import Scene

Window = tuple[int, int]
STATIC = frozenset({"MP start", "MP end", "today", "day of MP start year", "last day of year"})
MOVING = frozenset({"today", "last day of year"})
"""Anchors that move with today within a year."""
WindowOf = Callable[[Scene], Window]
Anchor = Callable[[Scene], Bounds]


class Period(Struct, frozen=True):
    """A measurement period in whole UTC days, and the day on which the question is asked."""

    start: date
    end: date
    today: date


def is_static(point: Point) -> bool:
    """Depends on the period and today only."""
    return point.anchor in STATIC


def letter_of(point: Point) -> str:
    """The letter of another fact, or ""."""
    return point.anchor[0] if point.anchor[1:2] == " " else ""


def static_instant(point: Point, period: Period) -> int:
    """The instant of a point that depends on the period only."""
    if point.anchor == "MP start":
        base = start_of_day(period.start)
    elif point.anchor == "MP end":
        base = end_of_day(period.end)
    elif point.anchor == "today":
        base = start_of_day(period.today)
    elif point.anchor == "last day of year":
        base = start_of_day(last_day_of_year(point, period.today))
    else:
        base = start_of_day(date(period.start.year, point.month, point.day))
    return add(base, point.amount, point.unit)


def window_between(test: TimeTest, start: Bounds, end: Bounds) -> Window:
    """The closed window of a test whose points have these bounds."""
    low, high = start[1], end[0]
    if test.relation in ("before", "on or before"):
        low = -FOREVER
    elif test.relation in ("after", "on or after"):
        high = FOREVER
    if test.by_day:
        low = low if low == -FOREVER else low - low % DAY
        high = high if high == FOREVER else high - high % DAY + DAY - 1
    step = DAY if test.by_day else 1
    if test.relation == "before" or test.end_open:
        high -= step
    elif test.relation == "after":
        low += step
    return low, high


def last_day_of_year(point: Point, today: date) -> date:
    """The last such month and day on or before today."""
    this_year = date(today.year, point.month, point.day)
    return this_year if this_year <= today else this_year.replace(year=today.year - 1)


def static_window(test: TimeTest, period: Period) -> Window:
    """The window of a test whose points are static."""
    start, end = static_instant(test.start, period), static_instant(test.end, period)
    return window_between(test, (start, start), (end, end))


def anchor_of(point: Point) -> Anchor:
    """A point that depends on the person or on another fact, as a function of the scene."""
    amount, unit = point.amount, point.unit

    def moved(bounds: Bounds) -> Bounds:
        return add(bounds[0], amount, unit), add(bounds[1], amount, unit)

    if point.anchor == "birth":
        return lambda scene: moved(scene.index.birth)
    letter, _, edge = point.anchor.partition(" ")
    if edge == "start":
        return lambda scene: moved(scene.bound[letter].start)
    if edge == "end":
        return lambda scene: moved(scene.bound[letter].end)
    return lambda scene: moved(scene.bound[letter].earliest())


class Calendar:
    """Collects the windows and days of all rules while they are compiled."""

    def __init__(self) -> None:
        self.tests: list[TimeTest] = []
        self.points: list[Point] = []

    def window(self, test: TimeTest) -> int | WindowOf:
        """The place of a static window in the scene, or a function that works one out."""
        if is_static(test.start) and is_static(test.end):
            return self._place(test)
        start, end = self._anchor(test.start), self._anchor(test.end)
        return lambda scene: window_between(test, start(scene), end(scene))

    def _place(self, test: TimeTest) -> int:
        if test not in self.tests:
            self.tests.append(test)
        return self.tests.index(test)

    def _anchor(self, point: Point) -> Anchor:
        if not is_static(point):
            return anchor_of(point)
        place = self._place(TimeTest("whole", "during", False, point, point))
        return lambda scene: scene.windows[place]

    def day(self, point: Point) -> int:
        """The place of a static point's calendar day in the scene."""
        if point not in self.points:
            self.points.append(point)
        return self.points.index(point)
