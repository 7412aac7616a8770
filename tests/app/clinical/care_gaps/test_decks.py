"""The published test decks: every development case of the nine measures, one test each."""

import csv
from datetime import date
from pathlib import Path

import pytest

from app.clinical.care_gaps import Measures, Period, evaluate_lines
from app.sync.patient_files import read_patients
from app.sync.rule_files import load_measures
from tests.conftest import ROOT, SHARED_DATA

POPULATIONS = (
    "initial_population",
    "denominator",
    "denominator_exclusion",
    "denominator_exception",
    "numerator",
)
Case = tuple[str, dict[str, str]]


def cases() -> list[Case]:
    decks = sorted((SHARED_DATA / "ecqm").glob("CMS*/expected.csv"))
    return [
        (d.parent.name, row) for d in decks for row in csv.DictReader(d.read_text().splitlines())
    ]


def name(case: Case) -> str:
    return f"{case[0]} {case[1]['test_name']}"


@pytest.fixture(scope="session")
def measures(shared_data: Path) -> Measures:
    return load_measures(ROOT, shared_data / "ecqm" / "valuesets")


@pytest.mark.shared
@pytest.mark.parametrize("case", [pytest.param(c, id=name(c)) for c in cases()])
def test_populations_equal_the_published_ones(
    case: Case, measures: Measures, shared_data: Path
) -> None:
    measure, row = case
    (found,) = read_patients(shared_data / "ecqm" / measure / f"{row['uuid']}.json")
    assert found.chart is not None
    period = Period(
        date.fromisoformat(row["period_start"]),
        date.fromisoformat(row["period_end"]),
        date.fromisoformat(row["period_end"]),
    )
    (line,) = evaluate_lines(found.chart, measures, measures.only([measure]), period)
    got = {p: getattr(line, p) for p in POPULATIONS}
    assert got == {p: int(row[p]) if row[p] else None for p in POPULATIONS}
    assert line.status != "unknown", "the deck's bundles are complete"


@pytest.mark.shared
def test_the_decks_hold_the_cases_they_are_known_for(shared_data: Path) -> None:
    assert len(cases()) == 193
