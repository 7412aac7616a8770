"""Whose chart it is, odd patients, and what the answers say of themselves."""

from typing import Any

from app.clinical.normalize import normalize_patient
from app.clinical.normalize.profile import GENERIC
from app.clinical.terminology import SNOMED
from tests.app.clinical.normalize.charts import (
    PATIENT,
    READ,
    SUBJECT,
    bundle,
    chart_of,
    codes,
    observation,
)
from tests.app.clinical.normalize.samples import PERIOD, concept, resource


def test_several_patients_are_taken_apart_or_not_at_all() -> None:
    two = [PATIENT, {**PATIENT, "id": "p2"}, observation(), observation(id="o9", subject=None)]
    chart = chart_of(*two)
    assert chart.patient is None
    assert {a.reason for a in chart.set_aside} == {"several_patients"}
    asked = chart_of(*two, patient_id="p1")
    assert asked.patient is not None
    assert [a.reason for a in asked.set_aside] == ["other_patient"]
    nobody = chart_of(observation(), observation(id="o2", subject={"reference": "Patient/p2"}))
    assert nobody.observations == ()


def test_a_file_of_one_patient_may_name_another_with_a_warning() -> None:
    strange = observation(subject={"reference": "Patient/other"})
    assert codes(chart_of(PATIENT, strange)) == ["subject_differs"]
    assert chart_of(PATIENT, strange, patient_id="p1").observations == ()


def test_the_first_card_needs_the_patient_only() -> None:
    found = normalize_patient(bundle(PATIENT), profile=GENERIC, read=READ, patient_id="p1")
    assert found is not None
    assert found.names[0].family == "Ames"
    other = normalize_patient(bundle(PATIENT), profile=GENERIC, read=READ, patient_id="p2")
    assert other is None


def test_interpreter_and_names() -> None:
    spoken = [{"language": {"text": "Welsh"}}, {"language": {}}]
    needed = {
        "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed",
        "valueCoding": {"system": SNOMED, "code": "373066001"},
    }
    required = {
        "url": "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired",
        "valueBoolean": False,
    }
    for extension, expected in ((needed, True), (required, False), ({"url": "x"}, None)):
        chart = chart_of({**PATIENT, "communication": spoken, "extension": [extension]})
        assert chart.patient is not None
        (language,) = chart.patient.languages
        assert (language.tag, language.text, language.interpreter) == ("", "Welsh", expected)
    unnamed = chart_of({"resourceType": "Patient", "id": "p1"}).patient
    assert unnamed is not None
    assert (unnamed.display_name, unnamed.legal_name) == (None, None)


def test_odd_patients() -> None:
    odd = chart_of(
        {
            **PATIENT,
            "gender": "x",
            "deceasedBoolean": False,
            "deceasedDateTime": "2020-01-01",
            "identifier": [
                {"system": "urn:a", "value": "1", "type": concept("urn:t", "MR")},
                {"system": "urn:b", "value": "2", "type": concept("urn:t", "MR")},
                {"system": "urn:c", "value": " "},
            ],
            "link": [{"type": "seealso"}, {"other": {"reference": "Patient/p1"},
                                           "type": "replaced-by"}],
        }
    )  # fmt: skip
    assert odd.patient is not None
    assert odd.patient.mrn == ""
    assert odd.patient.deceased.state == "deceased"
    assert sorted(codes(odd)) == [
        "deceased_conflict",
        "gender_unknown",
        "identifier_empty",
        "mrn_ambiguous",
    ]


def test_documents_and_tasks_in_error() -> None:
    wrong = resource("DocumentReference", status="current", docStatus="entered-in-error")
    assert chart_of(wrong).set_aside[0].reason == "entered_in_error"
    due = resource("Task", restriction={"period": PERIOD}, **{"for": SUBJECT})
    assert chart_of(due).tasks[0].when is not None


def test_what_answers_say_of_themselves() -> None:
    def said(issue: Any) -> list[tuple[str, str]]:
        chart = chart_of({"resourceType": "OperationOutcome", "issue": issue})
        return [(s.completeness, s.reason) for s in chart.searches]

    assert said([{"severity": "error", "code": "forbidden"}]) == [("denied", "outcome_forbidden")]
    assert said({"severity": "warning", "code": "too-costly"}) == [
        ("partial", "outcome_too_costly")
    ]
    assert said([{"severity": "information", "code": "informational"}, 7]) == []
    assert said(None) == []
    denied = {"severity": "error", "code": "forbidden", "details": {"coding": [{"code": 4}, 3]}}
    mild = {"severity": "error", "code": "exception"}
    assert said([mild, denied]) == [("denied", "outcome_forbidden")]
