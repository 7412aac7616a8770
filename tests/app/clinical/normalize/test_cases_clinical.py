"""Cases 37 to 48: vaccines, medicines, conditions, encounters and appointments."""

from typing import Any

import pytest

from app.clinical.chart import Chart
from app.clinical.elements import Coding
from app.clinical.terminology import CVX, RXNORM, SNOMED, TEXT, Mappings, has_code
from app.vendors.oracle import PROFILE as ORACLE
from tests.app.clinical.normalize.charts import PATIENT, SUBJECT, chart_of, codes, reasons

SITE = "https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def shot(**fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "Immunization",
        "id": "i1",
        "status": "completed",
        "patient": SUBJECT,
        "occurrenceDateTime": "2020-10-01",
        "vaccineCode": {"coding": [{"system": CVX, "code": "88"}]},
        **fields,
    }


def condition(**fields: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c1", "subject": SUBJECT, **fields}


def encounter(**fields: Any) -> dict[str, Any]:
    base = {"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": SUBJECT}
    return {**base, **fields}


def appointment(**fields: Any) -> dict[str, Any]:
    actor = {"actor": SUBJECT, "status": "accepted"}
    return {"resourceType": "Appointment", "id": "a1", "participant": [actor], **fields}


def prescription(**fields: Any) -> dict[str, Any]:
    base = {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order"}
    return {**base, "subject": SUBJECT, **fields}


def oracle(*resources: dict[str, Any], **more: Any) -> Chart:
    return chart_of(*resources, profile=ORACLE.normalizer, **more)


LOCAL_VACCINE = {"system": f"{SITE}/codeSet/72", "code": "2820628"}


def test_case_37_a_dose_counts_by_cvx_only() -> None:
    both = oracle(shot(vaccineCode={"coding": [LOCAL_VACCINE, {"system": CVX, "code": "112"}]}))
    assert both.immunizations[0].cvx == "112"
    assert both.unmapped == ()
    local = oracle(shot(vaccineCode={"coding": [LOCAL_VACCINE]}))
    assert local.immunizations[0].cvx == ""
    assert [u.code for u in local.unmapped] == ["2820628"]
    words = oracle(shot(vaccineCode={"text": "Rotavirus"}))
    assert words.immunizations[0].cvx == ""
    assert [(u.system, u.code, u.display) for u in words.unmapped] == [
        (TEXT, "rotavirus", "Rotavirus")
    ]
    snomed = oracle(shot(vaccineCode={"coding": [{"system": SNOMED, "code": "871765008"}]}))
    assert snomed.immunizations[0].cvx == ""
    assert len(snomed.unmapped) == 1


def test_case_37_a_mapped_vaccine_counts_and_says_that_it_was_mapped() -> None:
    mappings = Mappings({(TEXT, "rotavirus"): Coding(CVX, "122")})
    chart = oracle(shot(vaccineCode={"text": "Rotavirus"}), mappings=mappings)
    assert chart.immunizations[0].cvx == "122"
    assert chart.immunizations[0].source.repairs[0].code == "mapped_code"
    assert chart.unmapped == ()


def test_case_38_a_refusal_is_recorded() -> None:
    refused = {"coding": [{"system": SNOMED, "code": "591000119102"}]}
    (found,) = oracle(shot(status="not-done", statusReason=refused)).immunizations
    assert (found.status, found.refused) == ("not-done", True)
    out_of_stock = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                    "code": "OSTOCK"}]
    }  # fmt: skip
    (found,) = oracle(shot(status="not-done", statusReason=out_of_stock)).immunizations
    assert found.refused is False
    (found,) = oracle(shot(statusReason=refused)).immunizations
    assert found.refused is False


def test_case_39_entered_in_error_without_code_or_date() -> None:
    nothing = {"extension": [{"url": ABSENT, "valueCode": "error"}]}
    wrong = shot(status="entered-in-error", vaccineCode=nothing, _occurrenceDateTime=nothing)
    del wrong["occurrenceDateTime"]
    chart = oracle(wrong)
    assert not chart.immunizations
    assert reasons(chart) == ["entered_in_error"]
    assert chart.unmapped == ()
    assert chart.warnings == ()


def test_case_40_a_dose_of_unknown_units_is_unknown() -> None:
    (found,) = oracle(
        shot(
            doseQuantity={"value": 0.0, "unit": "{unknownunit}", "code": "{unknownunit}"},
            protocolApplied=[{"doseNumberString": "Unknown"}],
        )
    ).immunizations
    assert found.dose_quantity is None
    assert found.dose_number == ""
    (known,) = oracle(shot(protocolApplied=[{"doseNumberPositiveInt": 2}])).immunizations
    assert known.dose_number == "2"


