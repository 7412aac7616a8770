"""Value sets: what is read from FHIR, what is refused, and which of two wins."""

from typing import Any

import pytest

from app.clinical.rules.phrases import SYSTEMS
from app.clinical.value_sets import ValueSet, ValueSets, parse_starter_sets, parse_value_set
from app.errors import DataError
from app.sync.rule_files import load_value_sets
from tests.conftest import ROOT


def resource(*contains: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet",
        "id": "1.2.3",
        "expansion": {"contains": list(contains)},
    } | more


def test_nested_entries_count_and_abstract_ones_do_not() -> None:
    found = parse_value_set(
        resource(
            {"system": "a", "code": "1", "contains": [{"system": "a", "code": "2"}]},
            {"system": "a", "code": "3", "abstract": True},
            {"system": "a"},
            "rubbish",
            title="Things",
            version="7",
        )
    )
    assert found.codes == {("a", "1"), ("a", "2")}
    assert (found.oid, found.title, found.version, found.origin) == (
        "1.2.3",
        "Things",
        "7",
        "folder",
    )


def test_a_misspelt_system_matches_like_a_fact_does() -> None:
    found = parse_value_set(resource({"system": "urn:oid:2.16.840.1.113883.6.1", "code": "1-8"}))
    assert found.codes == {("http://loinc.org", "1-8")}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {"resourceType": "Bundle"},
        {"resourceType": "ValueSet", "id": "1"},
        {"resourceType": "ValueSet", "expansion": {}},
    ],
)
def test_what_is_no_value_set_is_refused(bad: Any) -> None:
    with pytest.raises(DataError):
        parse_value_set(bad)


def test_the_first_of_two_wins() -> None:
    sets = ValueSets(
        ValueSet("1", "t", "", origin, frozenset()) for origin in ("folder", "starter")
    )
    found = sets.get("1")
    assert found is not None and found.origin == "folder"
    assert len(sets) == 1 and sets.get("2") is None and sets.codes("2") == frozenset()


def test_a_starter_list_of_an_unknown_system_is_refused() -> None:
    table = {"sets": {"1": {"title": "t", "codes": {"LONIC": ["1"]}}}}
    with pytest.raises(DataError, match="unknown code system"):
        parse_starter_sets(table, SYSTEMS)


def test_the_starter_lists_hold_only_what_we_may_ship() -> None:
    sets = load_value_sets(ROOT, None)
    systems = {system for oid in sets.oids for system, _ in sets.codes(oid)}
    may_ship = ("LOINC", "ICD-10-CM", "CVX", "RXNORM", "HCPCS")
    assert systems == {SYSTEMS[name] for name in may_ship}
