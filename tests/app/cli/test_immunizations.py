"""`chartside immunizations`: CDC's cases as bundles through the command, imports, wrong use."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.clinical.immunization import parse_table
from app.clinical.immunization.schedule import Schedule
from app.sync.schedule_in_force import SHIPPED, imported_table
from tests.app.clinical.immunization.explained import EXPLAINED
from tests.app.clinical.immunization.sheets import SUPPORTING_DATA, Case, load_cases, load_release

FIRST_EIGHT = [
    "patient",
    "group",
    "series_status",
    "forecast_number",
    "earliest",
    "recommended",
    "past_due",
    "doses",
]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["immunizations", *map(str, words)])


def bundle(patient: str = "p1", birth: str = "2024-01-15", **dose: str) -> str:
    resources: list[dict[str, object]] = [
        {"resourceType": "Patient", "id": patient, "birthDate": birth, "gender": "female"}
    ]
    for cvx, day in dose.items():
        resources.append(
            {
                "resourceType": "Immunization",
                "id": cvx,
                "status": "completed",
                "vaccineCode": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": cvx[1:]}]
                },
                "patient": {"reference": f"Patient/{patient}"},
                "occurrenceDateTime": day,
            }
        )
    entries = [{"resource": r} for r in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def rows_of(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.shared
@pytest.mark.parametrize("sheet", ["healthy", "condition"])
def test_the_bundles_of_the_sheets_give_the_sheets_answers(
    shared_data: Path, tmp_path: Path, sheet: str
) -> None:
    cdsi = shared_data / "cdsi"
    cases = [c for c in load_cases(cdsi, sheet) if is_told_in_fhir(c)]
    days = tmp_path / "days.csv"
    lines = [f"{c.id},{c.as_of}" for c in load_cases(cdsi, sheet)]
    days.write_text("\n".join(["patient,date", *lines]), encoding="utf-8")
    result = run(
        "forecast", cdsi / f"{sheet}_patients.ndjson", "--as-of-csv", days, "--format", "json"
    )
    found = {(row["patient"], row["group"]): row for row in rows_of(result)}
    for case in cases:
        row = found[case.id, case.group]
        dates = [row[k] or "" for k in ("earliest", "recommended", "past_due")]
        number = str(row["forecast_number"] or "")
        assert (str(row["series_status"]).lower(), number, *dates) == case.expected, case.id
        assert [d["status"] for d in doses_of(row)] == [s for s, _ in case.doses], case.id
    assert len(cases) > {"healthy": 530, "condition": 140}[sheet]


def is_told_in_fhir(case: Case) -> bool:
    """The bundles leave out the dates of observations; rows that need one cannot agree."""
    dated = any(seen.when for seen in case.history.observations)
    return case.id not in EXPLAINED and not dated


def doses_of(row: dict[str, object]) -> list[dict[str, object]]:
    doses = row["doses"]
    assert isinstance(doses, list)
    return doses


def test_a_line_has_the_named_columns_first_and_says_the_switch(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(bundle(c03="2025-02-01", c21="2025-02-10"), encoding="utf-8")
    rows = rows_of(run("forecast", path, "--as-of", "2025-11-10", "--format", "json"))
    mmr = next(r for r in rows if r["group"] == "MMR")
    assert list(mmr)[:8] == FIRST_EIGHT
    assert mmr["season_shift"] is False
    assert [(d["date"], d["cvx"], d["status"]) for d in doses_of(mmr)] == [
        ("2025-02-01", "03", "Valid"),
        ("2025-02-10", "21", "Not Valid"),
    ]
    assert doses_of(mmr)[1]["reasons"] == ["Live Virus Conflict"]
    assert doses_of(mmr)[1]["judged_in"] == "Varicella"


def test_a_folder_of_bundles_and_lines_is_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.json").write_text(bundle("a"), encoding="utf-8")
    (folder / "b.ndjson").write_text(f"{bundle('b')}\n\n{bundle('c')}\n", encoding="utf-8")
    (folder / "d.json").write_text(f"{bundle('d')}\n{bundle('e')}\n", encoding="utf-8")
    (folder / "notes.txt").write_text("not read", encoding="utf-8")
    rows = rows_of(run("forecast", folder, "--as-of", "2025-11-10", "--format", "json"))
    assert list(dict.fromkeys(r["patient"] for r in rows)) == ["a", "b", "c", "d", "e"]


def test_what_cannot_be_judged_is_said_and_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    lines = [bundle("a", birth="2020"), "{broken", bundle("c"), bundle("d")]
    path.write_text("\n".join(lines), encoding="utf-8")
    days = tmp_path / "days.csv"
    days.write_text("a,2025-11-10\nc,2025-11-10\n", encoding="utf-8")
    result = run("forecast", path, "--as-of-csv", days, "--format", "json")
    assert result.exit_code == 1
    assert {json.loads(line)["patient"] for line in result.stdout.splitlines()} == {"c"}
    assert "line 1: the patient has no exact birth date" in result.stderr
    assert "line 2: no patient that can be used" in result.stderr
    assert "line 4: no assessment date for patient d" in result.stderr


def test_a_dose_without_a_day_is_left_out_by_name(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(bundle(c03="2025"), encoding="utf-8")
    result = run("forecast", path, "--as-of", "2025-11-10", "--format", "json")
    assert "left out Immunization/c03: no exact day" in result.stderr
    assert rows_of(result)[0]["left_out"] == ["Immunization/c03: no exact day"]


def test_the_switch_carries_the_season_forward(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(bundle(birth="1990-01-15"), encoding="utf-8")
    words = ("forecast", path, "--as-of", "2027-09-01", "--format", "json")
    plain = {r["group"]: r for r in rows_of(run(*words))}
    carried = {r["group"]: r for r in rows_of(run(*words, "--season-shift"))}
    assert plain["Influenza"]["series_status"] == "Not Recommended"
    assert carried["Influenza"]["earliest"] == "2027-07-01"
    assert carried["Influenza"]["season_shift"] is True


def test_text_is_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(bundle(), encoding="utf-8")
    result = run("forecast", path, "--as-of", "2025-11-10")
    assert "p1  MMR                    Not Complete     1  2025-01-15" in result.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("forecast", "{dir}"), "--as-of"),
        (("forecast", "{dir}/none", "--as-of", "2025-01-01"), "does not exist"),
        (("forecast", "{dir}", "--as-of", "soon"), "is not a date"),
        (("forecast", "{dir}", "--as-of-csv", "{dir}/none.csv"), "cannot be read"),
        (("forecast", "{dir}", "--as-of-csv", "{dir}/bad.csv"), "each line is patient,date"),
        (("forecast", "{dir}", "--as-of", "2025-01-01", "--schedule", "{dir}/no"), "not exist"),
        (("schedule", "import", "{dir}/none"), "is not a folder"),
    ],
)
def test_wrong_use_exits_2(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    (tmp_path / "bad.csv").write_text("p1\n", encoding="utf-8")
    result = run(*(w.replace("{dir}", str(tmp_path)) for w in words))
    assert result.exit_code == 2
    assert told in result.stderr
    assert not result.stdout


@pytest.mark.shared
def test_an_imported_release_is_in_force_and_a_bad_one_changes_nothing(
    shared_data: Path, data_dir: Path, tmp_path: Path
) -> None:
    folder = shared_data / "cdsi" / SUPPORTING_DATA
    done = run("schedule", "import", folder, "--version", "9.9")
    assert done.exit_code == 0
    assert "version 9.9: 30 antigens, 143 series, 484 series doses" in done.stderr
    kept = imported_table(data_dir).read_bytes()
    bad = tmp_path / "release-9.10"
    bad.mkdir()
    for path in folder.glob("*.xml"):
        (bad / path.name).write_bytes(path.read_bytes().replace(b"<minAge>", b"<minAge>?", 1))
    refused = run("schedule", "import", bad)
    assert refused.exit_code == 1
    assert "AntigenSupportingData- COVID-19-508.xml" in refused.stderr
    assert "minAge" in refused.stderr
    assert imported_table(data_dir).read_bytes() == kept
    assert run("schedule", "show").stdout.startswith("version 9.9:")


def test_an_empty_folder_and_a_damaged_table_are_refused(data_dir: Path, tmp_path: Path) -> None:
    assert run("schedule", "import", tmp_path).exit_code == 1
    imported_table(data_dir).parent.mkdir(parents=True)
    imported_table(data_dir).write_bytes(b"{")
    result = run("schedule", "show")
    assert result.exit_code == 1
    assert "immunization-schedule.json" in result.stderr


def test_the_shipped_table_is_shown() -> None:
    result = run("schedule", "show", "--format", "json")
    antigens = [json.loads(line)["antigen"] for line in result.stdout.splitlines()]
    assert len(antigens) == 30
    assert "Measles" in antigens


@pytest.mark.shared
def test_the_shipped_table_is_the_release_without_prose(shared_data: Path, tmp_path: Path) -> None:
    target = tmp_path / "table.json"
    folder = shared_data / "cdsi" / SUPPORTING_DATA
    run("schedule", "import", folder, "--facts-only", "--output", target)
    assert target.read_bytes() == SHIPPED.read_bytes()
    release: Schedule = load_release(shared_data / "cdsi")
    assert parse_table(SHIPPED.read_bytes()).digest == release.digest
