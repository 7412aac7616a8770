"""Taking a mapping out of a chart is the same as normalising its resources afresh without it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinical.elements import Coding
from app.clinical.remap import remap
from app.clinical.terminology import Mappings, has_code
from app.clinical.unmap import unmap
from tests.app.clinical.normalize.charts import LOINC, PATIENT, chart_of
from tests.app.clinical.test_remap import A1C, LOCAL, RESOURCES, SCORE, TABLE, plain, resource

X = Coding(LOCAL[0], "x")


@settings(deadline=None, max_examples=200)
@given(RESOURCES, TABLE, st.data())
def test_unmapping_equals_normalising_without(
    found: list[dict[str, Any]], table: Mappings, data: st.DataObject
) -> None:
    if not table.table:
        return
    key = data.draw(st.sampled_from(sorted(table.table)))
    rest = Mappings({k: v for k, v in table.table.items() if k != key})
    whole = chart_of(*found, mappings=table)
    without = remap(unmap(whole, Coding(*key), table.table[key]), rest)
    assert plain(without) == plain(chart_of(*found, mappings=rest))


def test_a_wrong_meaning_is_replaced_by_the_right_one() -> None:
    concept = {"coding": [{"system": LOCAL[0], "code": "x"}]}
    found = resource("Observation", "1", concept, True)
    before = chart_of(PATIENT, found)
    wrong = remap(before, Mappings({(LOCAL[0], "x"): SCORE}))
    right = remap(unmap(wrong, X, SCORE), Mappings({(LOCAL[0], "x"): A1C}))
    assert unmap(wrong, X, SCORE) == before
    assert [c.code for c in right.observations[0].code.codings] == ["x", "4548-4"]
    assert has_code(right.observations[0].code, LOINC, "4548-4")


def test_what_another_mapping_or_the_source_said_stays() -> None:
    said = {"coding": [{"system": LOCAL[0], "code": "x"}, {"system": LOINC, "code": "4548-4"}]}
    chart = chart_of(PATIENT, resource("Observation", "1", said, False))
    assert unmap(chart, X, Coding(LOINC, "4548-4")) is chart
    other = {"coding": [{"system": LOCAL[1], "code": "x"}]}
    mapped = chart_of(PATIENT, resource("Observation", "1", other, False),
                      mappings=Mappings({(LOCAL[1], "x"): A1C}))  # fmt: skip
    assert unmap(mapped, X, A1C) is mapped
