"""Facts written back as FHIR: valid, no more than what was read, and only what decided."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fhirclient.models import (
    condition,
    devicerequest,
    diagnosticreport,
    encounter,
    immunization,
    medicationrequest,
    observation,
    patient,
    procedure,
    servicerequest,
)
from msgspec import structs

from app.clinical.care_gaps import Period, evaluate_lines
from app.clinical.care_gaps.evaluated import build_patient, build_resource, build_resources
from app.clinical.care_gaps.fhir_elements import build_value, build_when
from app.clinical.chart import Chart
from app.clinical.elements import (
    Coding,
    Concept,
    Moment,
    Name,
    Quantity,
    ReadInfo,
    Source,
    Span,
    Telecom,
    Value,
)
from app.clinical.facts import (
    Component,
    Condition,
    Coverage,
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
from app.clinical.normalize.moments import parse_moment
from tests.app.clinical.measures.cases import CASES, compiled
from tests.app.clinical.measures.people import chart

READ = ReadInfo("test", datetime(2026, 1, 1, tzinfo=UTC), "generic", "1")
CODE = Concept((Coding("http://loinc.org", "4548-4", "A1c"),), "A1c")
MODELS: dict[str, Any] = {
    "Condition": condition.Condition,
    "DeviceRequest": devicerequest.DeviceRequest,
    "DiagnosticReport": diagnosticreport.DiagnosticReport,
    "Encounter": encounter.Encounter,
    "Immunization": immunization.Immunization,
    "MedicationRequest": medicationrequest.MedicationRequest,
    "Observation": observation.Observation,
    "Patient": patient.Patient,
    "Procedure": procedure.Procedure,
    "ServiceRequest": servicerequest.ServiceRequest,
}


def when(text: str) -> Moment:
    found = parse_moment(text)
    assert found is not None
    return found


def source(kind: str) -> Source:
    return Source(READ, kind, "x", "3", when("2026-03-04T10:00:00-05:00"))


DAY = Span(when("2026-03-01"), when("2026-03-01"))
FACTS: tuple[Fact, ...] = (
    Encounter(
        id="e", source=source("Encounter"), status="finished", class_code="AMB", types=(CODE,),
        when=Span(when("2026-03-01T09:00:00-05:00"), None),
    ),
    Condition(
        id="c", source=source("Condition"), code=CODE, clinical_status="active",
        verification_status="confirmed", onset=DAY, recorded=when("2026"),
    ),
    Observation(
        id="o", source=source("Observation"), code=CODE, status="final", when=DAY,
        issued=when("2026-03-01T09:00:00Z"), value=Value(Quantity(7.4, "%", "<")),
        components=(Component(CODE, Value(text="high")), Component(CODE, None, "unknown")),
    ),
    Procedure(id="p", source=source("Procedure"), code=CODE, status="completed", when=DAY),
    DiagnosticReport(
        id="d", source=source("DiagnosticReport"), code=CODE, status="final", when=DAY
    ),
    Medication(
        id="m", source=source("MedicationRequest"), code=CODE, status="active", intent="order",
        do_not_perform=True, authored=when("2026-02"),
    ),
    Immunization(
        id="i", source=source("Immunization"), code=CODE, status="completed",
        when=when("2026-03-01"), lot="L1",
    ),
    ServiceRequest(
        id="s", source=source("ServiceRequest"), code=CODE, status="active", intent="order"
    ),
    DeviceRequest(
        id="v", source=source("DeviceRequest"), code=CODE, status="active", intent="order"
    ),
)  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=lambda f: type(f).__name__)
def test_each_kind_is_valid_fhir(fact: Fact) -> None:
    made = build_resource(fact, "Patient/p")
    assert made is not None
    read = MODELS[made["resourceType"]](made)
    assert read.as_json()["id"] == fact.id
    assert made["meta"]["versionId"] == "3"
    who = made.get("subject") or made["patient"]
    assert who == {"reference": "Patient/p"}
    assert "" not in made.values()


@pytest.mark.parametrize(
    "fact",
    [
        structs.replace(FACTS[6], when=None),
        structs.replace(FACTS[5], intent=""),
        structs.replace(FACTS[0], class_code=""),
        Coverage(id="x", source=source("Coverage"), status="active"),
    ],
    ids=["no day", "no intent", "no class", "no builder"],
)
def test_what_fhir_requires_and_is_not_known_is_not_invented(fact: Fact) -> None:
    assert build_resource(fact, "Patient/p") is None


def test_a_class_that_is_only_ours_is_told_in_words() -> None:
    made = build_resource(structs.replace(FACTS[0], class_code="", setting="virtual"), "Patient/p")
    assert made is not None
    assert made["class"] == {"display": "virtual"}


def test_the_patient_carries_no_way_to_reach_them() -> None:
    person = Patient(
        id="p", source=source("Patient"), names=(Name("official", "Vargas", ("Elena",)),),
        mrn="44", birth_date=when("1968-03-14"), sex="female",
        telecom=(Telecom("phone", "+16025550148", "602"),),
    )  # fmt: skip
    made = build_patient(person)
    assert patient.Patient(made).as_json()["birthDate"] == "1968-03-14"
    assert "telecom" not in made
    assert made["identifier"] == [{"value": "44"}]
    bare = build_patient(Patient(id="p", source=source("Patient")))
    assert set(bare) == {"resourceType", "id", "meta"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026", "2026"),
        ("2026-03", "2026-03"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T23:30:00-05:00", "2026-03-02T04:30:00+00:00"),
        ("2026-03-01T23:30:00", "2026-03-01"),
    ],
)
def test_a_time_is_told_as_precisely_as_it_is_known(text: str, told: str) -> None:
    assert build_when(when(text)) == told


def test_values_of_every_shape() -> None:
    assert build_value(Value(boolean=False)) == {"valueBoolean": False}
    assert build_value(Value(text="positive")) == {"valueString": "positive"}
    assert build_value(Value(concept=CODE))["valueCodeableConcept"]["text"] == "A1c"
    both = build_value(Value(low=Quantity(1), high=Quantity(2, "mg")))
    assert both["valueRange"]["low"] == {"value": 1}
    assert both["valueRange"]["high"]["code"] == "mg"
    assert build_value(Value(when=DAY))["valuePeriod"]["start"] == "2026-03-01"
    assert build_value(None) == {}


def test_only_what_decided_is_carried() -> None:
    measures, period = compiled(), Period(date(2025, 1, 1), date(2025, 12, 31), date(2025, 12, 31))
    carried = 0
    for case in CASES[::40]:
        made = chart(case.patient, *case.facts)
        lines = evaluate_lines(made, measures, measures.only([case.measure]), period)
        found = build_resources(made, lines)
        assert made.patient is not None
        named = {f.id for line in lines for step in line.evidence for f in step.facts}
        assert {key.split("/")[1] for key in found} <= named | {made.patient.id}
        carried += len(found) - 1
    assert carried > 0
    assert build_resources(Chart(), []) == {}
