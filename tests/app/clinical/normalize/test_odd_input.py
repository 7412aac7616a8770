"""Odd input that real files hold: what is read, what is set aside, and that either is said."""

import json
from typing import Any

import pytest

from app.clinical.normalize import normalize_resources
from app.clinical.normalize.profile import GENERIC
from app.clinical.normalize.quality import count_types
from app.clinical.units import canonical_unit
from tests.app.clinical.normalize.charts import (
    PATIENT,
    READ,
    SUBJECT,
    chart_of,
    codes,
    observation,
    reasons,
)

CVX = "http://hl7.org/fhir/sid/cvx"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("% of total Hgb", "%"),
        ("%{HbA1c}", "%"),
        ("mg/g{creat}", "mg/g"),
        ("x10^3/uL", "10*3/uL"),
        ("Thousand/uL", "10*3/uL"),
        ("Million/uL", "10*6/uL"),
        ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}"),
        ("{copies}/mL", "/mL"),
        ("{score}", "{score}"),
        ("{whatever}", ""),
        ("widgets{x}", ""),
    ],
)
def test_units_of_real_laboratories(written: str, meant: str) -> None:
    assert canonical_unit(written) == meant


@pytest.mark.parametrize("kind", ["Group", "Device", "Location", "RelatedPerson", "Practitioner"])
@pytest.mark.parametrize("asked", ["", "p1"])
def test_what_is_about_no_patient_is_nobodys_fact(kind: str, asked: str) -> None:
    about = observation(subject={"reference": f"{kind}/p1"})
    made = chart_of(PATIENT, observation(id="o2"), about, patient_id=asked)
    assert [o.id for o in made.observations] == ["o2"]
    assert reasons(made) == ["other_patient"]


@pytest.mark.parametrize(
    ("focus", "stays"),
    [
        ([{"reference": "RelatedPerson/mother"}], False),
        ([{"reference": "Patient/p2"}], False),
        ([SUBJECT], True),
        ([{"reference": "Condition/c1"}], True),
        ([{"display": "left arm"}], True),
        ([], True),
    ],
)
def test_a_result_about_a_relative_is_not_the_patients(
    focus: list[dict[str, str]], stays: bool
) -> None:
    made = chart_of(PATIENT, observation(id="o2"), observation(focus=focus), patient_id="p1")
    assert ({o.id for o in made.observations} == {"o1", "o2"}) is stays
    assert (reasons(made) == ["other_patient"]) is not stays


@pytest.mark.parametrize(
    "written",
    [
        "call daughter 602-555-0148",
        "602-555-0148 (son)",
        "000-000-0000",
        "9999999999",
        "0000000000",
    ],
)
def test_a_number_that_may_be_somebody_elses_cannot_be_dialed(written: str) -> None:
    made = chart_of({**PATIENT, "telecom": [{"system": "phone", "value": written}]})
    assert made.patient is not None
    assert made.patient.telecom[0].value == ""
    assert made.patient.telecom[0].raw == written
    assert "phone_unreadable" in codes(made)


@pytest.mark.parametrize(
    ("written", "number", "extension"),
    [
        ("(602) 555-0148", "+16025550148", ""),
        ("602.555.0148 x22", "+16025550148", "22"),
        ("6025550148 ext. 9", "+16025550148", "9"),
        ("tel:+1-602-555-0148;ext=7", "+16025550148", "7"),
        ("Cell: 602-555-0148", "+16025550148", ""),
        ("+44 20 7946 0958", "+442079460958", ""),
        ("602\u2011555\u20110148", "+16025550148", ""),
    ],
)
def test_the_usual_writings_of_a_number(written: str, number: str, extension: str) -> None:
    made = chart_of({**PATIENT, "telecom": [{"system": "phone", "value": written}]})
    assert made.patient is not None
    found = made.patient.telecom[0]
    assert (found.value, found.extension_number) == (number, extension)


def test_a_vaccine_code_without_its_zero_is_the_same_vaccine() -> None:
    def shot(ident: str, code: str, system: str = CVX) -> dict[str, Any]:
        return {"resourceType": "Immunization", "id": ident, "status": "completed",
                "patient": SUBJECT, "occurrenceDateTime": "2024-01-01",
                "vaccineCode": {"coding": [{"system": system, "code": code}]}}  # fmt: skip

    made = chart_of(PATIENT, shot("a", "8"), shot("b", "08"), shot("c", " 8 "), shot("d", "x"),
                    shot("e", "8", "urn:local"))  # fmt: skip
    assert {i.id: i.cvx for i in made.immunizations} == {
        "a": "08", "b": "08", "c": "08", "d": "x", "e": "",
    }  # fmt: skip
    assert codes(made) == ["code_padded", "code_padded"]


def test_characters_in_another_encoding_are_said() -> None:
    text = json.dumps({**PATIENT, "name": [{"family": "Müller"}]}, ensure_ascii=False)
    for raw in (text.encode("latin-1"), b'{"resourceType": "Patient", "id": "p1", '
                b'"name": [{"family": "M\\ud800ller"}]}'):  # fmt: skip
        made = normalize_resources((raw,), profile=GENERIC, read=READ)
        assert made.patient is not None
        assert made.patient.names[0].family == "M\ufffdller"
        assert codes(made) == ["characters_replaced"]
    clean = normalize_resources((text.encode(),), profile=GENERIC, read=READ)
    assert codes(clean) == []


def test_a_list_of_resources_is_read_like_so_many_pieces() -> None:
    pieces = [PATIENT, observation(), [observation(id="deeper")], None]
    made = normalize_resources((json.dumps(pieces).encode(),), profile=GENERIC, read=READ)
    assert [o.id for o in made.observations] == ["o1"]
    assert reasons(made) == ["not_a_resource", "not_a_resource"]
    assert sum(t.read for t in count_types(made)) == 4
    nothing = normalize_resources((b"[]",), profile=GENERIC, read=READ)
    assert reasons(nothing) == ["not_a_resource"]
