"""Properties that hold for any chart: irrelevant facts, order, and how long a verdict holds."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinical.care_gaps import evaluate_gaps, evaluate_lines
from app.clinical.chart import Chart
from app.clinical.facts import Fact
from tests.app.clinical.measures.cases import CASES, PERIOD, compiled
from tests.app.clinical.measures.edges import Case
from tests.app.clinical.measures.people import (
    chart,
    device,
    done,
    medicine,
    order,
    person,
    problem,
    result,
    shot,
    visit,
)

MEASURES = compiled()
days = st.dates(date(2014, 1, 1), date(2026, 12, 31)).map(date.isoformat)
FEW = settings(deadline=None, max_examples=60)
some_case = st.sampled_from(CASES)


@st.composite
def irrelevant(draw: st.DrawFn) -> Fact:
    """A fact outside every value set, however it is dated."""
    make = draw(st.sampled_from([visit, problem, result, done, order, device, medicine, shot]))
    first = draw(days)
    fact: Fact = make("LOINC 0-0", first)  # type: ignore[operator] # builders differ in the rest
    return fact


@FEW
@given(case=some_case, others=st.lists(irrelevant(), max_size=4))
def test_a_fact_outside_every_value_set_changes_nothing(case: Case, others: list[Fact]) -> None:
    measures = MEASURES.only([case.measure])
    plain = evaluate_lines(chart(case.patient, *case.facts), MEASURES, measures, PERIOD)
    more = evaluate_lines(chart(case.patient, *case.facts, *others), MEASURES, measures, PERIOD)
    assert plain == more


@FEW
@given(case=some_case, data=st.data())
def test_order_changes_nothing(case: Case, data: st.DataObject) -> None:
    facts = data.draw(st.permutations(case.facts))
    measures = MEASURES.only([case.measure])
    plain = evaluate_lines(chart(case.patient, *case.facts), MEASURES, measures, PERIOD)
    assert evaluate_lines(chart(case.patient, *facts), MEASURES, measures, PERIOD) == plain


@FEW
@given(case=some_case, today=st.dates(date(2025, 7, 1), date(2026, 12, 31)), data=st.data())
def test_a_verdict_holds_until_the_day_it_names(
    case: Case, today: date, data: st.DataObject
) -> None:
    made = chart(case.patient, *case.facts)
    for gap in evaluate_gaps(made, MEASURES, today=today, ids=[case.measure]):
        last = (gap.valid_until or date(2037, 1, 1)) - timedelta(days=1)
        day = data.draw(st.dates(today, last) | st.just(last))
        (then,) = evaluate_gaps(made, MEASURES, today=day, ids=[case.measure])
        assert (then.status, then.due) == (gap.status, gap.due)


GUIDELINES = [m.id for m in MEASURES if m.head.origin == "guideline"]
GUIDELINE_CASES = [case for case in CASES if case.measure in GUIDELINES]


@FEW
@given(
    case=st.sampled_from(GUIDELINE_CASES),
    today=st.dates(date(2025, 7, 1), date(2026, 12, 31)),
    data=st.data(),
)
def test_a_rolling_verdict_holds_until_the_day_it_names(
    case: Case, today: date, data: st.DataObject
) -> None:
    made = chart(case.patient, *case.facts)
    (gap,) = evaluate_gaps(made, MEASURES, today=today, ids=[case.measure])
    last = (gap.valid_until or date(2037, 1, 1)) - timedelta(days=1)
    day = data.draw(st.dates(today, last) | st.just(last))
    (then,) = evaluate_gaps(made, MEASURES, today=day, ids=[case.measure])
    assert (then.status, then.due) == (gap.status, gap.due)


@FEW
@given(case=some_case, dated=days)
def test_a_later_visit_never_leaves_the_population(case: Case, dated: str) -> None:
    """More visits can only put a patient in."""
    measures = MEASURES.only([case.measure])
    (plain,) = evaluate_lines(chart(case.patient, *case.facts), MEASURES, measures, PERIOD)
    office = visit("2.16.840.1.113883.3.464.1003.101.12.1001", dated, dated)
    (more,) = evaluate_lines(chart(case.patient, *case.facts, office), MEASURES, measures, PERIOD)
    assert more.initial_population >= plain.initial_population


def test_an_empty_chart_is_in_no_population() -> None:
    lines = evaluate_lines(Chart(), MEASURES, tuple(MEASURES), PERIOD)
    assert {line.initial_population for line in lines} == {0}


def test_an_age_that_is_not_recorded_is_not_known() -> None:
    office = visit("2.16.840.1.113883.3.464.1003.101.12.1001", "2025-02-01", "2025-02-01")
    made = chart(person(""), office)
    (line,) = evaluate_lines(made, MEASURES, MEASURES.only(["CMS130"]), PERIOD)
    assert line.status == "unknown" and line.initial_population == 0
    assert line.missing == ("birth date is not recorded",)
