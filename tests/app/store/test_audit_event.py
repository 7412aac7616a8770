"""Exported events have the shapes of BALP and validate as FHIR; a patient's history is complete."""

from typing import Any

import pytest
from fhirclient.models.auditevent import AuditEvent

from app.store.audit import AuditEntry, append_audit
from app.store.audit_event import BALP, build_audit_event, classify_action
from app.store.db import Store
from app.store.records.disclosures import (
    AuditRecord,
    load_patient_history,
    load_records,
)
from tests.app.store.conftest import T0, MovableClock


def record_of(action: str = "chart.viewed", **changes: Any) -> AuditRecord:
    values: dict[str, Any] = {
        "tenant_id": "north",
        "seq": 5,
        "at": T0,
        "actor_id": "u1",
        "launch_id": "l1",
        "patient_key": "k1",
        "action": action,
        "outcome": "success",
        "purpose": "TREAT",
        "request_id": "r1",
        "detail": {"why": "panel", "n": 1},
    }
    return AuditRecord(**{**values, **changes})


def test_a_read_has_two_agents_one_patient_and_its_profile() -> None:
    event = build_audit_event(record_of(), patient_id="p1", person="Alice")
    assert event["action"] == "R" and event["outcome"] == "0"
    assert event["recorded"] == "2026-11-22T09:30:00.123Z"
    assert event["meta"]["profile"] == [BALP + "IHE.BasicAudit.PatientRead"]
    assert event["subtype"][0]["code"] == "read"
    people = [agent for agent in event["agent"] if agent["requestor"]]
    assert len(event["agent"]) == 2 and people[0]["who"] == {"display": "Alice"}
    patients = [e for e in event["entity"] if e.get("role", {}).get("code") == "1"]
    assert [e["what"] for e in patients] == [{"reference": "Patient/p1"}]
    assert len(event["entity"]) >= 2
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("chart.viewed", "R"),
        ("launch_opened", "R"),
        ("contact.saved", "U"),
        ("contact.written", "U"),
        ("conflict.chosen", "U"),
        ("tenant.added", "C"),
        ("value.removed", "D"),
        ("key.rotated", "E"),
        ("launch_denied", "E"),
    ],
)
def test_what_we_call_things_becomes_a_fhir_action(action: str, verb: str) -> None:
    assert classify_action(action) == verb


@pytest.mark.parametrize("action", ["chart.viewed", "contact.saved", "key.rotated"])
@pytest.mark.parametrize("patient_key", ["", "k1"])
@pytest.mark.parametrize("detail", [{}, {"n": 1}])
def test_every_event_is_a_valid_resource(
    action: str, patient_key: str, detail: dict[str, int]
) -> None:
    record = record_of(action, patient_key=patient_key, detail=detail, request_id="")
    event = build_audit_event(record)
    again = AuditEvent(event, strict=True).as_json()
    assert again["action"] == event["action"]
    assert ("meta" in event) is (patient_key != "" and action != "key.rotated")


def test_denied_and_failed_are_told_apart() -> None:
    outcomes = [
        build_audit_event(record_of(outcome=o))["outcome"] for o in ("denied", "failure", "?")
    ]
    assert outcomes == ["4", "8", "8"]


@pytest.mark.anyio
async def test_a_patients_history_goes_six_years_back_and_filters_the_exempt(
    store: Store, clock: MovableClock
) -> None:
    async def note(purpose: str, patient: str = "p1") -> None:
        async with store.write("north") as tx:
            key = tx.patient_key(patient)
            await append_audit(tx, AuditEntry("chart.viewed", purpose=purpose, patient_key=key))

    clock.now = T0.replace(year=2020, month=11, day=21)
    await note("HRESCH")
    clock.now = T0.replace(year=2020, month=11, day=23)
    await note("HRESCH")
    await note("TREAT")
    clock.now = T0
    await note("PUBHLTH")
    await note("PUBHLTH", "p2")
    async with store.read("north") as tx:
        everything = await load_patient_history(tx, "p1")
        counted = await load_patient_history(tx, "p1", with_exempt=False)
        assert [r.seq async for r in load_records(tx, after=1)] == [2, 3, 4, 5]
    assert [record.seq for record in everything] == [2, 3, 4]
    assert [record.purpose for record in counted] == ["HRESCH", "PUBHLTH"]
    clock.now = T0.replace(year=2028, month=2, day=29)
    async with store.read("north") as tx:
        assert [record.seq for record in await load_patient_history(tx, "p1")] == [4]
