"""Every number and edge of the rule files, from both sides (cases in the modules beside)."""

import pytest

from app.clinical.care_gaps import Measures
from tests.app.clinical.measures.cases import CASES, TABLES, compiled, outcome_of
from tests.app.clinical.measures.edges import Case, Table


@pytest.fixture(scope="module")
def measures() -> Measures:
    return compiled()


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c.measure} {c.name}") for c in CASES])
def test_boundary(case: Case, measures: Measures) -> None:
    assert outcome_of(case, measures) == case.outcome


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.measure)
def test_every_outcome_is_tried(table: Table, measures: Measures) -> None:
    outcomes = {c.outcome for c in table.cases}
    (measure,) = measures.only([table.measure])
    possible = {"-", "in", "counted"} | ({"excluded"} if measure.denominator_exclusion else set())
    assert possible | ({"excepted"} if measure.denominator_exception else set()) == outcomes
