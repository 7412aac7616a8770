"""Needs: what is open, what cannot be told, and in which order."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.clinical.care_gaps import Gap, Measures, evaluate_gaps
from app.clinical.chart import Chart
from app.clinical.immunization import Tables, evaluate_outlook
from app.clinical.needs import LATE, OLD, PLAIN, PRESSING, UNTOLD, Need, Needs, build_needs
from app.settings import ROOT
from app.sync.rule_files import load_measures
from app.sync.schedule_in_force import load_tables
from tests.app.clinical.immunization.test_outlook import TODAY, chart, dose


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return load_tables(Path(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def measures() -> Measures:
    return load_measures(ROOT)


@pytest.fixture
def gap(measures: Measures) -> Gap:
    return next(
        g for g in evaluate_gaps(chart(), measures, today=TODAY) if g.status == "not_applicable"
    )


def needs_of(found: Chart, tables: Tables, *gaps: Gap) -> Needs:
    return build_needs(gaps, evaluate_outlook(found, tables, today=TODAY))


def test_vaccines_due_are_told_with_their_days(tables: Tables) -> None:
    found = needs_of(chart(born="2026-05-24"), tables)
    first = found.items[0]
    assert (first.kind, first.status) == ("vaccine", "overdue")
    assert first.due is not None and first.since == first.due + timedelta(days=1)
    assert found.best_on == TODAY and found.best_count >= 5


def test_what_cannot_be_told_is_one_row_and_not_none(tables: Tables) -> None:
    unread = needs_of(chart(Immunization="partial"), tables)
    assert unread.items == (Need(kind="vaccine", key="", status="unknown"),)
    assert (unread.best_on, unread.best_count) == (None, 0)
    assert needs_of(chart(born=""), tables).items == unread.items


def test_who_has_died_needs_nothing(tables: Tables, gap: Gap) -> None:
    assert needs_of(chart(died=True), tables, replace(gap, status="open")) == Needs()


def test_a_refused_dose_is_asked_nobody_again(tables: Tables) -> None:
    keys = {n.key for n in needs_of(chart(), tables).items}
    refused = {n.key for n in needs_of(chart(dose("62", "2026-01-05", refused=True)), tables).items}
    assert "HPV" in keys and "HPV" not in refused


@pytest.mark.parametrize("status", ["open", "unknown", "met"])
def test_a_vaccine_that_a_measure_asks_for_is_told_once(
    tables: Tables, gap: Gap, status: str
) -> None:
    told = replace(gap, measure="FLU", status=status, due=date(2026, 12, 31))
    assert "Influenza" not in {n.key for n in needs_of(chart(), tables, told).items}
    missed = replace(told, status="not_applicable")
    assert "Influenza" in {n.key for n in needs_of(chart(), tables, missed).items}


def test_gaps_are_open_overdue_or_not_told(tables: Tables, gap: Gap) -> None:
    late = replace(gap, measure="A", status="open", due=TODAY - timedelta(days=1))
    open_gap = replace(gap, measure="B", status="open", due=date(2026, 12, 31))
    unknown = replace(gap, measure="C", status="unknown", due=None)
    met = replace(gap, measure="D", status="met", due=None)
    items = needs_of(chart(), tables, unknown, met, open_gap, late).items
    told = {n.key: n.status for n in items if n.kind == "gap"}
    assert told == {"A": "overdue", "B": "open", "C": "unknown"}
    ranks = [n.rank(TODAY) for n in items]
    assert ranks == sorted(ranks) and ranks[0] == LATE and ranks[-1] == UNTOLD


@pytest.mark.parametrize(
    ("status", "days", "rank"),
    [
        ("overdue", -1, LATE),
        ("overdue", -5 * 365, LATE),
        ("overdue", -5 * 365 - 1, OLD),
        ("due", 30, PRESSING),
        ("open", 31, PLAIN),
        ("unknown", 0, UNTOLD),
    ],
)
def test_urgency(status: str, days: int, rank: int) -> None:
    due = TODAY + timedelta(days=days)
    need = Need(kind="gap", key="x", status=status, due=due)  # type: ignore[arg-type]  # parametrized
    assert need.rank(TODAY) == rank
    assert Need(kind="gap", key="x", status="due").rank(TODAY) == PLAIN
