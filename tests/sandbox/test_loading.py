"""Folders of bundles become charts: references resolved, odd files passed over, fast."""

import json
import logging
import time
from pathlib import Path

import pytest

from sandbox.clock import Clock
from sandbox.fhir.loading import load_bundles, load_folder
from sandbox.fhir.store import Store
from sandbox.jsontypes import Json


def bundle(*resources: tuple[str, Json]) -> Json:
    """A transaction Bundle of (fullUrl, resource)."""
    entries = [{"fullUrl": url, "resource": r} for url, r in resources]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


PATIENT = ("urn:uuid:p-1", {"resourceType": "Patient", "id": "ada"})


def resource(store: Store, type_: str, id_: str) -> Json:
    found = store.get(type_, id_)
    assert found is not None
    assert found.resource is not None
    return found.resource


def test_urn_references_become_literal() -> None:
    store = Store(Clock())
    visit = {"resourceType": "Encounter", "id": "v", "subject": {"reference": "urn:uuid:p-1"}}
    load_bundles(store, [bundle(("urn:uuid:v", visit), PATIENT)])
    assert resource(store, "Encounter", "v")["subject"] == {"reference": "Patient/ada"}
    assert [v.id for v in store.of_patient("Encounter", "ada")] == ["v"]


def test_conditional_references_are_found_across_files() -> None:
    store = Store(Clock())
    doctor = {
        "resourceType": "Practitioner",
        "id": "doc",
        "identifier": [{"system": "http://npi", "value": "7"}],
    }
    visit = {
        "resourceType": "Encounter",
        "id": "v",
        "participant": [{"individual": {"reference": "Practitioner?identifier=http://npi|7"}}],
    }
    load_bundles(store, [bundle(("", visit)), bundle(("", doctor))])
    held = resource(store, "Encounter", "v")["participant"][0]["individual"]
    assert held == {"reference": "Practitioner/doc"}


def test_a_resource_without_an_id_is_called_by_its_full_url() -> None:
    store = Store(Clock())
    load_bundles(store, [bundle(("urn:uuid:abc", {"resourceType": "Patient"}))])
    assert store.patient_ids() == ["abc"]


def test_other_urns_and_contained_references_stay() -> None:
    store = Store(Clock())
    odd = {
        "resourceType": "Basic",
        "id": "b",
        "identifier": [{"value": "urn:uuid:p-1"}],
        "subject": {"reference": "#inside"},
        "author": {"reference": "urn:uuid:unknown"},
    }
    load_bundles(store, [bundle(PATIENT, ("", odd))])
    held = resource(store, "Basic", "b")
    assert held["identifier"][0]["value"] == "urn:uuid:p-1"
    assert held["subject"]["reference"] == "#inside"
    assert held["author"]["reference"] == "urn:uuid:unknown"


def test_a_folder_with_odd_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "one.json").write_bytes(
        b"\xef\xbb\xbf" + json.dumps(bundle(PATIENT)).encode()
    )
    (tmp_path / "single.json").write_text('{"resourceType": "Patient", "id": "single"}')
    lines = '{"resourceType": "Patient", "id": "l1"}\n\n{"resourceType": "Patient", "id": "l2"}\n'
    (tmp_path / "many.ndjson").write_text(lines)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "other.json").write_text('{"name": "not FHIR"}')
    (tmp_path / "notes.txt").write_text("not read")
    store = Store(Clock())
    with caplog.at_level(logging.WARNING, "sandbox.loading"):
        assert load_folder(store, tmp_path) == 4
    assert sorted(store.patient_ids()) == ["ada", "l1", "l2", "single"]
    assert len(caplog.records) == 3


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_folder(Store(Clock()), tmp_path / "none")


@pytest.mark.shared
def test_twelve_real_charts_load_fast_and_whole(shared_data: Path) -> None:
    store = Store(Clock())
    started = time.perf_counter()
    load_folder(store, shared_data / "synthea")
    assert time.perf_counter() - started < 3
    assert len(store.patient_ids()) == 12
    assert dict(store.types())["Observation"] == 1260
    for type_ in ("Observation", "Encounter", "Condition", "Immunization"):
        for version in store.of_type(type_):
            assert len(version.patients) == 1, version.key
            assert b'"reference":"urn:' not in version.body
