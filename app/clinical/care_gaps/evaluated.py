"""Facts written back as FHIR R4 resources, for a report that must carry what decided. Pure.

What the fact holds, and no more: the original stays in the EHR under the same id. A fact that
lacks an element which FHIR requires gives no resource, and is then not referenced.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from app.clinical.care_gaps.deqm import resource_key
from app.clinical.care_gaps.fhir_elements import (
    Json,
    build_absent,
    build_base,
    build_concept,
    build_period,
    build_status,
    build_timed,
    build_value,
    build_when,
    kept,
)
from app.clinical.care_gaps.lines import GapLine
from app.clinical.chart import Chart
from app.clinical.facts import (
    Condition,
    DeviceRequest,
    DiagnosticReport,
    Encounter,
    Fact,
    Immunization,
    Medication,
    Observation,
    Patient,
    Procedure,
    ServiceRequest,
)

_TERMS = "http://terminology.hl7.org/CodeSystem"
_LISTS = (
    "encounters", "conditions", "observations", "medications", "immunizations", "procedures",
    "service_requests", "device_requests", "diagnostic_reports",
)  # fmt: skip


def build_resources(chart: Chart, lines: Iterable[GapLine]) -> dict[str, Json]:
    """`Type/id` → resource: the patient, and each fact that the lines' steps rest on."""
    if chart.patient is None:
        return {}
    wanted = {resource_key(f) for line in lines for step in line.evidence for f in step.facts}
    subject = f"Patient/{chart.patient.id}"
    found = {subject: build_patient(chart.patient)}
    for fact in _facts(chart):
        built = build_resource(fact, subject)
        key = f"{built['resourceType']}/{fact.id}" if built else ""
        if built and key in wanted:
            found[key] = built
    return found


def _facts(chart: Chart) -> Iterator[Fact]:
    for name in _LISTS:
        yield from getattr(chart, name)


def build_patient(patient: Patient) -> Json:
    """Who it is: name, birth date, sex, record number. No address, no telecom."""
    name = patient.legal_name or patient.display_name
    spelt = {"family": name.family, "given": list(name.given), "text": name.text} if name else {}
    number = next((i for i in patient.identifiers if i.value == patient.mrn and i.value), None)
    system = number.raw_system or number.system if number else ""
    return build_base("Patient", patient) | kept(
        identifier=[kept(system=system, value=patient.mrn)] if patient.mrn else None,
        name=[kept(**spelt)] if kept(**spelt) else None,
        gender=patient.sex,
        birthDate=build_when(patient.birth_date),
    )


def build_resource(fact: Fact, subject: str) -> Json | None:
    """None for a kind without a builder, or where a required element is not known."""
    build = _BUILDERS.get(type(fact))
    made = build(fact) if build else None
    if made is None:
        return None
    kind, body, required = made
    if any(not body.get(name) for name in required):
        return None
    who = "patient" if kind == "Immunization" else "subject"
    return build_base(kind, fact) | body | {who: {"reference": subject}}


Built = tuple[str, Json, tuple[str, ...]]
"""Resource type, its elements, and those that FHIR requires beside the subject."""


def _encounter(fact: Encounter) -> Built:
    coding = {"system": f"{_TERMS}/v3-ActCode", "code": fact.class_code}
    body = kept(
        status=fact.status,
        type=[build_concept(c) for c in fact.types],
        period=build_period(fact.when),
    )
    body["class"] = coding if fact.class_code else kept(display=fact.setting)
    return "Encounter", body, ("status", "class")


def _condition(fact: Condition) -> Built:
    return (
        "Condition",
        kept(
            clinicalStatus=build_status("condition-clinical", fact.clinical_status),
            verificationStatus=build_status("condition-ver-status", fact.verification_status),
            code=build_concept(fact.code),
            **build_timed("onset", fact.onset),
            **build_timed("abatement", fact.abatement),
            recordedDate=build_when(fact.recorded),
        ),
        (),
    )


def _observation(fact: Observation) -> Built:
    components = [
        kept(
            code=build_concept(c.code),
            **build_value(c.value),
            dataAbsentReason=build_absent(c.absent_reason),
        )
        for c in fact.components
    ]
    return (
        "Observation",
        kept(
            status=fact.status,
            category=[build_concept(c) for c in fact.categories],
            code=build_concept(fact.code),
            **build_timed("effective", fact.when),
            issued=build_when(fact.issued)
            if fact.issued and fact.issued.offset_min is not None
            else "",
            **build_value(fact.value),
            dataAbsentReason=build_absent(fact.absent_reason),
            component=components,
        ),
        ("status", "code"),
    )


def _procedure(fact: Procedure) -> Built:
    timed = build_timed("performed", fact.when)
    return (
        "Procedure",
        kept(status=fact.status, code=build_concept(fact.code), **timed),
        ("status",),
    )


def _diagnostic_report(fact: DiagnosticReport) -> Built:
    return (
        "DiagnosticReport",
        kept(
            status=fact.status,
            category=[build_concept(c) for c in fact.categories],
            code=build_concept(fact.code),
            **build_timed("effective", fact.when),
        ),
        ("status", "code"),
    )


def _medication(fact: Medication) -> Built:
    return (
        "MedicationRequest",
        kept(
            status=fact.status,
            intent=fact.intent,
            doNotPerform=fact.do_not_perform or None,
            medicationCodeableConcept=build_concept(fact.code),
            authoredOn=build_when(fact.authored),
        ),
        ("status", "intent", "medicationCodeableConcept"),
    )


def _immunization(fact: Immunization) -> Built:
    return (
        "Immunization",
        kept(
            status=fact.status,
            statusReason=build_concept(fact.reason),
            vaccineCode=build_concept(fact.code),
            occurrenceDateTime=build_when(fact.when),
            lotNumber=fact.lot,
        ),
        ("status", "vaccineCode", "occurrenceDateTime"),
    )


def _service_request(fact: ServiceRequest) -> Built:
    return (
        "ServiceRequest",
        kept(
            status=fact.status,
            intent=fact.intent,
            doNotPerform=fact.do_not_perform or None,
            code=build_concept(fact.code),
            authoredOn=build_when(fact.authored),
        ),
        ("status", "intent"),
    )


def _device_request(fact: DeviceRequest) -> Built:
    return (
        "DeviceRequest",
        kept(
            status=fact.status,
            intent=fact.intent,
            codeCodeableConcept=build_concept(fact.code),
            authoredOn=build_when(fact.authored),
        ),
        ("intent", "codeCodeableConcept"),
    )


_BUILDERS: Mapping[type[Fact], Callable[[Any], Built]] = {
    Encounter: _encounter,
    Condition: _condition,
    Observation: _observation,
    Procedure: _procedure,
    DiagnosticReport: _diagnostic_report,
    Medication: _medication,
    Immunization: _immunization,
    ServiceRequest: _service_request,
    DeviceRequest: _device_request,
}
