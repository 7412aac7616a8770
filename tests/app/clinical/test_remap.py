"""Remapping a chart is the same as normalising its resources afresh with the mapping."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.clinical.chart import Chart
from app.clinical.elements import Coding
from app.clinical.normalize.kinds import KINDS
from app.clinical.remap import PLACES, remap
from app.clinical.terminology import CVX, TEXT, Mappings, has_code
from tests.app.clinical.normalize.charts import LOINC, PATIENT, SUBJECT, chart_of

LOCAL = ("urn:a", "urn:b")
A1C = Coding(LOINC, "4548-4", "HbA1c")
SCORE = Coding(LOINC, "44261-6")
SHOT = Coding(CVX, "140")


def resource(kind: str, ident: str, concept: dict[str, Any], bare: bool) -> dict[str, Any]:
    path = PLACES[kind].path
    made: dict[str, Any] = {"resourceType": kind, "id": ident, "status": "Final"}
    made[path] = (
        [concept, {"coding": [{"system": LOCAL[0], "code": "x"}]}] if path == "type" else concept
    )
    made["patient" if kind == "Immunization" else "subject"] = SUBJECT
    if bare:
        made["valueQuantity"] = {"value": 3}
    return made


CODING = st.fixed_dictionaries(
    {"system": st.sampled_from((*LOCAL, LOINC, CVX)), "code": st.sampled_from(("x", "y"))},
    optional={"display": st.sampled_from(("X", "Y"))},
)
CONCEPT = st.fixed_dictionaries(
    {}, optional={"coding": st.lists(CODING, max_size=3), "text": st.sampled_from(("x", "Words"))}
)
RESOURCES = st.lists(
    st.tuples(st.sampled_from(sorted(PLACES)), st.sampled_from("12"), CONCEPT, st.booleans()),
    max_size=5,
).map(lambda found: [PATIENT, *(resource(*parts) for parts in found)])
TABLE = st.dictionaries(
    st.tuples(st.sampled_from((*LOCAL, TEXT)), st.sampled_from(("x", "y", "words"))),
    st.sampled_from((A1C, SCORE, SHOT)),
).map(Mappings)


def plain(chart: Chart) -> Chart:
    """The chart with each fact's repairs in a fixed order."""
    fields = {
        kind.field: tuple(_sorted(f) for f in getattr(chart, kind.field))
        for kind in KINDS.values()
        if kind.field != "patient"
    }
    return replace(chart, **fields)


def _sorted(fact: Any) -> Any:
    repairs = sorted(fact.source.repairs, key=lambda r: (r.code, r.path, r.detail))
    return replace(fact, source=replace(fact.source, repairs=tuple(repairs)))


@settings(deadline=None)
@given(RESOURCES, TABLE)
def test_remapping_equals_normalising_afresh(found: list[dict[str, Any]], table: Mappings) -> None:
    once = remap(chart_of(*found), table)
    assert plain(once) == plain(chart_of(*found, mappings=table))
    assert remap(once, table) is once


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_every_kind_with_a_ruled_code_is_remapped(kind: str) -> None:
    concept = {"coding": [{"system": LOCAL[0], "code": "x"}]}
    chart = chart_of(PATIENT, resource(kind, "1", concept, False))
    target = SHOT if kind == "Immunization" else A1C
    new = remap(chart, Mappings({(LOCAL[0], "x"): target}))
    assert chart.unmapped and new.unmapped == ()
    held = getattr(getattr(new, KINDS[kind].field)[0], PLACES[kind].attribute)
    for concept_now in held if isinstance(held, tuple) else (held,):
        assert has_code(concept_now, target.system, target.code)
        assert concept_now.codings[0].code == "x"


def test_a_table_that_says_nothing_of_the_chart_changes_nothing() -> None:
    chart = chart_of(PATIENT, resource("Observation", "1", {"text": "Words"}, True))
    assert remap(chart, Mappings({("urn:c", "x"): A1C})) is chart
    assert remap(chart, Mappings({(TEXT, "words"): SHOT})).unmapped == ()


def test_a_bare_number_needs_no_unit_once_it_is_known_to_be_a_score() -> None:
    concept = {"coding": [{"system": LOCAL[0], "code": "x"}]}
    found = resource("Observation", "1", concept, True)
    before = chart_of(PATIENT, found)
    assert "unit_missing" in [w.code for w in before.warnings]
    for target in (SCORE, A1C):
        table = Mappings({(LOCAL[0], "x"): target})
        now = remap(before, table)
        assert plain(now) == plain(chart_of(PATIENT, found, mappings=table))
        assert ("unit_missing" in [w.code for w in now.warnings]) is (target is A1C)
