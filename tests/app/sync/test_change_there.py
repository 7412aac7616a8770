"""Who changed a field in the EHR, and when: only what history and Provenance say, never a guess."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.clinical.elements import ReadInfo
from app.clinical.facts import Patient
from app.clinical.normalize import normalize_patient
from app.outreach.contact import Clash
from app.sync.change_there import build_seen, find_change, read_authors
from app.sync.patient_write import ThereChange
from app.vendors import profile_named

TODAY = date(2026, 11, 22)
READ = ReadInfo("EHR", datetime(2026, 11, 22, tzinfo=UTC), "", "")
CLASH = Clash("phone_mobile", "+16025550148", "+16025550171", "+16025550149")
OLD, THEIRS = "(602) 555-0148", "(602) 555-0149"


def version(number: int, phone: str, *, dated: bool = True) -> Patient:
    meta = {"versionId": str(number)}
    if dated:
        meta["lastUpdated"] = f"2026-11-22T1{number}:00:00Z"
    body = {
        "resourceType": "Patient",
        "id": "p",
        "meta": meta,
        "telecom": [{"system": "phone", "use": "mobile", "value": phone}],
    }
    raw, profile = json.dumps(body).encode(), profile_named("generic").normalizer
    found = normalize_patient(raw, profile=profile, read=READ, patient_id="p")
    assert found is not None
    return found


def at(hour: int) -> datetime:
    return datetime(2026, 11, 22, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ((THEIRS, OLD), ThereChange(at=at(12), is_exact=True, version="2")),
        # Later versions left the number alone: it was changed before them.
        ((THEIRS, THEIRS, OLD), ThereChange(at=at(12), is_exact=True, version="2")),
        # Changed, changed back, changed again: the last time counts.
        ((THEIRS, OLD, THEIRS, OLD), ThereChange(at=at(14), is_exact=True, version="4")),
        # It has another value meanwhile, or the history does not reach back far enough.
        ((OLD, THEIRS, OLD), None),
        ((THEIRS, THEIRS), None),
        ((), None),
    ],
)
def test_the_first_version_of_the_last_run_is_the_change(
    phones: tuple[str, ...], expected: ThereChange | None
) -> None:
    newest_first = [version(len(phones) - n, phone) for n, phone in enumerate(phones)]
    assert find_change(newest_first, CLASH, TODAY) == expected


def test_without_a_date_or_a_history_it_is_not_exact() -> None:
    undated = [version(2, THEIRS, dated=False), version(1, OLD)]
    assert find_change(undated, CLASH, TODAY) is None
    assert build_seen(version(3, THEIRS)) == ThereChange(at=at(13), version="3")
    assert build_seen(version(3, THEIRS, dated=False)) == ThereChange(version="3")


def provenance(**given: Any) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": "Patient/p/_history/2"}],
        "agent": [{"who": {"display": "  Front\ndesk "}}],
    } | given


def agent(code: str, name: str) -> dict[str, Any]:
    return {"type": {"coding": [{"code": code}]}, "who": {"display": name}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"2": "Front desk"}),
        ({"target": [{"reference": "https://x/fhir/Patient/p/_history/7"}]}, {"7": "Front desk"}),
        ({"agent": [agent("assembler", "App"), agent("author", "Dana")]}, {"2": "Dana"}),
        ({"agent": [agent("author", ""), agent("verifier", "Bob")]}, {"2": "Bob"}),
        # No version named, another record, nobody named, another thing, or our own.
        ({"target": [{"reference": "Patient/p"}]}, {}),
        ({"target": [{"reference": "Patient/q/_history/2"}]}, {}),
        ({"target": "Patient/p/_history/2"}, {}),
        ({"agent": [{"who": {"reference": "Practitioner/7"}}]}, {}),
        ({"resourceType": "Basic"}, {}),
        ({"entity": [{"what": {"identifier": {"system": "urn:chartside:intent"}}}]}, {}),
    ],
)
def test_only_a_provenance_of_that_very_version_names_somebody(
    given: dict[str, Any], expected: dict[str, str]
) -> None:
    assert read_authors(provenance(**given), "p") == expected


def test_what_is_no_provenance_names_nobody() -> None:
    assert read_authors(None, "p") == read_authors("x", "p") == {}
