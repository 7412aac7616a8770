"""`chartside gaps`: what goes in, what comes out, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhirclient.models.bundle import Bundle
from typer.testing import CliRunner

from app.cli import app

PERIOD = ["--period-start", "2025-01-01", "--period-end", "2025-12-31"]
KEYS = [
    "patient", "measure", "group", "initial_population", "denominator", "denominator_exclusion",
    "denominator_exception", "numerator", "status", "due", "missing", "evidence",
]  # fmt: skip


def bundle(ident: str = "p1", born: str = "1970-06-15", **more: Any) -> dict[str, Any]:
    visit = {
        "resourceType": "Encounter", "id": f"e-{ident}", "status": "finished",
        "class": {"code": "AMB"}, "subject": {"reference": f"Patient/{ident}"},
        "type": [{"coding": [{"system": "http://www.nlm.nih.gov/research/umls/hcpcs",
                              "code": "G0439", "display": "Annual wellness visit"}]}],
        "period": {"start": "2025-03-01T09:00:00Z", "end": "2025-03-01T09:30:00Z"},
    }  # fmt: skip
    patient = {"resourceType": "Patient", "id": ident, "birthDate": born, "gender": "female"}
    entries = [{"resource": patient | more}, {"resource": visit}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def run(*arguments: object) -> tuple[int, list[dict[str, Any]], str]:
    found = CliRunner().invoke(app, ["gaps", *map(str, arguments)])
    lines = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    return found.exit_code, lines, found.stderr


def evaluate(path: Path, *more: str) -> tuple[int, list[dict[str, Any]], str]:
    return run("evaluate", path, *PERIOD, "--format", "json", *more)


def test_one_line_for_patient_and_measure(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(bundle()))
    code, lines, _ = evaluate(file, "--measures", "cms130, CMS125")
    assert (code, [line["measure"] for line in lines]) == (0, ["CMS130", "CMS125"])
    assert list(lines[0]) == KEYS
    assert lines[0]["patient"] == "p1"
    assert (lines[0]["initial_population"], lines[0]["numerator"]) == (1, 0)
    assert lines[0]["denominator_exception"] is None
    assert (lines[0]["status"], lines[0]["due"]) == ("open", "2025-12-31")
    assert lines[0]["evidence"][0]["says"] == "Aged 46 to 75"


def test_all_measures_without_a_choice(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(bundle()))
    _, lines, _ = evaluate(file)
    assert {"CMS2", "CMS951", "FLU", "FOLLOWUP"} <= {line["measure"] for line in lines}


def test_a_folder_with_ndjson_bundles_and_a_bulk_export(tmp_path: Path) -> None:
    (tmp_path / "expected.csv").write_text("uuid\n")
    (tmp_path / "a.json").write_text(json.dumps(bundle("a")))
    (tmp_path / "b.ndjson").write_text(
        "\n".join(json.dumps(bundle(name)) for name in ("b1", "b2")) + "\n\n"
    )
    bulk = [entry["resource"] for entry in bundle("c")["entry"]]
    (tmp_path / "Patient.ndjson").write_text(json.dumps(bulk[0]))
    (tmp_path / "Encounter.ndjson").write_text(json.dumps(bulk[1]))
    code, lines, _ = evaluate(tmp_path, "--measures", "CMS130")
    assert code == 0
    assert sorted((line["patient"], line["initial_population"]) for line in lines) == [
        ("a", 1), ("b1", 1), ("b2", 1), ("c", 1),
    ]  # fmt: skip


def test_several_patients_in_one_bundle(tmp_path: Path) -> None:
    both = bundle("a")
    both["entry"] += bundle("b", born="2001-01-01")["entry"]
    (tmp_path / "two.json").write_text(json.dumps(both))
    _, lines, _ = evaluate(tmp_path, "--measures", "CMS130")
    assert [(line["patient"], line["initial_population"]) for line in lines] == [("a", 1), ("b", 0)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not FHIR in JSON"),
        ("[]", "no patient that can be trusted"),
        ('{"resourceType": "Observation"}', "not a Bundle or Patient (Observation)"),
        ('{"a": 1}', "not a Bundle or Patient (no resourceType)"),
        ('{"resourceType": "Bundle", "entry": []}', "no patient that can be trusted"),
        ('{"resourceType": "Bundle"}', "no patient that can be trusted"),
    ],
)
def test_a_bad_file_is_told_and_the_others_are_evaluated(
    tmp_path: Path, content: str, reason: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    (tmp_path / "good.json").write_text(json.dumps(bundle()))
    code, lines, errors = evaluate(tmp_path, "--measures", "CMS130")
    assert code == 1
    assert [line["patient"] for line in lines] == ["p1"]
    assert f"bad.json: {reason}" in errors


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle()), encoding=encoding)
    code, lines, _ = evaluate(tmp_path, "--measures", "CMS130")
    assert (code, lines[0]["initial_population"]) == (0, 1)


def test_oddly_typed_parts_do_not_lose_the_patient(tmp_path: Path) -> None:
    odd = bundle()
    odd["entry"] += [None, {"resource": {"resourceType": "Observation", "subject": [1]}}]
    odd["entry"].append({"resource": {"resourceType": 7}})
    (tmp_path / "odd.json").write_text(json.dumps(odd))
    code, lines, errors = evaluate(tmp_path, "--measures", "CMS130")
    assert (code, lines[0]["initial_population"]) == (0, 1)
    assert "resources set aside" in errors


def test_a_bad_line_is_told_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "some.ndjson"
    file.write_text(json.dumps(bundle()) + "\n{oops\n")
    code, lines, errors = evaluate(file, "--measures", "CMS130")
    assert (code, len(lines)) == (1, 1)
    assert "line 2 is not a FHIR resource in JSON" in errors


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    code, lines, errors = evaluate(tmp_path)
    assert (code, lines) == (1, [])
    assert "no JSON or NDJSON in it" in errors


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--measures", "CMS999"], "There is no measure CMS999."),
        (["--period-start", "2025-01-01"], "give both"),
        (["--period-start", "2025-12-31", "--period-end", "2025-01-01"], "lies before"),
        (["--valuesets", "/nowhere"], "is not a folder of value sets"),
    ],
)
def test_wrong_use_ends_with_2(tmp_path: Path, arguments: list[str], reason: str) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle()))
    code, lines, errors = run("evaluate", tmp_path, "--format", "json", *arguments)
    assert (code, lines) == (2, [])
    assert reason in errors


def test_a_path_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    assert evaluate(tmp_path / "nothing")[0] == 2


def test_value_sets_from_a_folder(tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    sets.mkdir()
    (sets / "broken.json").write_text("{")
    (tmp_path / "one.json").write_text(json.dumps(bundle()))
    code, _, errors = evaluate(tmp_path / "one.json", "--valuesets", str(sets))
    assert code == 2 and "broken.json is not JSON" in errors
    (sets / "broken.json").write_text('{"resourceType": "Bundle"}')
    code, _, errors = evaluate(tmp_path / "one.json", "--valuesets", str(sets))
    assert code == 2 and "holds no FHIR ValueSet" in errors
    wellness = "2.16.840.1.113883.3.526.3.1240"
    empty = {"resourceType": "ValueSet", "id": wellness, "expansion": {"contains": []}}
    (sets / "broken.json").write_text(json.dumps(empty))
    code, lines, _ = evaluate(
        tmp_path / "one.json", "--valuesets", str(sets), "--measures", "CMS130"
    )
    assert (code, lines[0]["initial_population"]) == (0, 0), "the folder comes before the starter"


def test_a_table_for_people(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle()))
    found = CliRunner().invoke(
        app, ["gaps", "evaluate", str(tmp_path), *PERIOD, "--measures", "CMS130"]
    )
    head, line = found.stdout.splitlines()
    assert head.split()[:4] == ["patient", "measure", "IP", "den"]
    assert line.split() == ["p1", "CMS130", "1", "1", "0", "-", "0", "open", "2025-12-31"]


def test_this_year_without_a_period(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle()))
    code, lines, _ = run(
        "evaluate", tmp_path, "--format", "json", "--measures", "CMS130", "--today", "2025-06-01"
    )
    assert (code, lines[0]["initial_population"], lines[0]["due"]) == (0, 1, "2025-12-31")


def test_a_report_is_a_deqm_document(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle()))
    code, (report,), _ = run("report", tmp_path, *PERIOD, "--measures", "CMS130,CMS125,CMS122")
    assert code == 0
    Bundle(report)  # the model refuses what is not FHIR R4
    kinds = [entry["resource"]["resourceType"] for entry in report["entry"]]
    assert kinds == ["Composition", *["MeasureReport", "DetectedIssue"] * 3,
                     "Organization", "Patient", "Encounter"]  # fmt: skip
    status = [
        e["resource"]["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        for e in report["entry"]
        if e["resource"]["resourceType"] == "DetectedIssue"
    ]
    assert status == ["open-gap", "open-gap", "not-applicable"]
    known = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in report["entry"]}
    assert set(references(report)) <= known, "the document is whole"


def test_what_is_not_known_is_left_out_of_a_report(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(bundle(birthDate=None)))
    code, (report,), errors = run("report", tmp_path, *PERIOD, "--measures", "CMS130,CMS122")
    assert code == 0
    assert "p1: CMS130 is not known, left out" in errors
    assert report["type"] == "document"


def test_a_report_tells_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert run("report", tmp_path, *PERIOD)[0] == 1


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [found for item in value.values() for found in references(item)]
