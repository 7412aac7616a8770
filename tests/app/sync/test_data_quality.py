"""Counts of a kept chart: each finding once while it stands, each code once per patient."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.clinical.chart import Chart, DataWarning, SearchOutcome, SetAside, Unmapped
from app.clinical.elements import Concept, ReadInfo, Source
from app.clinical.facts import Observation, Patient
from app.store.db import Store, open_store
from app.store.records.codes import load_quality, load_unmapped
from app.sync.charts import merge_with_former
from app.sync.data_quality import count_chart, count_new, find_codes

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
GLU = Unmapped("urn:local", "GLU", "Glucose here", "Observation", "o1")
BAD = DataWarning("bad_date", "Observation", "o1", "issued")
ERROR = SetAside("entered_in_error", "Condition", "c1")
ODD = Chart(warnings=(BAD,), set_aside=(ERROR,), unmapped=(GLU, replace(GLU, resource_id="o2")))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/t.db", tmp_path / "key", clock=lambda: NOW)
    yield opened
    await opened.close()


async def keep(store: Store, former: Chart | None, kept: Chart) -> None:
    async with store.write("north") as tx:
        await count_chart(tx, former, kept)


async def queue(store: Store) -> dict[str, int]:
    async with store.read("north") as tx:
        return {code.code: code.seen for code in await load_unmapped(tx)}


@pytest.mark.anyio
async def test_a_code_counts_patients_and_a_second_reading_changes_nothing(store: Store) -> None:
    await keep(store, None, ODD)
    await keep(store, ODD, ODD)
    assert await queue(store) == {"GLU": 1}
    await keep(store, None, ODD)
    assert await queue(store) == {"GLU": 2}
    await keep(store, ODD, Chart())
    assert await queue(store) == {"GLU": 1}
    await keep(store, ODD, Chart())
    assert await queue(store) == {}
    async with store.read("north") as tx:
        counts = await load_quality(tx, since=NOW.date())
    assert counts == {("Observation", "bad_date"): 2, ("Condition", "entered_in_error"): 2}


@pytest.mark.anyio
async def test_a_chart_kept_before_there_was_a_queue_queues_its_codes(store: Store) -> None:
    await keep(store, ODD, ODD)
    assert await queue(store) == {"GLU": 1}


@pytest.mark.anyio
async def test_another_tenant_sees_nothing_of_it(store: Store) -> None:
    await keep(store, None, ODD)
    async with store.read("south") as tx:
        assert await load_unmapped(tx) == ()
        assert await load_quality(tx, since=NOW.date()) == {}


def test_only_what_is_new_counts() -> None:
    more = replace(ODD, warnings=(BAD, replace(BAD, resource_id="o9"), replace(BAD, path="when")))
    assert count_new(ODD, more) == {("Observation", "bad_date"): 2}
    assert find_codes(ODD)[GLU.system, GLU.code] == GLU


WARNINGS = st.builds(
    DataWarning, st.sampled_from("ab"), st.sampled_from("XY"), st.sampled_from("123")
)
CHARTS = st.builds(lambda w: Chart(warnings=tuple(w)), st.lists(WARNINGS, max_size=8))


@settings(deadline=None)
@given(CHARTS, CHARTS)
def test_counting_is_exact_and_reading_again_is_free(former: Chart, kept: Chart) -> None:
    assert count_new(kept, kept) == {}
    assert sum(count_new(Chart(), kept).values()) == len(kept.warnings)
    assert sum(count_new(former, kept).values()) <= len(kept.warnings)


def test_a_failed_search_keeps_what_was_odd_about_the_facts_it_keeps() -> None:
    source = Source(ReadInfo("EHR", NOW, "generic", "1"), "Observation", "o1")
    fact = Observation(id="o1", source=source, code=Concept(text="x"), status="final")
    found = SearchOutcome("Observation", "complete", NOW, count=1)
    former = replace(
        ODD, patient=Patient(id="p", source=source), observations=(fact,), searches=(found,)
    )
    failed = replace(found, completeness="failed", count=0)
    kept = merge_with_former(former, Chart(searches=(failed,)))
    assert (kept.warnings, kept.unmapped, kept.set_aside) == ((BAD,), former.unmapped, ())
    assert count_new(former, kept) == {}
