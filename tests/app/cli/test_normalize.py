"""`chartside normalize`: one fact per line, counts that add up, exits that a script can use."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from tests.app.clinical.normalize.charts import bundle, observation
from tests.app.clinical.normalize.samples import SAMPLES


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["normalize", *words])


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def save(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def test_each_fact_is_a_line_with_its_provenance(tmp_path: Path) -> None:
    path = save(tmp_path, "chart.json", bundle(*SAMPLES))
    result = run(str(path), "--vendor", "epic", "--format", "json")
    assert result.exit_code == 0
    facts = lines(result.stdout)
    assert len(facts) == len(SAMPLES)
    assert {f["patient"] for f in facts} == {"p1"}
    source = facts[0]["source"]
    assert source["read"]["source_system"] == "file:chart.json"
    assert source["read"]["profile"] == "epic 1"
    assert (source["resource_type"], source["version_id"]) == ("Patient", "3")


def test_counts_and_warnings_go_to_stderr_and_add_up(tmp_path: Path) -> None:
    wrong = observation(id="o2", status="entered-in-error")
    odd = observation(id="o3", status="Final")
    path = save(tmp_path, "c.json", bundle(SAMPLES[0], observation(), wrong, odd, {"x": 1}))
    result = run(str(path), "--format", "json")
    assert result.exit_code == 1
    told = lines(result.stderr)
    counts = {t["counts"]: t for t in told if "counts" in t}
    for count in counts.values():
        parts = (count[n] for n in ("facts", "excluded", "quarantined", "unused"))
        assert count["read"] == sum(parts)
    assert (counts["Observation"]["read"], counts["Observation"]["excluded"]) == (3, 1)
    assert counts[""]["quarantined"] == 1
    assert [t for t in told if "warning" in t] == [
        {"warning": "status_cleaned", "resource_type": "Observation", "count": 1}
    ]


def test_a_folder_of_bulk_lines_is_a_population(tmp_path: Path) -> None:
    people = [{**SAMPLES[0], "id": f"p{n}"} for n in (1, 2)]
    shots = [observation(id=f"o{n}", subject={"reference": f"Patient/p{n}"}) for n in (1, 2, 3)]
    save(tmp_path, "Patient.ndjson", b"\n".join(json.dumps(p).encode() for p in people))
    save(tmp_path, "Observation.ndjson", b"\n\n".join(json.dumps(s).encode() for s in shots))
    save(tmp_path, "notes.txt", b"not for us")
    result = run(str(tmp_path), "--format", "json")
    assert result.exit_code == 0
    owned = Counter((f["kind"], f["patient"]) for f in lines(result.stdout))
    assert owned == {
        ("patient", "p1"): 1,
        ("patient", "p2"): 1,
        ("observation", "p1"): 1,
        ("observation", "p2"): 1,
        ("observation", "p3"): 1,
    }
    assert lines(result.stderr)[-1] == {"patients": 2}


def test_text_for_people(tmp_path: Path) -> None:
    local = observation(code={"coding": [{"system": "urn:x", "code": "7", "display": "Glu"}]})
    path = save(tmp_path, "c.json", bundle(SAMPLES[0], local, {"resourceType": "Claim"}))
    result = run(str(path))
    assert result.exit_code == 0
    assert "observation" in result.stdout
    assert "Glu" in result.stdout
    assert "unmapped: Observation urn:x|7" in result.stderr
    assert "counts: Claim" in result.stderr


def test_what_qualifies_the_facts_is_told(tmp_path: Path) -> None:
    more = {"coding": [{"code": "4119"}]}
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "informational", "details": more}],
    }
    old = {
        "resourceType": "Patient",
        "id": "old",
        "link": [{"type": "replaced-by", "other": {"reference": "Patient/p1"}}],
    }
    path = save(tmp_path, "c.json", bundle(SAMPLES[0], old, outcome))
    told = lines(run(str(path), "--vendor", "epic", "--format", "json").stderr)
    assert [t["search"]["completeness"] for t in told if "search" in t] == ["partial"]
    assert [t["alias"] for t in told if "alias" in t] == [{"old": "old", "new": "p1"}]


def test_an_empty_file_is_a_problem_found(tmp_path: Path) -> None:
    assert run(str(save(tmp_path, "c.json", b""))).exit_code == 1


def test_wrong_use(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.json")).exit_code == 2
    assert run(str(tmp_path)).exit_code == 2
    path = save(tmp_path, "c.json", b"{}")
    assert run(str(path), "--vendor", "nobody").exit_code == 2
    assert run(str(path), "--format", "xml").exit_code == 2


def test_a_broken_file_is_a_problem_found(tmp_path: Path) -> None:
    path = save(tmp_path, "c.json", bundle(*SAMPLES)[:-30])
    result = run(str(path), "--format", "json")
    assert result.exit_code == 1
    assert len(lines(result.stdout)) == len(SAMPLES) - 1


@pytest.mark.shared
def test_the_synthea_charts(shared_data: Path) -> None:
    result = run(str(shared_data / "synthea"), "--format", "json")
    assert result.exit_code == 0
    counts = [t for t in lines(result.stderr) if "counts" in t]
    assert sum(c["facts"] for c in counts) == len(lines(result.stdout)) > 1900


@pytest.mark.parametrize("name", ["export.json", "export.ndjson"])
def test_lines_under_any_name_with_a_byte_order_mark(tmp_path: Path, name: str) -> None:
    rows = [SAMPLES[0], observation(), observation(id="o2")]
    raw = b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(row).encode() for row in rows) + b"\n\n"
    result = run(str(save(tmp_path, name, raw)), "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert len(lines(result.stdout)) == 3


def test_a_list_of_bundles_is_as_many_patients(tmp_path: Path) -> None:
    people = [{**SAMPLES[0], "id": f"p{n}"} for n in (1, 2)]
    shots = [observation(id="o", subject={"reference": f"Patient/p{n}"}) for n in (1, 2)]
    raw = b"[" + b", ".join(bundle(*pair) for pair in zip(people, shots, strict=True)) + b"]"
    result = run(str(save(tmp_path, "all.json", raw)), "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert Counter(fact["patient"] for fact in lines(result.stdout)) == {"p1": 2, "p2": 2}


def test_a_pretty_printed_bundle_is_one_file(tmp_path: Path) -> None:
    raw = json.dumps(json.loads(bundle(SAMPLES[0], observation())), indent=2).encode()
    result = run(str(save(tmp_path, "pretty.json", raw)), "--format", "json")
    assert result.exit_code == 0
    assert len(lines(result.stdout)) == 2
