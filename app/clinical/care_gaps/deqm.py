"""DEQM: a gaps-in-care report as the Da Vinci DEQM guide STU 5 (5.0.0) shapes it. Sends nothing.

A document Bundle: Composition, one individual MeasureReport and one DetectedIssue for each
measure, and the resources that decided. https://hl7.org/fhir/us/davinci-deqm/ (5.0.0)

Status: open → open-gap, or prospective-gap while the period still runs; met and excluded →
closed-gap; outside the initial population → not-applicable. What is not known has no code there:
such a measure is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from app.clinical.care_gaps.evidence import FactRef, Step
from app.clinical.care_gaps.lines import GapLine
from app.clinical.care_gaps.measures import Measure
from app.clinical.rules.windows import Period

DEQM_VERSION = "5.0.0"
_DEQM = "http://hl7.org/fhir/us/davinci-deqm"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_CRITERIA = "http://hl7.org/fhir/StructureDefinition/cqf-criteriaReference"
_POPULATIONS = (
    ("initial_population", "initial-population"),
    ("denominator", "denominator"),
    ("denominator_exclusion", "denominator-exclusion"),
    ("denominator_exception", "denominator-exception"),
    ("numerator", "numerator"),
)
_RESOURCES = {"Medication": "MedicationRequest"}
Resources = Mapping[str, Mapping[str, Any]]
"""Source resources by `Type/id`."""
Json = dict[str, Any]


class Letterhead(Struct, frozen=True, kw_only=True):
    """Who reports, when, and under which address the parts of the report are named."""

    generated: datetime
    identifier: str
    reporter: str = "Chartside"
    base: str = "https://chartside.invalid/fhir"


def build_deqm_bundle(
    results: Iterable[tuple[Measure, GapLine]],
    resources: Resources,
    *,
    period: Period,
    letterhead: Letterhead,
) -> Json:
    """One patient's report. `resources` must hold the Patient; an evaluated resource that it
    lacks is not referenced, for the document must be whole."""
    known = [(m, line) for m, line in results if line.status != "unknown"]
    patient = known[0][1].patient if known else ""
    parts: list[Json] = [_composition(known, patient, letterhead)]
    for measure, line in known:
        parts.append(_measure_report(measure, line, resources, period, letterhead))
        parts.append(_detected_issue(line, period))
    parts.append(_organization(letterhead))
    wanted = {f"Patient/{patient}": None}
    wanted.update((key, None) for _, line in known for key in _evaluated(line.evidence, resources))
    parts.extend(dict(resources[key]) for key in wanted if key in resources)
    return {
        "resourceType": "Bundle",
        "meta": _profile("gaps-bundle-deqm"),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": letterhead.identifier},
        "type": "document",
        "timestamp": letterhead.generated.isoformat(),
        "entry": [
            {"fullUrl": f"{letterhead.base}/{p['resourceType']}/{p['id']}", "resource": p}
            for p in parts
        ],
    }


def gap_status(line: GapLine, period: Period) -> str:
    """The guide's code for a result."""
    if line.status == "not_applicable":
        return "not-applicable"
    if line.status != "open":
        return "closed-gap"
    return "prospective-gap" if period.end > period.today else "open-gap"


def _composition(
    known: list[tuple[Measure, GapLine]], patient: str, letterhead: Letterhead
) -> Json:
    return {
        "resourceType": "Composition",
        "id": "gaps",
        "meta": _profile("gaps-composition-deqm"),
        "status": "final",
        "type": _coded("http://loinc.org", "96315-7", "Gaps in care report"),
        "subject": _pointer("Patient", patient),
        "date": letterhead.generated.isoformat(),
        "author": [_pointer("Organization", "reporter")],
        "title": "Care gap report",
        "section": [
            {
                "title": measure.head.title,
                "focus": _pointer("MeasureReport", _id(line)),
                "entry": [_pointer("DetectedIssue", _id(line))],
            }
            for measure, line in known
        ],
    }


def _measure_report(
    measure: Measure,
    line: GapLine,
    resources: Resources,
    period: Period,
    letterhead: Letterhead,
) -> Json:
    direction = "increase" if measure.head.better == "higher" else "decrease"
    report = {
        "resourceType": "MeasureReport",
        "id": _id(line),
        "meta": _profile("indv-measurereport-deqm"),
        "extension": [
            {
                "url": f"{_DEQM}/StructureDefinition/extension-measureScoring",
                "valueCodeableConcept": _coded(f"{_TERMS}/measure-scoring", "proportion"),
            }
        ],
        "status": "complete",
        "type": "individual",
        "measure": f"{measure.head.url}|{measure.head.version}".replace(" ", "-"),
        "subject": _pointer("Patient", line.patient),
        "date": letterhead.generated.isoformat(),
        "reporter": _pointer("Organization", "reporter"),
        "period": {"start": _day(period.start), "end": _day(period.end)},
        "improvementNotation": _coded(f"{_TERMS}/measure-improvement-notation", direction),
        "group": [{"id": line.group, "population": list(_populations(line))}],
    }
    evaluated = _evaluated(line.evidence, resources)
    if evaluated:
        report["evaluatedResource"] = [_used(key, names) for key, names in evaluated.items()]
    return report


def _populations(line: GapLine) -> Iterator[Json]:
    for field, code in _POPULATIONS:
        count = getattr(line, field)
        if count is not None:
            yield {"code": _coded(f"{_TERMS}/measure-population", code), "count": count}


def _detected_issue(line: GapLine, period: Period) -> Json:
    status = _coded(f"{_DEQM}/CodeSystem/gaps-status", gap_status(line, period))
    return {
        "resourceType": "DetectedIssue",
        "id": _id(line),
        "meta": _profile("gaps-detectedissue-deqm"),
        "modifierExtension": [
            {
                "url": f"{_DEQM}/StructureDefinition/extension-gapStatus",
                "valueCodeableConcept": status,
            }
        ],
        "status": "final",
        "code": _coded(f"{_TERMS}/v3-ActCode", "CAREGAP", "Care Gaps"),
        "patient": _pointer("Patient", line.patient),
        "evidence": [{"detail": [_pointer("MeasureReport", _id(line))]}],
    }


def _evaluated(steps: Iterable[Step], resources: Resources) -> dict[str, list[str]]:
    """Resources that decided, each with the populations that it decided."""
    found: dict[str, list[str]] = {}
    codes = dict(_POPULATIONS)
    for step in steps:
        for fact in step.facts:
            key = resource_key(fact)
            names = found.setdefault(key, []) if key in resources else []
            if codes[step.population] not in names:
                names.append(codes[step.population])
    return found


def resource_key(fact: FactRef) -> str:
    """`Type/id` of the resource that a fact came from."""
    return f"{_RESOURCES.get(fact.kind, fact.kind)}/{fact.id}"


def _used(key: str, populations: list[str]) -> Json:
    extension = [{"url": _CRITERIA, "valueString": name} for name in populations]
    return {"extension": extension, "reference": key}


def _organization(letterhead: Letterhead) -> Json:
    return {"resourceType": "Organization", "id": "reporter", "name": letterhead.reporter}


def _id(line: GapLine) -> str:
    return f"{line.measure}-{line.group}"


def _profile(name: str) -> Json:
    return {"profile": [f"{_DEQM}/StructureDefinition/{name}|{DEQM_VERSION}"]}


def _coded(system: str, code: str, display: str = "") -> Json:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def _pointer(kind: str, ident: str) -> Json:
    return {"reference": f"{kind}/{ident}"}


def _day(day: date) -> str:
    return day.isoformat()
