"""What becomes of a chart between two readings: failed parts keep what was known, denied do not."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Completeness, Concept, ReadInfo, Source
from app.clinical.facts import Condition, Patient
from app.sync.charts import SECTION_FIELDS, has_news, is_worth_keeping, merge_with_former
from app.sync.reading import Section, merge_outcomes, merge_sections

THEN = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def source(at: datetime) -> Source:
    return Source(ReadInfo("EHR", at, "generic", "1"), "Condition", "c1")


def chart(at: datetime, completeness: Completeness = "complete", text: str = "asthma") -> Chart:
    found = completeness in ("complete", "partial")
    condition = Condition(id="c1", source=source(at), code=Concept(text=text))
    outcome = SearchOutcome("Condition", completeness, at, count=1 if found else 0)
    patient = Patient(id="p", source=source(at))
    conditions = (condition,) if found else ()
    return Chart(patient=patient, conditions=conditions, searches=(outcome,))


def test_a_failed_search_keeps_what_was_known_and_says_since_when() -> None:
    kept = merge_with_former(chart(THEN), chart(NOW, "failed"))
    assert len(kept.conditions) == 1
    assert kept.searches[0].completeness == "partial"
    assert kept.searches[0].read_at == THEN
    assert kept.searches[0].reason == "kept_from_before"


@pytest.mark.parametrize("completeness", ["denied", "complete", "unsupported"])
def test_anything_else_replaces(completeness: Completeness) -> None:
    new = chart(NOW, completeness)
    assert merge_with_former(chart(THEN), new) == new


def test_what_was_read_earlier_replaces_nothing_that_was_read_later() -> None:
    """A reading that began before a write, or before another launch's, may end after it."""
    now, late = chart(NOW, text="asthma"), chart(THEN, text="COPD")
    kept = merge_with_former(now, late)
    assert (kept.patient, kept.conditions, kept.searches) == (
        now.patient, now.conditions, now.searches,
    )  # fmt: skip
    assert merge_with_former(chart(NOW, "failed"), late) == replace(late, patient=now.patient)
    edited = replace(late, patient=now.patient)  # a write read the Patient back, and nothing else
    assert merge_with_former(edited, late) == edited
    newest = chart(NOW, text="none of these")
    assert merge_with_former(edited, newest) == newest


def test_a_failed_search_without_a_past_stays_failed() -> None:
    assert merge_with_former(None, chart(NOW, "failed")).searches[0].completeness == "failed"
    before = chart(THEN, "failed")
    assert merge_with_former(before, chart(NOW, "failed")).searches[0].completeness == "failed"


def test_news_is_what_is_said_not_when_it_was_read() -> None:
    assert not has_news(chart(THEN), chart(NOW))
    assert has_news(chart(THEN), chart(NOW, text="COPD"))
    assert has_news(chart(THEN), replace(chart(NOW), patient=None))


def test_without_the_patient_nothing_is_worth_keeping() -> None:
    assert is_worth_keeping(chart(NOW))
    assert not is_worth_keeping(Chart())


def test_every_kind_of_fact_has_its_section() -> None:
    kinds = {n for n in Chart.__struct_fields__ if n.endswith("s")}
    kinds -= {"searches", "warnings", "aliases"}
    assert set(SECTION_FIELDS.values()) == kinds


def outcome(completeness: Completeness, count: int = 0) -> SearchOutcome:
    return SearchOutcome("Observation", completeness, NOW, reason=completeness, count=count)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([outcome("complete", 3), outcome("complete")], "complete"),
        ([outcome("complete", 3), outcome("failed")], "partial"),
        ([outcome("complete"), outcome("failed")], "failed"),
        ([outcome("denied"), outcome("complete", 1)], "partial"),
        ([outcome("partial", 1), outcome("complete", 1)], "partial"),
    ],
)
def test_several_searches_of_one_type(outcomes: list[SearchOutcome], expected: str) -> None:
    merged = merge_outcomes("Observation", outcomes)
    assert merged.completeness == expected
    assert merged.count == sum(o.count for o in outcomes)


def test_parts_join_into_one_chart() -> None:
    patient = Chart(patient=Patient(id="p", source=source(NOW)), normalizer_version="1")
    without = replace(chart(NOW), patient=None)
    sections = [Section(part, outcome("complete")) for part in (patient, without, Chart())]
    joined = merge_sections(sections)
    assert joined.patient is not None
    assert len(joined.conditions) == 1
    assert len(merge_sections([*sections, Section(without, outcome("complete"))]).conditions) == 2
    assert joined.normalizer_version == "1"
