"""Elements of a fact as FHIR R4 JSON: codes, times, values, the head of a resource. Pure."""

from typing import Any

from app.clinical.elements import Coding, Concept, Moment, Quantity, Source, Span, Value
from app.clinical.facts import Fact

Json = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_DAYS = {"year": 4, "month": 7, "day": 10}


def build_base(kind: str, fact: Fact) -> Json:
    return {"resourceType": kind, "id": fact.id} | kept(meta=build_meta(fact.source, fact.labels))


def build_meta(source: Source, labels: tuple[Coding, ...]) -> Json:
    """The source's own version and mark, and its security labels."""
    changed = source.last_updated
    return kept(
        versionId=source.version_id,
        lastUpdated=build_when(changed) if changed and changed.offset_min is not None else "",
        security=[build_coding(label) for label in labels],
    )


def kept(**elements: Any) -> Json:
    """FHIR has no empty elements."""
    return {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def build_coding(coding: Coding) -> Json:
    system = coding.raw_system or coding.system
    return kept(system=system, code=coding.code, display=coding.display)


def build_concept(concept: Concept) -> Json:
    return kept(coding=[build_coding(c) for c in concept.codings], text=concept.text)


def build_status(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_TERMS}/{system}", "code": code}]} if code else {}


def build_absent(code: str) -> Json:
    return build_status("data-absent-reason", code)


def build_when(moment: Moment | None) -> str:
    """As precisely as it was written; a time without a zone is told as its day, which is all that
    is certain of it."""
    if moment is None:
        return ""
    if moment.precision in _DAYS or moment.offset_min is None:
        return moment.day.isoformat()[: _DAYS.get(moment.precision, 10)]
    return moment.at.isoformat()


def build_period(span: Span | None) -> Json:
    return kept(start=build_when(span.start), end=build_when(span.end)) if span else {}


def build_timed(name: str, span: Span | None) -> Json:
    """A single moment as a dateTime, else a Period."""
    if span is None or (span.start is None and span.end is None):
        return {}
    if span.start == span.end:
        return {f"{name}DateTime": build_when(span.start)}
    return {f"{name}Period": build_period(span)}


def build_value(value: Value | None) -> Json:
    if value is None:
        return {}
    if value.low is not None or value.high is not None:
        return {"valueRange": kept(low=build_quantity(value.low), high=build_quantity(value.high))}
    return kept(
        valueQuantity=build_quantity(value.quantity),
        valueCodeableConcept=build_concept(value.concept) if value.concept else None,
        valueString=value.text,
        valueBoolean=value.boolean,
        valuePeriod=build_period(value.when),
    )


def build_quantity(quantity: Quantity | None) -> Json:
    if quantity is None:
        return {}
    coded = {"system": UCUM, "code": quantity.unit} if quantity.unit else {}
    unit = quantity.raw_unit or quantity.unit
    return kept(value=quantity.value, comparator=quantity.comparator, unit=unit) | coded
