"""Rows: a fact with the interval that rules compare (R2, R3, R9). Judges nothing.

An end that is not known fails every comparison; an open end (still going on) fails only those
that ask when it ended.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from app.clinical.elements import Span
from app.clinical.facts import (
    Appointment,
    Condition,
    DeviceRequest,
    DiagnosticReport,
    Encounter,
    Fact,
    Immunization,
    Medication,
    Observation,
    Procedure,
    ServiceRequest,
)
from app.clinical.rules.instants import (
    ALWAYS,
    DAY,
    FOREVER,
    NEVER,
    UNKNOWN,
    Bounds,
    add,
    add_to_day,
    bounds_of,
    day_of,
    end_of_day,
    start_of_day,
)

ACTIVE = frozenset({"active", "recurrence", "relapse"})


class Row(Struct, eq=False, gc=False):
    """A fact and its interval: `start` and `end`, each the earliest and latest it can mean. The
    same row is the same object: a fact stands in several lists as one."""

    fact: Any
    start: Bounds
    end: Bounds

    def latest(self) -> Bounds:
        """Its end when the end is known, else its start (R2)."""
        return self.end if self.end[1] < FOREVER else self.start

    def earliest(self) -> Bounds:
        """Its start when known, else its end (R2)."""
        return self.start if self.start[0] > -FOREVER else self.end

    def order(self) -> tuple[int, int, str]:
        """A total order in time, so that equal facts in any order give equal answers."""
        return self.latest()[0], self.start[0], self.fact.id


def _lasting(fact: Any, _birth: Bounds) -> Row:
    """What has a beginning and an end, or one moment that is both."""
    span: Span | None = fact.when
    if span is None or (span.start is None and span.end is None):
        return Row(fact, UNKNOWN, UNKNOWN)
    start = bounds_of(span.start)
    if span.end is span.start:
        return Row(fact, start, start)
    return Row(fact, start, NEVER if span.end is None else bounds_of(span.end))


def _given(fact: Any, _birth: Bounds) -> Row:
    at = bounds_of(fact.when)
    return Row(fact, at, at)


def _ordered(fact: Any, _birth: Bounds) -> Row:
    at = bounds_of(fact.authored)
    return Row(fact, at, at)


def birthday(birth: Bounds, years: float) -> Bounds:
    """When someone turns `years`; a fraction counts in whole months."""
    if birth == UNKNOWN:
        return UNKNOWN
    months = round(years * 12)
    return add(birth[0], months, "months"), add(birth[1], months, "months")


def _condition(fact: Condition, birth: Bounds) -> Row:
    """Prevalence (R3): onset to abatement; active without abatement goes on."""
    if fact.onset is not None:
        start = bounds_of(fact.onset.start)
    elif fact.onset_age_years is not None:
        start = birthday(birth, fact.onset_age_years)
    else:
        start = ALWAYS
    return Row(fact, start, _abatement(fact, birth))


def _abatement(fact: Condition, birth: Bounds) -> Bounds:
    if fact.abatement is not None:
        return bounds_of(fact.abatement.end)
    if fact.abatement_age_years is not None:
        low, high = birthday(birth, fact.abatement_age_years + 1)
        return UNKNOWN if (low, high) == UNKNOWN else (low - 1, high - 1)
    if fact.abated:
        return UNKNOWN
    return NEVER if fact.clinical_status in ACTIVE else UNKNOWN


def _days_of_supply(fact: Medication) -> int | None:
    days = fact.supply_days
    if days is None and fact.quantity is not None and fact.dose:
        days = fact.quantity / (fact.dose * (fact.doses_per_day or 1))
    total = None if days is None else int(days * (1 + fact.repeats))
    return total if total is None or total >= 1 else None


def _medication(fact: Medication, _birth: Bounds) -> Row:
    """The days a prescription covers (R9)."""
    opening = fact.bounds.start if fact.bounds else None
    begun = opening or fact.authored or (fact.validity.start if fact.validity else None)
    if begun is None:
        return Row(fact, UNKNOWN, UNKNOWN)
    first, last = (day_of(instant) for instant in bounds_of(begun))
    start = (start_of_day(first), start_of_day(last))
    total = _days_of_supply(fact)
    if total is not None:
        more = min(total, 36_500) - 1
        ends = (add_to_day(day, more, "days") for day in (first, last))
        return Row(fact, start, (end_of_day(next(ends)), end_of_day(next(ends))))
    if fact.bounds and fact.bounds.end is not None:
        return Row(fact, start, bounds_of(fact.bounds.end))
    return Row(fact, UNKNOWN, UNKNOWN)


BUILDERS: dict[type[Fact], Callable[[Any, Bounds], Row]] = {
    Encounter: _lasting,
    Condition: _condition,
    Observation: _lasting,
    Procedure: _lasting,
    DiagnosticReport: _lasting,
    Appointment: _lasting,
    Immunization: _given,
    ServiceRequest: _ordered,
    DeviceRequest: _ordered,
    Medication: _medication,
}
"""A fact and its person's birth → its row."""
__all__ = ["BUILDERS", "DAY", "Row", "birthday"]
