"""Edges: times around a window, and whether each counts. The expectations are written here by
hand for each kind of time test, away from the engine that they check."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.clinical.facts import Fact, Patient
from tests.app.clinical.measures.people import person

Outcome = str
OUTCOMES = ("-", "in", "excluded", "counted", "excepted")
"""- : not in the population. in: in it, nothing else. excluded, counted (numerator), excepted."""
Make = Callable[[str, str | None], Fact]
MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Case:
    measure: str
    name: str
    patient: Patient
    facts: tuple[Fact, ...]
    outcome: Outcome


def text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def first_instant(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def last_instant(day: str) -> datetime:
    return first_instant(day) + timedelta(days=1) - MS


Times = Iterator[tuple[str, str | None, str | None, bool]]


def at(first: str, last: str) -> Times:
    """A single instant in a window of days."""
    low, high = first_instant(first), last_instant(last)
    for name, when, hit in (
        ("the instant before", low - MS, False),
        ("the first instant", low, True),
        ("the day after it opens", low + timedelta(days=1), low + timedelta(days=1) <= high),
        ("the last instant", high, True),
        ("the instant after", high + MS, False),
    ):
        yield name, text(when), text(when), hit


def during(first: str, last: str) -> Times:
    """Start and end inside."""
    yield from at(first, last)
    low, high = first_instant(first), last_instant(last)
    yield "begins too early", text(low - MS), text(low), False
    yield "ends too late", text(high), text(high + MS), False
    yield "no end", text(low), None, False
    yield "no start", None, text(low), False


def overlaps(first: str, last: str) -> Times:
    low, high, long = first_instant(first), last_instant(last), timedelta(days=400)
    yield "ended the instant before", text(low - long), text(low - MS), False
    yield "ended on the first instant", text(low - long), text(low), True
    yield "began on the last instant", text(high), text(high + long), True
    yield "began the instant after", text(high + MS), text(high + long), False
    yield "around the whole window", text(low - long), text(high + long), True
    yield "long ago and still going on", text(low - long), None, True
    yield "going on from after it", text(high + MS), None, False


def starts(first: str, last: str) -> Times:
    low, high, long = first_instant(first), last_instant(last), timedelta(days=400)
    yield "began the instant before", text(low - MS), text(low + MS), False
    yield "began on the first instant", text(low), text(high + long), True
    yield "began on the last instant", text(high), text(high + long), True
    yield "began the instant after", text(high + MS), text(high + long), False
    yield "began inside and going on", text(low), None, True


def ends(first: str, last: str) -> Times:
    low, high, long = first_instant(first), last_instant(last), timedelta(days=400)
    yield "ended the instant before", text(low - long), text(low - MS), False
    yield "ended on the first instant", text(low - long), text(low), True
    yield "ended on the last instant", text(low), text(high), True
    yield "ended the instant after", text(low), text(high + MS), False
    yield "not ended", text(low), None, False


def latest(first: str, last: str) -> Times:
    """The end when known, else the start."""
    low, high, long = first_instant(first), last_instant(last), timedelta(days=400)
    yield "ended the instant before", text(low - long), text(low - MS), False
    yield "ended on the first instant", text(low - long), text(low), True
    yield "ended on the last instant", text(low), text(high), True
    yield "ended the instant after", text(low), text(high + MS), False
    yield "began inside, end not known", text(low), None, True
    yield "began before, end not known", text(low - MS), None, False


def earliest(first: str, last: str) -> Times:
    """The start when known, else the end."""
    low, high, long = first_instant(first), last_instant(last), timedelta(days=400)
    yield "began the instant before", text(low - MS), text(low), False
    yield "began on the first instant", text(low), text(low + long), True
    yield "began on the last instant", text(high), text(high + long), True
    yield "began the instant after", text(high + MS), text(high + long), False
    yield "only its end is known, inside", None, text(low), True


def ends_by(last: str) -> Times:
    high, long = last_instant(last), timedelta(days=9000)
    yield "ended on the last instant", text(high - long), text(high), True
    yield "ended the instant after", text(high - long), text(high + MS), False
    yield "long ago", text(high - long), text(high - long), True
    yield "not ended", text(high - long), None, False


def starts_by(last: str) -> Times:
    high, long = last_instant(last), timedelta(days=9000)
    yield "began on the last instant", text(high), text(high + long), True
    yield "began the instant after", text(high + MS), text(high + long), False
    yield "long ago", text(high - long), text(high - long), True


def by_status(make: Callable[..., Fact], code: str, **more: Any) -> Callable[[str], Fact]:
    """A fact of mid-June with the status that is tried."""
    middle = "2025-06-15T12:00:00.000Z"
    return lambda status: make(code, middle, middle, status=status, **more)


class Table:
    """Collects the cases of one measure. `base` are the facts that put the person in it."""

    def __init__(self, measure: str, patient: Patient, base: Iterable[Fact]) -> None:
        self.measure = measure
        self.patient = patient
        self.base = tuple(base)
        self.cases: list[Case] = []

    def case(
        self,
        name: str,
        outcome: Outcome,
        *facts: Fact,
        patient: Patient | None = None,
        base: Iterable[Fact] | None = None,
    ) -> None:
        assert outcome in OUTCOMES, outcome
        given = self.base if base is None else tuple(base)
        who = self.patient if patient is None else patient
        self.cases.append(Case(self.measure, name, who, (*given, *facts), outcome))

    def times(
        self,
        name: str,
        make: Make,
        times: Times,
        hit: Outcome,
        miss: Outcome,
        *,
        also: Iterable[Fact] = (),
        base: Iterable[Fact] | None = None,
        patient: Patient | None = None,
    ) -> None:
        """One case for each time."""
        for when, start, end, counts in times:
            self.case(
                f"{name}: {when}",
                hit if counts else miss,
                make(start or "", end),
                *also,
                base=base,
                patient=patient,
            )

    def choices(
        self,
        name: str,
        make: Callable[[str], Fact],
        good: Iterable[str],
        bad: Iterable[str],
        hit: Outcome,
        miss: Outcome,
        *,
        also: Iterable[Fact] = (),
        base: Iterable[Fact] | None = None,
        patient: Patient | None = None,
    ) -> None:
        """One case for each status, value set or code, good and bad."""
        for outcome, words in ((hit, good), (miss, bad)):
            for word in words:
                self.case(f"{name}: {word}", outcome, make(word), *also, base=base, patient=patient)

    def ages(self, at_end: bool, bounds: dict[int, Outcome]) -> None:
        """Each age on the period's last day (or first), with the base facts: born that day, so
        that one day more or less in the anchor shows."""
        for years, outcome in bounds.items():
            year = 2025 - years
            born = f"{year}-12-31" if at_end else f"{year}-01-01"
            sex = self.patient.sex
            self.case(f"age {years} exactly", outcome, patient=person(born, sex))
