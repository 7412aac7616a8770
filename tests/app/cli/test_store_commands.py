"""The commands about tenants, people, keys, the log and the database, run as an operator would."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

ISS = "https://ehr.example/fhir"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "ALLOW_HTTP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, words, input=stdin)


def rows(*words: str) -> list[dict[str, Any]]:
    result = run(*words, "--format", "json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def add(tenant: str = "north", *more: str, stdin: str = "") -> Result:
    words = ("tenants", "add", tenant, "--iss", f"{ISS}/{tenant}", "--client-id", "c")
    return run(*words, *more, stdin=stdin)


def test_a_tenant_is_added_listed_shown_disabled_and_enabled(data_dir: Path) -> None:
    extra = ("--frame", "https://ehr.example", "--zone", "America/New_York", "--role", "clinician")
    assert add("north", *extra, "--vendor", "epic", "--name", "North Clinic").exit_code == 0
    assert rows("tenants", "list") == [
        {
            "tenant": "north",
            "name": "North Clinic",
            "vendor": "epic",
            "enabled": True,
            "iss": f"{ISS}/north",
            "client_id": "c",
        }
    ]
    shown = rows("tenants", "show", "north")[0]
    assert shown["frame_ancestors"] == ["https://ehr.example"]
    assert (shown["time_zone"], shown["default_role"]) == ("America/New_York", "clinician")
    assert run("tenants", "disable", "north").exit_code == 0
    assert rows("tenants", "list")[0]["enabled"] is False
    assert run("tenants", "enable", "north").exit_code == 0
    assert rows("tenants", "list")[0]["enabled"] is True
    assert "North Clinic" in run("tenants", "list").stdout
    assert rows("audit", "verify", "--tenant", "north")[0]["rows"] == 3


def test_a_secret_comes_from_standard_input_and_is_never_shown(data_dir: Path) -> None:
    assert add("north", "--auth", "symmetric", stdin="s3cret-canary\n").exit_code == 0
    assert "s3cret-canary" not in run("tenants", "show", "north").output
    for file in data_dir.iterdir():
        assert b"s3cret-canary" not in file.read_bytes()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--vendor", "nobody"),
        ("--zone", "Mars/Olympus"),
        ("--role", "root"),
        ("--frame", "https://ehr.example/path"),
        ("--iss", "http://ehr.example/fhir"),
        ("--auth", "telepathy"),
    ],
)
def test_wrong_use_is_said_and_exits_2(data_dir: Path, wrong: tuple[str, str]) -> None:
    result = add("north", *wrong)
    assert result.exit_code == 2 and result.stderr
    assert rows("tenants", "list") == []


def test_unknown_or_taken_ids_exit_2(data_dir: Path) -> None:
    assert add("no/slash").exit_code == 2
    assert add().exit_code == 0
    assert add().exit_code == 2
    for words in (
        ("tenants", "show", "west"),
        ("tenants", "disable", "west"),
        ("users", "role", "u1", "clinician", "--tenant", "north"),
        ("users", "role", "u1", "king", "--tenant", "north"),
        ("users", "disable", "u1", "--tenant", "north"),
        ("audit", "verify", "--tenant", "west"),
        ("keys", "rotate-signing", "--alg", "HS256"),
    ):
        assert run(*words).exit_code == 2, words
    assert rows("users", "list", "--tenant", "north") == []


def test_a_changed_log_exits_1_and_names_the_entry(data_dir: Path) -> None:
    for words in (("disable",), ("enable",), ("disable",)):
        if not data_dir.exists():
            add()
        assert run("tenants", *words, "north").exit_code == 0
    assert run("audit", "anchor").exit_code == 0
    with sqlite3.connect(data_dir / "chartside.db") as connection:
        connection.execute("DROP TRIGGER audit_refuses_update")
        connection.execute("UPDATE audit SET actor_id = 'nobody' WHERE tenant_id='north' AND seq=2")
    connection.close()
    result = run("audit", "verify", "--format", "json")
    assert result.exit_code == 1
    report = next(json.loads(line) for line in result.stdout.splitlines() if "north" in line)
    assert (report["first_bad"], report["reason"], report["holds"]) == (2, "changed", False)


def test_a_cut_log_is_found_by_the_anchors_even_when_all_of_it_is_gone(data_dir: Path) -> None:
    assert add().exit_code == 0
    with sqlite3.connect(data_dir / "chartside.db") as connection:
        connection.execute("DROP TRIGGER audit_refuses_delete")
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM audit_head")
    connection.close()
    result = run("audit", "verify", "--format", "json")
    assert result.exit_code == 1
    report = json.loads(result.stdout.splitlines()[0])
    assert (report["tenant"], report["first_bad"], report["reason"]) == ("north", 1, "missing")


def test_forged_anchors_are_counted(data_dir: Path) -> None:
    assert add().exit_code == 0
    anchors = data_dir / "audit-anchors.jsonl"
    anchors.write_text(anchors.read_text().replace('"seq":1', '"seq":0'))
    result = run("audit", "verify")
    assert result.exit_code == 1 and "1 lines" in result.stderr


def test_the_log_exports_as_audit_events_and_answers_for_a_patient(data_dir: Path) -> None:
    assert add().exit_code == 0
    exported = run("audit", "export", "--tenant", "north")
    events = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [event["resourceType"] for event in events] == ["AuditEvent"]
    words = ("audit", "disclosures", "--tenant", "north", "--patient", "p1")
    assert rows(*words) == []
    told = rows(*words, "--everything")
    assert [line["action"] for line in told] == ["disclosures.exported"]


def test_keys_are_shown_rotated_and_rewrapped(data_dir: Path) -> None:
    assert add("north", "--auth", "symmetric", stdin="s\n").exit_code == 0
    before = rows("keys", "show")
    assert sorted(line["kind"] for line in before) == ["data", "data", "signing", "signing"]
    assert "1 cells" in run("keys", "rotate", "--tenant", "north").stdout
    assert "0 cells" in run("keys", "resume", "--tenant", "north").stdout
    assert "3 data keys" in run("keys", "rewrap").stdout
    assert run("keys", "rotate-signing").exit_code == 0
    assert len(rows("keys", "show")) == 6
    assert rows("audit", "verify")[0]["holds"] is True


def test_the_database_says_whether_it_is_sound(data_dir: Path) -> None:
    found = rows("db", "upgrade")[0]
    assert found["revision"] == found["latest"] and found["database"] == "sqlite"
    assert rows("db", "check") == [{**found, "integrity": "ok"}]


def test_without_its_key_file_nothing_starts(data_dir: Path) -> None:
    assert add().exit_code == 0
    (data_dir / "chartside.key").unlink()
    result = run("tenants", "list")
    assert result.exit_code == 2 and "key file is missing" in result.stderr
