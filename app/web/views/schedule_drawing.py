"""The schedule as a picture: one track per vaccine group, time from the start to the end side.

Places marks; knows no words and judges nothing. Positions are spread so that no two marks touch:
order and side of today are exact, distances are not, and the table has the dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.clinical.immunization import DoseVerdict, GroupOutlook
from app.clinical.immunization.outlook import Need

WIDTH, HEIGHT = 184, 20
SIZE = 12
FIRST, LAST = 0, 132
"""Left edges of the first and the last dose given."""
TODAY = 152
"""The line of today; what is asked for now stands on it."""
NEXT, LATER = TODAY - SIZE // 2, WIDTH - SIZE
MOST = (LAST - FIRST) // SIZE + 1
ADULT = 19 * 365.25
LOOK_BACK = 10 * 365.25
GIVEN = {"Valid": "valid", "Not Valid": "invalid", "Sub-standard": "invalid", "Extraneous": "extra"}
NOW: tuple[Need, ...] = ("overdue", "due", "may", "declined", "contraindicated")
DRAWINGS = {
    "valid": "yes",
    "invalid": "no",
    "extra": "extra",
    "overdue": "wait",
    "due": "open",
    "may": "may",
    "declined": "excluded",
    "contraindicated": "stopped",
    "later": "later",
}
"""What a mark means → its drawing in icons.svg."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`x` is the left edge in the picture's own units; `drawing` a symbol of icons.svg."""

    kind: str
    drawing: str
    x: int


@dataclass(frozen=True, slots=True)
class Track:
    """`earlier` counts doses that found no room at the start."""

    marks: tuple[Mark, ...]
    earlier: int


@dataclass(frozen=True, slots=True)
class Axis:
    """From `start` to `today`: the square root of age for children, whose doses crowd the first
    year; even for adults, over the last ten years or since the first dose."""

    start: date
    today: date
    is_even: bool

    def place(self, day: date) -> float:
        """0 at the start, 1 today."""
        span = max((self.today - self.start).days, 1)
        share = min(max((day - self.start).days / span, 0.0), 1.0)
        return share if self.is_even else float(share**0.5)


def build_axis(born: date, today: date, given: Sequence[date]) -> Axis:
    age = (today - born).days
    if age < ADULT:
        return Axis(born, today, is_even=False)
    back = today.toordinal() - int(LOOK_BACK)
    first = min(given, default=today)
    return Axis(max(born, min(first, date.fromordinal(back))), today, is_even=True)


def own_doses(one: GroupOutlook) -> list[DoseVerdict]:
    """The group's own doses, oldest first; those of other groups only have a bearing on it."""
    own = [d for d in one.forecast.doses if d.group == one.group]
    return sorted(own, key=lambda d: (d.given, d.id))


def build_track(one: GroupOutlook, axis: Axis) -> Track:
    doses = own_doses(one)
    shown = doses[-MOST:]
    edges = spread([FIRST + axis.place(d.given) * (LAST - FIRST) for d in shown])
    marks = [build_mark(GIVEN[d.status], x) for d, x in zip(shown, edges, strict=True)]
    if one.need in NOW:
        marks.append(build_mark(one.need, NEXT))
    elif one.need == "later":
        marks.append(build_mark("later", LATER))
    return Track(tuple(marks), len(doses) - len(shown))


def build_mark(kind: str, x: int) -> Mark:
    return Mark(kind, DRAWINGS[kind], x)


def spread(wanted: Sequence[float]) -> list[int]:
    """Left edges at least SIZE apart, in order, as near to `wanted` as FIRST and LAST allow."""
    edges: list[float] = []
    for x in wanted:
        edges.append(max(x, edges[-1] + SIZE) if edges else max(x, FIRST))
    limit = float(LAST)
    for place in range(len(edges) - 1, -1, -1):
        edges[place] = min(edges[place], limit)
        limit = edges[place] - SIZE
    return [round(x) for x in edges]
