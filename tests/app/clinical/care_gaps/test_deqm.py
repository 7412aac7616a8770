"""The DEQM document: status codes and what is referenced."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.clinical.care_gaps import Letterhead, Period, build_deqm_bundle, evaluate_lines
from app.clinical.facts import Fact
from tests.app.clinical.measures.cases import compiled
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import chart, done, medicine, person, problem, visit

MEASURES = compiled()
OFFICE = visit(OID["Office Visit"], "2025-02-01", "2025-02-01", id="v1")
HEAD = Letterhead(generated=datetime(2025, 7, 1, tzinfo=UTC), identifier="urn:uuid:1")
PATIENT = {"resourceType": "Patient", "id": "p"}


def report(*facts: Fact, today: date, measure: str = "CMS130", **more: Any) -> dict[str, Any]:
    period = Period(date(2025, 1, 1), date(2025, 12, 31), today)
    wanted = MEASURES.only([measure])
    made = chart(person(more.pop("born", "1970-06-15")), *facts)
    lines = evaluate_lines(made, MEASURES, wanted, period)
    resources = {"Patient/p": PATIENT} | more.pop("resources", {})
    results = list(zip(wanted, lines, strict=True))
    return build_deqm_bundle(results, resources, period=period, letterhead=HEAD)


def parts(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    return [r for r in resources if r["resourceType"] == kind]


@pytest.mark.parametrize(
    ("facts", "today", "code"),
    [
        ([OFFICE], date(2025, 6, 30), "prospective-gap"),
        ([OFFICE], date(2025, 12, 31), "open-gap"),
        (
            [OFFICE, done(OID["Colonoscopy"], "2020-01-01", "2020-01-01")],
            date(2025, 12, 31),
            "closed-gap",
        ),
        (
            [OFFICE, problem(OID["Malignant Neoplasm of Colon"], "2020-01-01")],
            date(2025, 12, 31),
            "closed-gap",
        ),
        ([], date(2025, 12, 31), "not-applicable"),
    ],
)
def test_gap_status(facts: list[Fact], today: date, code: str) -> None:
    (issue,) = parts(report(*facts, today=today), "DetectedIssue")
    status = issue["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]
    assert status["code"] == code
    assert issue["code"]["coding"][0]["code"] == "CAREGAP"


def test_evaluated_resources_name_their_populations() -> None:
    visit_json = {"resourceType": "Encounter", "id": "v1"}
    bundle = report(OFFICE, today=date(2025, 12, 31), resources={"Encounter/v1": visit_json})
    (measured,) = parts(bundle, "MeasureReport")
    (used,) = measured["evaluatedResource"]
    assert used["reference"] == "Encounter/v1"
    assert [e["valueString"] for e in used["extension"]] == ["initial-population"]
    assert parts(bundle, "Encounter") == [visit_json]


def test_what_the_document_lacks_is_not_referenced() -> None:
    (measured,) = parts(report(OFFICE, today=date(2025, 12, 31)), "MeasureReport")
    assert "evaluatedResource" not in measured


def test_an_inverse_measure_says_so() -> None:
    (measured,) = parts(report(today=date(2025, 12, 31), measure="CMS122"), "MeasureReport")
    assert measured["improvementNotation"]["coding"][0]["code"] == "decrease"


def test_a_medicine_is_a_medication_request() -> None:
    pill = medicine(OID["Dementia Medications"], "2025-03-01", supply_days=30.0)
    weak = problem(OID["Frailty Diagnosis"], "2025-01-01")
    key = f"MedicationRequest/{pill.id}"
    bundle = report(
        OFFICE,
        pill,
        weak,
        today=date(2025, 12, 31),
        born="1955-01-01",
        resources={key: {"resourceType": "MedicationRequest", "id": pill.id}},
    )
    (measured,) = parts(bundle, "MeasureReport")
    assert [u["reference"] for u in measured["evaluatedResource"]] == [key]


def test_nothing_known_is_still_a_document() -> None:
    bundle = build_deqm_bundle(
        [],
        {},
        period=Period(date(2025, 1, 1), date(2025, 12, 31), date(2025, 1, 1)),
        letterhead=HEAD,
    )
    assert (bundle["type"], parts(bundle, "Composition")[0]["section"]) == ("document", [])
