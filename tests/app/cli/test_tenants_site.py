"""A stored tenant's plans, switches, overrides and record number, as somebody types them."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.store.db import open_store
from app.store.keyfile import KEY_FILE
from app.store.records.capabilities import save_document
from app.store.tables.audit import AUDIT
from app.sync.capability import STATEMENT
from app.vendors.capability import parse_capability
from app.vendors.capability_change import digest_capability
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.vendors.statements import statement, supported
from tests.sandbox.twopeople import build_bundles

READ = [supported(t, "read", "search-type") for t in (
    "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization")]  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["tenants", *words])


def rows(*words: str, code: int = 0) -> list[dict[str, Any]]:
    result = run(*words, "--format", "json")
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def north(folder: Path) -> Path:
    added = run("add", "north", "--iss", "https://ehr.example/fhir", "--client-id", "c",
                "--vendor", "oracle", "--auth", "public")  # fmt: skip
    assert added.exit_code == 0, added.output
    return folder


def keep(folder: Path, *resources: dict[str, Any]) -> None:
    body = statement(*READ, *resources)

    async def work() -> None:
        store = await open_store(f"sqlite:///{folder / 'chartside.db'}", folder / KEY_FILE)
        async with store.write("north") as tx:
            digest = digest_capability(parse_capability(body))
            await save_document(
                tx, STATEMENT, body, digest=digest, read_at=datetime(2026, 11, 22, tzinfo=UTC)
            )
        await store.close()

    asyncio.run(work())


def actions(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    async def work() -> list[tuple[str, dict[str, Any]]]:
        store = await open_store(f"sqlite:///{folder / 'chartside.db'}", folder / KEY_FILE)
        async with store.read("north") as tx:
            found = [
                (row.action, row.detail)
                for row in await tx.all(tx.select(AUDIT).order_by(AUDIT.c.seq))
            ]
        await store.close()
        return found

    return asyncio.run(work())


def test_a_stored_tenants_plans_follow_its_statement_and_its_rules(north: Path) -> None:
    assert run("check", "north").exit_code == 2
    keep(north, supported("Patient", "read", "patch"))
    keep(north, supported("Patient", "read", "search-type", "patch"))
    found = rows("check", "north")
    kept = found[0]
    assert (kept["tenant"], kept["vendor"], kept["granted"]) == (
        "north", "oracle", "nobody launched yet",
    )  # fmt: skip
    changes = [r for r in found if r["plan"] == "change"]
    assert [(c["resource_type"], c["what"], c["came"]) for c in changes] == [
        ("Patient", "search-type", True)
    ]
    said = run("check", "north").stdout
    assert "change Patient interaction search-type: new" in said
    assert "kept   north: read 2026-11-22" in said

    assert rows("switch", "north", "Observation.read=off") == [
        {"key": "Observation.read", "on": False}
    ]
    off = {r["resource_type"]: r for r in rows("check", "north", code=1) if r["plan"] == "read"}
    assert off["Observation"]["reason"] == "switched_off"
    assert rows("override", "north", "Observation.read=on", "Patient.patch=on")
    again = rows("check", "north", "--scopes", "patient/*.rs patient/Patient.u")
    assert next(r for r in again if r.get("resource_type") == "Observation")["status"] != "not_read"
    assert next(r for r in again if r["plan"] == "write")["route"] == "patient_telecom"
    assert rows("override", "north", "Observation.read=clear", "Patient.patch=clear") == []
    assert [a for a in actions(north) if a[0] == "tenant.switches"] == [
        ("tenant.switches", {"Observation.read": False})
    ]


def test_what_was_typed_outweighs_what_is_stored(north: Path) -> None:
    keep(north, supported("Patient", "read", "patch"))
    words = ("check", "north", "--scopes", "patient/*.rs patient/Patient.u")
    assert next(r for r in rows(*words) if r["plan"] == "write")["route"] == "queue_for_person"
    on = rows(*words, "--switch", "Patient.patch")
    assert next(r for r in on if r["plan"] == "write")["route"] == "patient_telecom"


@pytest.mark.parametrize("flag", ["Patient.patch", "Patient.fly=on", "Patient.patch=yes", "=on"])
def test_a_flag_that_is_none_is_refused(north: Path, flag: str) -> None:
    assert run("switch", "north", flag).exit_code == 2
    assert run("switch", "nowhere", "Patient.patch=on").exit_code == 2
    assert rows("switch", "north") == []


def test_the_record_number_is_the_sites_own(north: Path) -> None:
    vendor = rows("mrn", "north")[0]
    assert vendor == {"rule_of": "vendor oracle", "systems": [], "types": ["MR", "MRN"]}
    site = rows("mrn", "north", "--system", "1.2.3.%", "--type", "EPI")[0]
    assert site == {"rule_of": "site", "systems": ["1.2.3.%"], "types": ["EPI"]}
    assert rows("mrn", "north", "--clear")[0] == vendor
    assert run("mrn", "north", "--clear", "--type", "x").exit_code == 2
    assert run("mrn", "north", "--type", " ").exit_code == 2
    assert run("mrn", "north", "--type", "a\nb").exit_code == 2


def test_a_live_check_asks_the_ehr_and_keeps_what_it_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_HTTP", "1")
    with running_sandbox(SandboxConfig(), people=build_bundles()) as ehr:
        added = run("add", "north", "--iss", f"{ehr}/oracle/fhir", "--client-id", "c", "--vendor",
                    "oracle", "--auth", "public", "--private-host", "127.0.0.1")  # fmt: skip
        assert added.exit_code == 0, added.output
        live = rows("check", "north", "--live")
    assert live[0]["scopes_listed"] is True
    stored = rows("check", "north")
    assert stored == live
    assert run("check", "north", "--live").exit_code == 1


def test_one_of_the_two_ways_must_be_asked_for(north: Path) -> None:
    assert run("check").exit_code == 2
    assert run("check", "north", "--capability", "x").exit_code == 2
    assert run("check", "nowhere").exit_code == 2
