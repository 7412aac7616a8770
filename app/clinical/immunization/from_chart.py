"""From the chart: a patient's facts as the history that the engine takes. Judges no dose.

Immunizations by CVX, conditions, observations and procedures through the coded-observation map.
What cannot be used (no CVX, no exact day) is left out and named, never guessed.
"""

from collections.abc import Iterator
from datetime import date

from app.clinical.chart import Chart
from app.clinical.elements import Coding, Moment, Span
from app.clinical.facts import Condition, Immunization, Observation
from app.clinical.immunization.history import Dose, History, Seen
from app.clinical.immunization.import_fields import two_digits
from app.clinical.immunization.observed import ObservationMap
from app.clinical.immunization.offsets import Offset, add, parse_offset
from app.clinical.immunization.schedule import Gender
from app.clinical.terminology import SNOMED

_MONTH, _YEAR = parse_offset("1 month - 1 day"), parse_offset("1 year - 1 day")
_GENDERS: dict[str, Gender] = {"male": "Male", "female": "Female"}
_NOT_SO = frozenset({"refuted", "entered-in-error", "differential"})
_ENDED = frozenset({"inactive", "resolved"})
_NO = frozenset(
    {
        (SNOMED, "373067005"),
        (SNOMED, "260385009"),
        (SNOMED, "2667000"),
        ("http://terminology.hl7.org/CodeSystem/v2-0136", "N"),
    }
)
"""Values of an observation that deny it: no, negative, absent."""


def build_history(chart: Chart, known: ObservationMap, *, as_of: date) -> History | None:
    """None when the chart has no patient or no exact birth date: then nothing can be said.

    An ended condition counts only when it was an event (a reaction, evidence of immunity). An end
    known to a month or year is over with its last day; what begins later than `as_of`, however
    roughly that is known, is not seen yet.
    """
    birth = exact_day(chart.patient.birth_date) if chart.patient else None
    if chart.patient is None or birth is None:
        return None
    given = [i for i in chart.immunizations if i.status == "completed"]
    read = [(i, _dose(i)) for i in given]
    return History(
        birth_date=birth,
        gender=_GENDERS.get(chart.patient.sex, "Unknown"),
        doses=tuple(dose for _, dose in read if dose is not None),
        observations=tuple(_observations(chart, given, known, birth, as_of)),
        left_out=tuple(f"Immunization/{i.id}: {_missing(i)}" for i, dose in read if dose is None),
    )


def exact_day(moment: Moment | None) -> date | None:
    """The calendar day as written; None when only a month or year is known."""
    return None if moment is None or moment.precision in ("year", "month") else moment.day


def last_day(moment: Moment) -> date:
    """The last calendar day that is meant: of a month or year alone, its last one."""
    length = {"year": _YEAR, "month": _MONTH}.get(moment.precision)
    return add(moment.day, length) if length else moment.day


def _dose(fact: Immunization) -> Dose | None:
    day = exact_day(fact.when)
    if day is None or not fact.cvx:
        return None
    amount = fact.dose_quantity
    return Dose(
        id=fact.id,
        given=day,
        cvx=two_digits(fact.cvx),
        mvx=fact.mvx,
        volume=amount.value if amount and amount.unit == "mL" else None,
        expires=_expiry(fact.expires),
        condition=fact.subpotent is True,
    )


def _expiry(moment: Moment | None) -> date | None:
    """The lot's last day; of a month alone its last day is meant."""
    return None if moment is None or moment.precision == "year" else last_day(moment)


def _missing(fact: Immunization) -> str:
    return "no exact day" if fact.cvx else "no CVX code"


def _observations(
    chart: Chart, given: list[Immunization], known: ObservationMap, birth: date, as_of: date
) -> Iterator[Seen]:
    for condition in chart.conditions:
        yield from _of_condition(condition, known, birth, as_of)
    for observation in chart.observations:
        yield from _of_observation(observation, known, as_of)
    for procedure in chart.procedures:
        found = known.find(procedure.code.codings)
        if found and procedure.status == "completed" and not _is_ahead(procedure.when, as_of):
            for code in found:
                yield Seen(code=code, when=_start(procedure.when), id=f"Procedure/{procedure.id}")
    for fact in given:
        yield from _of_globulin(fact, known, as_of)


def _of_observation(fact: Observation, known: ObservationMap, as_of: date) -> Iterator[Seen]:
    found = known.find(_codings(fact))
    if not found or _is_ahead(fact.when, as_of):
        return
    if fact.standing == "counted" and _is_affirmed(fact):
        for code in found:
            yield Seen(code=code, when=_start(fact.when), id=f"Observation/{fact.id}")


def _of_condition(
    fact: Condition, known: ObservationMap, birth: date, as_of: date
) -> Iterator[Seen]:
    if fact.verification_status in _NOT_SO or _is_ahead(fact.onset, as_of):
        return
    found = known.find(fact.code.codings)
    if not found:
        return
    is_over = _is_over(fact, birth, as_of)
    for code in found:
        if not is_over or known.is_event(code):
            yield Seen(code=code, when=_start(fact.onset), id=f"Condition/{fact.id}")


def _is_over(fact: Condition, birth: date, as_of: date) -> bool:
    """Said to have ended, or its end lies surely on or before the day."""
    if fact.clinical_status in _ENDED or fact.abated is True:
        return True
    if fact.abatement_age_years is not None:
        months = round((fact.abatement_age_years + 1) * 12)
        return add(birth, Offset("", months, -1)) <= as_of
    ends = (fact.abatement.start, fact.abatement.end) if fact.abatement else ()
    return any(last_day(end) <= as_of for end in ends if end is not None)


def _is_ahead(span: Span | None, as_of: date) -> bool:
    """It begins after the day, whichever day is meant."""
    return span is not None and span.start is not None and span.start.day > as_of


def _of_globulin(fact: Immunization, known: ObservationMap, as_of: date) -> Iterator[Seen]:
    for code, months in known.given(two_digits(fact.cvx)):
        last = last_day(fact.when) if fact.when else None
        lasts = months is None or last is None or as_of < add(last, parse_offset(f"{months}m"))
        if lasts and not (fact.when and fact.when.day > as_of):
            yield Seen(code=code, when=exact_day(fact.when), id=f"Immunization/{fact.id}")


def _start(span: Span | None) -> date | None:
    return exact_day(span.start) if span else None


def _codings(fact: Observation) -> tuple[Coding, ...]:
    """What was asked and what was found: either may carry the observation's code."""
    if fact.value is None or fact.value.concept is None:
        return fact.code.codings
    return (*fact.code.codings, *fact.value.concept.codings)


def _is_affirmed(fact: Observation) -> bool:
    value = fact.value
    if value is None:
        return not fact.absent_reason
    if value.boolean is False:
        return False
    found = value.concept.codings if value.concept else ()
    return not any((c.system, c.code) in _NO for c in found)
