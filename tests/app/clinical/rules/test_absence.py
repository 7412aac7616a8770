"""What is not asked for want of facts is what asking answers: over the boundary cases' charts."""

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from app.clinical.care_gaps import Measures, compile_measures
from app.clinical.care_gaps.turns import find_nodes
from app.clinical.care_gaps.verdicts import year_of
from app.clinical.chart import Chart, SearchOutcome, Unmapped
from app.clinical.rules.absence import is_absent
from app.clinical.rules.scene import KINDS, RESOURCES, Index
from app.clinical.value_sets import ValueSets
from app.sync.rule_files import load_rule_texts
from tests.app.clinical.measures.cases import CASES, compiled
from tests.app.clinical.measures.names import OID
from tests.app.clinical.measures.people import chart, person, stand_in
from tests.conftest import ROOT

MEASURES = compiled()
"""With every value set, and with every second one."""
HALVED = compile_measures(
    load_rule_texts(ROOT), ValueSets(stand_in(oid) for oid in sorted(set(OID.values()))[::2])
)
READ_AT = datetime(2025, 6, 30, tzinfo=UTC)
YEAR = year_of(date(2025, 12, 31))
SOME = CASES[::23]
CHARTS = [chart(case.patient, *case.facts) for case in SOME]


def searched(made: Chart, bad: str = "", unmapped: tuple[Unmapped, ...] = ()) -> Chart:
    outcomes = [
        SearchOutcome(kind, "denied" if kind == bad else "complete", READ_AT) for kind in RESOURCES
    ]
    return structs.replace(made, searches=tuple(outcomes), unmapped=unmapped)


def answers(index: Index, measures: Measures) -> dict[str, bool | None]:
    scene = measures.scene(index, YEAR)
    nodes = find_nodes(node for measure in measures for node in measure.nodes)
    return {
        f"{node.definition.file} {node.definition.name}": node.holds(scene)
        for node in nodes
        if not node.letters
    }


def require_same(made: Chart, measures: Measures = MEASURES) -> dict[str, bool | None]:
    """As asked today, and where every list seems to have a fact and all is in doubt, so that
    every statement is walked."""
    index, walked = (measures.index(made, as_published=False) for _ in range(2))
    walked.present, walked.doubted = frozenset(range(10_000)), frozenset(KINDS)
    found = answers(index, measures)
    assert found == answers(walked, measures)
    return found


@pytest.mark.parametrize("bad", ["", *RESOURCES])
def test_every_statement_answers_as_if_it_were_walked(bad: str) -> None:
    for made in CHARTS[::4]:
        require_same(searched(made, bad))


def test_facts_that_nobody_searched_for_are_as_they_are() -> None:
    for made in CHARTS:
        require_same(made)


def test_a_local_code_that_may_be_it_is_doubted() -> None:
    local = Unmapped("urn:local", "77", "Colonoscopy, outside", "Procedure", "p1")
    for made in CHARTS[::4]:
        found = require_same(searched(made, unmapped=(local,)))
        assert found["CMS130.toml colonoscopy within 10 years"] is not False


def test_absent_is_said_only_where_nothing_is_in_doubt() -> None:
    (measure,) = MEASURES.only(["CMS130"])
    local = Unmapped("urn:local", "77", "Colonoscopy, outside", "Procedure", "p1")
    made = chart(person("1970-06-15"))
    assert is_absent(measure.numerator, MEASURES.index(searched(made)))
    for doubted in (searched(made, "Procedure"), searched(made, unmapped=(local,))):
        assert not is_absent(measure.numerator, MEASURES.index(doubted))


def test_a_list_that_is_not_loaded_is_doubted() -> None:
    for made in CHARTS[::4]:
        assert None in require_same(searched(made), HALVED).values()


def test_most_of_a_measure_is_not_asked_of_most_people() -> None:
    """A patient without facts: no exclusion needs a walk."""
    excluding = [m.denominator_exclusion for m in MEASURES if m.denominator_exclusion]
    index = MEASURES.index(searched(chart(person("1970-06-15"))))
    for node in excluding:
        assert node.needs is not None and node.needs.isdisjoint(index.present)
        assert node.kinds.isdisjoint(index.doubted)


def test_a_kind_that_no_rule_asks_for_is_no_doubt() -> None:
    index = MEASURES.index(searched(CHARTS[0], "Appointment"))
    assert (index.missing, index.doubted) == ({}, frozenset())
    assert MEASURES.index(searched(CHARTS[0], "Procedure")).doubted == {"procedure"}
