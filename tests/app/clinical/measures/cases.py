"""All boundary cases, and how one is judged."""

from datetime import date

from app.clinical.care_gaps import Measures, Period, compile_measures, evaluate_populations
from app.clinical.value_sets import ValueSets
from app.sync.rule_files import load_rule_texts
from tests.app.clinical.measures import (
    cms2_cases,
    cms117_cases,
    cms122_cases,
    cms125_cases,
    cms130_cases,
    cms165_cases,
    guideline_cases,
    other_cases,
)
from tests.app.clinical.measures.edges import Case, Outcome
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import chart, stand_in
from tests.conftest import ROOT

PERIOD = Period(date(2025, 1, 1), date(2025, 12, 31), date(2025, 12, 31))
STAND_INS = ValueSets(stand_in(oid) for oid in set(OID.values()))
TABLES = (
    cms2_cases.build(),
    cms117_cases.build(),
    cms122_cases.build(),
    cms125_cases.build(),
    cms130_cases.build(),
    cms165_cases.build(),
    other_cases.cervical(),
    other_cases.eyes(),
    other_cases.kidneys(),
    *guideline_cases.TABLES,
)
CASES: tuple[Case, ...] = tuple(case for table in TABLES for case in table.cases)


def compiled(texts: dict[str, str] | None = None) -> Measures:
    """The product's rule files over value sets of one invented code each."""
    return compile_measures(load_rule_texts(ROOT) if texts is None else texts, STAND_INS)


def outcome_of(case: Case, measures: Measures) -> Outcome:
    (measure,) = measures.only([case.measure])
    period = PERIOD if measure.head.origin == "ecqm" else guideline_cases.ASKED
    scene = measures.scene(measures.index(chart(case.patient, *case.facts)), period)
    found = evaluate_populations(scene, measure)
    if not found.initial_population:
        return "-"
    if found.denominator_exclusion:
        return "excluded"
    if found.numerator:
        return "counted"
    return "excepted" if found.denominator_exception else "in"
