"""The fast way and the lenient way read clean resources alike."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.clinical.chart import SearchOutcome
from app.clinical.normalize import normalize_resources
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.lenient import convert_resource
from app.clinical.normalize.profile import GENERIC
from tests.app.clinical.normalize.charts import READ, chart_of
from tests.app.clinical.normalize.samples import SAMPLES


def agree(resource: dict[str, Any]) -> None:
    kind = KINDS[resource["resourceType"]]
    raw, notes = convert_resource(resource, kind.shape)
    assert kind.decode(orjson.dumps(resource)) == raw
    assert notes == ()


@pytest.mark.parametrize("resource", SAMPLES, ids=lambda r: str(r["resourceType"]))
def test_samples(resource: dict[str, Any]) -> None:
    agree(resource)
    chart = chart_of(resource)
    assert not chart.set_aside
    assert not chart.warnings


def test_samples_cover_every_kind() -> None:
    assert {r["resourceType"] for r in SAMPLES} == set(KINDS)


@pytest.mark.parametrize("patient_id", ["", "p1"])
def test_searches_that_brought_nothing(patient_id: str) -> None:
    """As an empty Bundle says it, which goes the long way."""
    searches = (
        SearchOutcome("Flag", "denied", READ.read_at, "fhir_forbidden"),
        SearchOutcome("Consent", "complete", READ.read_at),
    )
    empty = orjson.dumps({"resourceType": "Bundle", "type": "searchset"})
    short, long = [
        normalize_resources(
            pieces, profile=GENERIC, read=READ, searches=searches, patient_id=patient_id
        )
        for pieces in ((), (empty,))
    ]
    assert short == long
    assert [s.resource_type for s in short.searches] == ["Consent", "Flag"]


@pytest.mark.shared
def test_real_charts(shared_data: Path) -> None:
    seen = 0
    for path in (*shared_data.glob("synthea/*.json"), *shared_data.glob("ecqm/CMS*/*.json")):
        for entry in json.loads(path.read_bytes())["entry"]:
            if entry["resource"]["resourceType"] in KINDS:
                agree(entry["resource"])
                seen += 1
    assert seen > 2500


def test_each_shape_is_tagged_with_its_type() -> None:
    assert {name: kind.shape.__struct_config__.tag for name, kind in KINDS.items()} == {
        name: name for name in KINDS
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Parameters", "id": "x"},  # a type that the one pass does not list
        {"resourceType": "Observation", "id": "x", "status": 7},
        {"resourceType": "Bundle", "type": "collection"},
        {"id": "x"},
        None,
    ],
)
def test_one_pass_and_resource_by_resource_read_alike(odd: Any) -> None:
    """One odd resource sends the whole Bundle the long way; the others' facts stay the same."""
    medication = {"resourceType": "Medication", "id": "m9", "code": {"text": "Example"}}
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "incomplete"}],
    }
    clean = chart_of(*SAMPLES, medication, outcome)
    long = chart_of(*SAMPLES, medication, outcome, odd)
    for field in ("patient", "conditions", "encounters", "medications", "searches", "tasks"):
        assert getattr(clean, field) == getattr(long, field), field
    assert [o for o in long.observations if o.id != "x"] == list(clean.observations)
    assert {"Medication", "OperationOutcome"} <= {n.resource_type for n in clean.not_used}
