"""FHIR values in words: what is there is shown, what is not there is not invented."""

from datetime import UTC, date, datetime

import pytest

from sandbox.jsontypes import Json
from sandbox.window.wording import (
    read_age,
    read_clock,
    read_code,
    read_day,
    read_label,
    read_name,
    read_sex,
    read_time,
    read_value,
    read_visit,
)


@pytest.mark.parametrize(
    ("concept", "label", "code"),
    [
        ({"text": "A1c", "coding": [{"code": "4548-4", "display": "Long"}]}, "A1c", "4548-4"),
        ({"coding": [{"code": "x"}, {"code": "y", "display": "Why"}]}, "Why", "x"),
        ({"coding": [{"code": "x"}]}, "x", "x"),
        ({}, "", ""),
        (None, "", ""),
    ],
)
def test_a_concept(concept: object, label: str, code: str) -> None:
    assert (read_label(concept), read_code(concept)) == (label, code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-24", "11/24/2026"),
        ("2026-11-24T23:00:00-05:00", "11/24/2026"),
        ("2026-11", "2026-11"),
        ("2026", "2026"),
        (None, ""),
        ("soon", "soon"),
    ],
)
def test_a_day_keeps_its_precision(text: object, shown: str) -> None:
    assert read_day(text) == shown


def test_times_are_the_clinics_wall_clock_whatever_the_machine_says() -> None:
    moment = datetime(2026, 11, 24, 17, 5, tzinfo=UTC)
    assert read_clock(moment) == "12:05 PM"
    assert read_time(moment) == "11/24/2026 12:05 PM"
    assert read_visit("2026-11-24T17:05:00Z") == "11/24/2026 12:05 PM"
    assert read_visit("2026-07-01T00:05:00Z") == "06/30/2026 8:05 PM"
    assert read_visit("2026-11-24") == "11/24/2026"
    assert read_visit("") == ""


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (
            [{"use": "usual", "family": "B"}, {"use": "official", "family": "A", "given": ["C"]}],
            "A, C",
        ),
        ([{"use": "old", "family": "Old"}, {"use": "usual", "family": "New"}], "New"),
        ([{"text": "Just text"}], "Just text"),
        ([{"given": ["Cher"]}], "Cher"),
        ([{}], "No name"),
        ([], "No name"),
        (None, "No name"),
    ],
)
def test_a_name(names: object, shown: str) -> None:
    assert read_name(names) == shown


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("1968-03-14", "58 y"),
        ("2024-11-24", "2 y"),
        ("2024-11-25", "23 mo"),
        ("2026-11-24", "0 mo"),
        ("2008-02-29", "18 y"),
        ("1968", ""),
        (None, ""),
    ],
)
def test_an_age(born: object, age: str) -> None:
    assert read_age(born, date(2026, 11, 24)) == age


def test_sex() -> None:
    assert [read_sex(s) for s in ("female", "male", "other", "unknown", None)] == [
        "F",
        "M",
        "X",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ({"valueQuantity": {"value": 7.4, "unit": "%"}}, "7.4 %"),
        (
            {"valueQuantity": {"value": 60, "code": "mL/min/{1.73_m2}", "comparator": ">"}},
            ">60 mL/min",
        ),
        ({"valueQuantity": {"value": 3, "unit": "{score}"}}, "3"),
        ({"valueQuantity": {"value": 130.0744, "unit": "cm"}}, "130.07 cm"),
        (
            {
                "component": [
                    {
                        "code": {"coding": [{"code": c}]},
                        "valueQuantity": {"value": v, "unit": "mmHg"},
                    }
                    for c, v in (("8462-4", 76.8), ("8480-6", 119.7))
                ]
            },
            "119.7/76.8 mmHg",
        ),
        ({"valueQuantity": {"unit": "mg"}}, "mg"),
        ({"valueCodeableConcept": {"text": "Negative"}}, "Negative"),
        ({"valueString": "BI-RADS 1"}, "BI-RADS 1"),
        ({"valueInteger": 0}, "0"),
        ({"valueBoolean": False}, "False"),
        ({"dataAbsentReason": {"text": "Masked"}}, "Masked"),
        ({}, ""),
        (
            {
                "component": [
                    {"valueQuantity": {"value": 134, "unit": "mm[Hg]"}},
                    {"valueQuantity": {"value": 80, "unit": "mm[Hg]"}},
                ]
            },
            "134/80 mmHg",
        ),
        (
            {"component": [{"valueQuantity": {"value": 1, "unit": "g"}}, {"valueString": "low"}]},
            "1 g, low",
        ),
    ],
)
def test_a_value(resource: Json, shown: str) -> None:
    assert read_value(resource) == shown
