"""`chartside tenants check`: both plans on files, with what will be missing and why."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from app.cli import app
from tests.app.vendors.statements import statement, supported

NEEDED = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Immunization")


def save(folder: Path, raw: bytes, name: str = "capability.json") -> str:
    path = folder / name
    path.write_bytes(raw)
    return str(path)


def full() -> bytes:
    read = [supported(kind, "read", "search-type") for kind in NEEDED[1:]]
    return statement(*read, supported("Patient", "read", "patch"), software={"name": "Cerner"},
                     url="https://fhir-ehr.cerner.com/r4/x/metadata",
                     implementation={"url": "https://fhir-ehr.cerner.com/r4/y"})  # fmt: skip


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["tenants", "check", *words])


def plans(result: Result, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return [line for line in found if line["plan"] == kind]


def test_both_plans_as_lines(tmp_path: Path) -> None:
    smart = save(tmp_path, b'{"scopes_supported": ["patient/Patient.crus"]}', "smart.json")
    result = run("--capability", save(tmp_path, full()), "--smart", smart, "--format", "json")
    assert result.exit_code == 0
    assert plans(result, "connection")[0]["vendor"] == "oracle"
    reads = {r["resource_type"]: r["status"] for r in plans(result, "read")}
    assert reads["Patient"] == "read"
    assert reads["Encounter"] == "doubtful"
    assert reads["Coverage"] == "not_read"
    detail = plans(result, "write")[0]
    assert (detail["route"], detail["best"]) == ("queue_for_person", "patient_telecom")
    assert detail["considered"][0]["why"]
    assert plans(result, "oddity")[0]["code"] == "url_names_other_base"


def test_scopes_and_switches_make_a_write_ready(tmp_path: Path) -> None:
    words = ["--capability", save(tmp_path, full()), "--format", "json"]
    scopes = "user/*.rs patient/Patient.u"
    on = run(*words, "--scopes", scopes, "--switch", "Patient.patch")
    assert plans(on, "write")[0]["route"] == "patient_telecom"
    off = run(*words, "--scopes", scopes, "--switch", "Patient.patch",
              "--override", "Patient.patch=off")  # fmt: skip
    assert plans(off, "write")[0]["route"] == "queue_for_person"


def test_words_for_a_person(tmp_path: Path) -> None:
    result = run("--capability", save(tmp_path, full()), "--vendor", "oracle")
    assert "read   Task               not_read  Not offered." in result.stdout
    assert "at best patient_telecom (in_ehr)" in result.stdout
    assert "odd    url_names_other_base" in result.stdout


def test_an_ehr_without_the_needed_reads_is_a_problem(tmp_path: Path) -> None:
    result = run("--capability", save(tmp_path, statement(supported("Patient", "read"))))
    assert result.exit_code == 1


def test_unreadable_files(tmp_path: Path) -> None:
    assert run("--capability", save(tmp_path, b"{}")).exit_code == 1
    assert run("--capability", save(tmp_path, full()), "--smart",
               save(tmp_path, b"", "smart.json")).exit_code == 1  # fmt: skip
    assert run("--capability", str(tmp_path / "none")).exit_code == 2
    assert run("--capability", save(tmp_path, full()), "--vendor", "nobody").exit_code == 2
    assert run("--capability", save(tmp_path, full()), "--override", "Patient").exit_code == 2
    assert run().exit_code == 2
