"""Builders of facts and charts for rule tests. Codes stand for whole value sets; no real lists."""

from datetime import UTC, datetime
from typing import Any

from app.clinical.chart import Chart
from app.clinical.elements import (
    Coding,
    Concept,
    Moment,
    Quantity,
    ReadInfo,
    Reference,
    Source,
    Span,
    Value,
)
from app.clinical.facts import (
    Component,
    Condition,
    DeviceRequest,
    Encounter,
    Fact,
    Immunization,
    Medication,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)
from app.clinical.normalize.moments import parse_moment
from app.clinical.rules.phrases import SYSTEMS
from app.clinical.value_sets import ValueSet

SOURCE = Source(ReadInfo("test", datetime(2026, 1, 1, tzinfo=UTC), "", ""), "", "")
FIELDS: dict[type[Fact], str] = {
    Encounter: "encounters",
    Condition: "conditions",
    Observation: "observations",
    Procedure: "procedures",
    ServiceRequest: "service_requests",
    DeviceRequest: "device_requests",
    Medication: "medications",
    Immunization: "immunizations",
}
Time = str | None


def stand_in(oid: str) -> ValueSet:
    """A value set with one code of our own."""
    return ValueSet(oid, oid, "test", "folder", frozenset({("urn:test", oid)}))


def concept(*codes: str) -> Concept:
    """Each either an OID (its stand-in code) or `SYSTEM code`."""
    return Concept(tuple(coding(code) for code in codes))


def coding(code: str) -> Coding:
    system, _, rest = code.partition(" ")
    return Coding(SYSTEMS[system], rest) if rest else Coding("urn:test", code)


def moment(text: str) -> Moment:
    found = parse_moment(text)
    assert found is not None, text
    return found


def span(start: Time, end: Time) -> Span:
    return Span(moment(start) if start else None, moment(end) if end else None)


def person(born: str = "1970-06-15", sex: Any = "female") -> Patient:
    return Patient(id="p", source=SOURCE, sex=sex, birth_date=moment(born) if born else None)


def visit(
    code: str, start: Time, end: Time = None, *, status: str = "finished", **more: Any
) -> Encounter:
    when = span(start, end)
    return Encounter(id=more.pop("id", f"e-{code}-{start}"), source=SOURCE, status=status,
                     types=(concept(code),), when=when, **more)  # fmt: skip


def problem(
    code: str, start: Time, end: Time = None, *, status: str = "", **more: Any
) -> Condition:
    """Active while it has no end, resolved once it has one."""
    return Condition(
        id=f"c-{code}-{start}",
        source=SOURCE,
        code=concept(code),
        clinical_status=status or ("resolved" if end else "active"),
        onset=span(start, start) if start else None,
        abatement=span(end, end) if end else None,
        **more,
    )


def result(
    code: str,
    start: Time,
    end: Time = None,
    *,
    status: str = "final",
    category: str = "laboratory",
    value: Value | None = None,
    **more: Any,
) -> Observation:
    return Observation(
        id=more.pop("id", f"o-{code}-{start}"),
        source=SOURCE,
        code=concept(code),
        status=status,
        categories=(concept(f"OBSERVATION-CATEGORY {category}"),) if category else (),
        when=span(start, end),
        value=value,
        **more,
    )


def number(value: float, unit: str = "%", comparator: str = "") -> Value:
    return Value(quantity=Quantity(value, unit, comparator))


def answer(*codes: str) -> Value:
    return Value(concept=concept(*codes))


def done(code: str, start: Time, end: Time = None, *, status: str = "completed") -> Procedure:
    return Procedure(
        id=f"x-{code}-{start}", source=SOURCE, code=concept(code), status=status,
        when=span(start, end),
    )  # fmt: skip


def order(
    code: str, at: str, *, status: str = "active", intent: str = "order", **more: Any
) -> ServiceRequest:
    return ServiceRequest(
        id=f"s-{code}-{at}", source=SOURCE, code=concept(code), status=status, intent=intent,
        authored=moment(at), **more,
    )  # fmt: skip


def device(
    code: str, at: str, *, status: str = "active", intent: str = "order", **more: Any
) -> DeviceRequest:
    return DeviceRequest(
        id=f"d-{code}-{at}", source=SOURCE, code=concept(code), status=status, intent=intent,
        authored=moment(at), **more,
    )  # fmt: skip


def medicine(
    code: str, at: Time, *, status: str = "active", intent: str = "order", **more: Any
) -> Medication:
    return Medication(
        id=f"m-{code}-{at}", source=SOURCE, code=concept(code), status=status, intent=intent,
        authored=moment(at) if at else None, **more,
    )  # fmt: skip


def shot(code: str, at: str, *, status: str = "completed") -> Immunization:
    return Immunization(
        id=f"i-{code}-{at}", source=SOURCE, code=concept(code), status=status, when=moment(at)
    )


def pressure(
    start: Time, systolic: float | None, diastolic: float | None, *, end: Time = None, **more: Any
) -> Observation:
    """A blood pressure record; a component that is None is left out."""
    parts = [
        Component(concept(f"LOINC {code}"), number(value, "mm[Hg]"))
        for code, value in (("8480-6", systolic), ("8462-4", diastolic))
        if value is not None
    ]
    seen_at = more.pop("seen_at", None)
    return result(
        more.pop("code", "LOINC 85354-9"),
        start,
        end or start,
        category="vital-signs",
        components=tuple(parts),
        encounter=Reference("Encounter", seen_at) if seen_at else None,
        id=more.pop("id", f"bp-{start}-{systolic}-{diastolic}"),
        **more,
    )


def chart(patient: Patient, *facts: Fact) -> Chart:
    lists: dict[str, list[Fact]] = {}
    for fact in facts:
        lists.setdefault(FIELDS[type(fact)], []).append(fact)
    made: dict[str, Any] = {field: tuple(found) for field, found in lists.items()}
    return Chart(patient=patient, **made)