def test_case_41_a_medicine_by_reference() -> None:
    pointer = {"reference": "Medication/med1", "display": "lisinopril 10 mg tablet"}
    chart = chart_of(prescription(medicationReference=pointer))
    (found,) = chart.medications
    assert (found.code.text, found.code.codings, found.by_reference) == (
        "lisinopril 10 mg tablet",
        (),
        True,
    )
    assert codes(chart) == ["medication_unresolved"]
    resolved = {
        "resourceType": "Medication",
        "id": "med1",
        "code": {"coding": [{"system": RXNORM, "code": "314076"}]},
    }
    (found,) = chart_of(prescription(medicationReference=pointer), resolved).medications
    assert has_code(found.code, RXNORM, "314076")
    assert found.by_reference


def test_case_41_a_contained_medicine_with_its_ingredients() -> None:
    contained = {
        "resourceType": "Medication",
        "id": "1",
        "code": {"text": "aspirin compound"},
        "ingredient": [
            {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": "1191"}]}},
            {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": "1886"}]}},
        ],
    }
    (found,) = oracle(
        prescription(contained=[contained], medicationReference={"reference": "#1"})
    ).medications
    assert found.code.text == "aspirin compound"
    assert [i.codings[0].code for i in found.ingredients] == ["1191", "1886"]


def test_case_42_condition_in_error_without_clinical_status() -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    wrong = condition(
        verificationStatus={"coding": [{"system": system, "code": "entered-in-error"}]},
        code={"coding": [{"system": SNOMED, "code": "38341003"}]},
    )
    chart = oracle(wrong)
    assert not chart.conditions
    assert reasons(chart) == ["entered_in_error"]


def test_case_43_a_space_inside_a_systems_address() -> None:
    category = {
        "coding": [
            {
                "system": "http: //terminology.hl7.org/CodeSystem/condition-category",
                "code": "problem-list-item",
            }
        ]
    }
    chart = oracle(condition(category=[category]))
    (coding,) = chart.conditions[0].categories[0].codings
    assert coding.system == "http://terminology.hl7.org/CodeSystem/condition-category"
    assert codes(chart) == ["system_whitespace"]


def test_case_44_a_concern_in_words_matches_no_code() -> None:
    chart = oracle(condition(code={"text": "THIS IS A TEST GOAL"}))
    (found,) = chart.conditions
    assert found.code.text == "THIS IS A TEST GOAL"
    assert found.code.codings == ()
    assert chart.unmapped == ()


def test_case_45_snomed_beside_a_proprietary_problem_code() -> None:
    code = {
        "coding": [
            {"system": "http://e-imo.com/products/problem-it", "code": "55842"},
            {"system": SNOMED, "code": "38341003"},
        ]
    }
    chart = oracle(condition(code=code))
    assert has_code(chart.conditions[0].code, SNOMED, "38341003")
    assert chart.unmapped == ()


@pytest.mark.parametrize(
    ("system", "code", "setting"),
    [
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "IMP", "inpatient"),
        ("http://terminology.hl7.org/CodeSystem/v2-0004", "O", "ambulatory"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "ambulatory"),
        ("http://terminology.hl7.org/CodeSystem/v2-0004", "E", "emergency"),
        ("http://hl7.org/fhir/v3/ActCode", "VR", "virtual"),
        ("urn:oid:2.16.840.1.113883.5.4", "HH", "home"),
        ("http://example.org/classes", "O", ""),
    ],
)
def test_case_46_two_systems_of_class_in_one_setting(system: str, code: str, setting: str) -> None:
    (found,) = oracle(encounter(**{"class": {"system": system, "code": code}})).encounters
    assert found.setting == setting


def test_case_47_a_merged_encounter_is_no_visit() -> None:
    nothing = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
    merged = encounter(
        status="unknown",
        partOf={"reference": "Encounter/97845408"},
        type=[nothing],
        subject=nothing,
        **{"class": nothing},
    )
    chart = oracle(PATIENT, merged)
    assert not chart.encounters
    assert [(a.reason, a.detail, a.quarantined) for a in chart.set_aside] == [
        ("merged_alias", "97845408", False)
    ]
    real = encounter(status="unknown", partOf={"reference": "Encounter/1"}, period={
        "start": "2020-01-01"})  # fmt: skip
    assert len(oracle(real).encounters) == 1


def test_case_48_no_show_and_a_request_are_no_booked_visits() -> None:
    missed = appointment(status="noshow", start="2020-01-01T10:00:00Z")
    (found,) = oracle(missed).appointments
    assert (found.status, found.is_booked) == ("noshow", False)
    asked = appointment(
        status="proposed",
        requestedPeriod=[{"start": "2020-02-01T10:00:00Z", "end": "2020-02-05T10:00:00Z"}],
    )
    (found,) = oracle(asked).appointments
    assert found.is_booked is False
    assert found.when.start is not None
    booked = appointment(status="booked", start="2020-01-01T10:00:00Z")
    assert oracle(booked).appointments[0].is_booked
    assert not oracle(appointment(status="booked")).appointments[0].is_booked
