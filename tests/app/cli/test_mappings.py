"""The commands about local codes and odd data, run as an operator would."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from app.cli import app
from app.settings import load_settings
from app.store.db import open_store
from app.store.keyfile import KEY_FILE
from app.store.records.charts import save_chart
from app.sync.data_quality import count_chart
from tests.app.clinical.normalize.charts import PATIENT, READ, chart_of, observation

LOCAL = "urn:local"
TARGET = ("loinc", "4548-4")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def rows(*words: str) -> list[dict[str, Any]]:
    result = run(*words, "--tenant", "north", "--format", "json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def keep_chart() -> None:
    coding = {"system": LOCAL, "code": "GHB", "display": "Glyco\x1b[2J Hb"}
    chart = chart_of(PATIENT, observation(code={"coding": [coding]}, issued="yesterday"))
    settings = load_settings()
    store = await open_store(settings.database, settings.data_dir / KEY_FILE)
    async with store.write("north") as tx:
        await save_chart(tx, "p1", chart, read_at=READ.read_at)
        await count_chart(tx, None, replace(chart))
    await store.close()


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "ALLOW_HTTP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    where = ("--iss", "https://ehr.example/fhir", "--client-id", "c")
    assert run("tenants", "add", "north", *where).exit_code == 0
    anyio.run(keep_chart)
    return "north"


def test_a_code_is_listed_tried_mapped_exported_and_taken_away(tenant: str) -> None:
    waiting = rows("mappings", "list")
    assert [(r["code"], r["patients"], r["display"]) for r in waiting] == [
        ("GHB", 1, "Glyco [2J Hb")
    ]
    said = {"charts": 1, "Observation": 1}
    assert rows("mappings", "set", LOCAL, "GHB", *TARGET, "--dry-run") == [
        {"changed": False, **said}
    ]
    assert rows("mappings", "list") == waiting
    assert rows("mappings", "set", LOCAL, "GHB", *TARGET) == [{"changed": True, **said}]
    assert rows("mappings", "list") == []
    mapped = rows("mappings", "export")[0]
    assert (mapped["target_system"], mapped["target_code"]) == ("http://loinc.org", "4548-4")
    assert (mapped["mapped_by"], bool(mapped["mapped_at"])) == ("system:cli", True)
    words = ("mappings", "remove", "--tenant", tenant, LOCAL, "GHB")
    assert run(*words).exit_code == 0
    assert rows("mappings", "export") == []
    assert run(*words).exit_code == 2
    assert rows("audit", "verify")[0]["holds"] is True


def test_counts_are_exported_from_a_day_on(tenant: str) -> None:
    found = {(r["resource_type"], r["code"]): r["count"] for r in rows("quality", "export")}
    assert found["Observation", "bad_date"] == 1
    assert rows("quality", "export", "--since", "2999-01-01") == []


@pytest.mark.parametrize(
    "words",
    [
        ("mappings", "set", LOCAL, "GHB", "urn:else", "1", "--tenant", "north"),
        ("quality", "export", "--since", "soon", "--tenant", "north"),
        ("mappings", "list", "--tenant", "nobody"),
        ("mappings", "export", "--tenant", "nobody"),
        ("quality", "export", "--tenant", "nobody"),
        ("mappings", "set", LOCAL, "GHB", *TARGET, "--tenant", "nobody"),
    ],
)
def test_wrong_use_is_said_and_changes_nothing(tenant: str, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, bool(result.stderr)) == (2, True)
    assert rows("mappings", "export") == []
