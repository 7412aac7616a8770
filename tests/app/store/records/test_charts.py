"""Charts are sealed, versioned, and never seen by another tenant."""

from collections.abc import Mapping

import pytest

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Completeness, Name, ReadInfo, Source
from app.clinical.facts import Patient
from app.errors import NotFound, StaleWrite
from app.store.db import Store
from app.store.records.charts import load_chart, save_chart
from app.store.records.patients import load_patient_id
from app.store.tables.charts import CHART
from tests.app.store.conftest import T0

pytestmark = pytest.mark.anyio
READ = ReadInfo("https://ehr.example/fhir", T0, "generic", "1")


def chart_of(family: str, searches: Mapping[str, Completeness] | None = None) -> Chart:
    source = Source(read=READ, resource_type="Patient", resource_id="p1")
    patient = Patient(id="p1", source=source, names=(Name(family=family, given=("Ada",)),))
    outcomes = tuple(SearchOutcome(kind, how, T0) for kind, how in (searches or {}).items())
    return Chart(patient=patient, searches=outcomes, normalizer_version="1")


async def test_a_saved_chart_comes_back_as_it_was(store: Store) -> None:
    chart = chart_of("Lovelace", {"Patient": "complete", "Observation": "partial"})
    async with store.write("north") as tx:
        assert await save_chart(tx, "p1", chart, read_at=T0) == 1
    async with store.read("north") as tx:
        stored = await load_chart(tx, "p1")
    assert stored is not None
    assert stored.chart == chart
    assert (stored.version, stored.read_at, stored.normalizer_version) == (1, T0, "1")
    assert stored.completeness == {"Patient": "complete", "Observation": "partial"}


async def test_each_snapshot_counts_one_up_and_a_stale_one_is_refused(store: Store) -> None:
    async with store.write("north") as tx:
        assert await save_chart(tx, "p1", chart_of("A"), read_at=T0, expected_version=0) == 1
        assert await save_chart(tx, "p1", chart_of("B"), read_at=T0) == 2
        assert await save_chart(tx, "p1", chart_of("C"), read_at=T0, expected_version=2) == 3
    for stale in (0, 2, 4):
        with pytest.raises(StaleWrite):
            async with store.write("north") as tx:
                await save_chart(tx, "p1", chart_of("D"), read_at=T0, expected_version=stale)
    async with store.read("north") as tx:
        stored = await load_chart(tx, "p1")
    assert stored is not None and stored.chart == chart_of("C") and stored.version == 3


async def test_the_worst_search_of_a_type_stands(store: Store) -> None:
    chart = Chart(
        searches=(
            SearchOutcome("Observation", "denied", T0),
            SearchOutcome("Observation", "complete", T0),
        )
    )
    async with store.write("north") as tx:
        await save_chart(tx, "p1", chart, read_at=T0)
        stored = await load_chart(tx, "p1")
    assert stored is not None and stored.completeness == {"Observation": "denied"}


async def test_ids_that_differ_in_case_are_different_patients(store: Store) -> None:
    async with store.write("north") as tx:
        await save_chart(tx, "abc", chart_of("A"), read_at=T0)
        assert await load_chart(tx, "ABC") is None


async def test_a_snapshot_of_a_former_shape_counts_as_none(store: Store) -> None:
    async with store.write("north") as tx:
        await save_chart(tx, "p1", chart_of("A"), read_at=T0)
        key = tx.patient_key("p1")
        odd = tx.seal(CHART, "body_sealed", key, b"\xc1not a chart")
        await tx.run(tx.update(CHART).values(body_sealed=odd))
        assert await load_chart(tx, "p1") is None


async def test_the_key_of_a_patient_leads_back_to_the_id(store: Store) -> None:
    async with store.write("north") as tx:
        await save_chart(tx, "p1", chart_of("A"), read_at=T0)
        key = tx.patient_key("p1")
        assert await load_patient_id(tx, key) == "p1"
    async with store.write("south") as tx:
        assert tx.patient_key("p1") != key
        with pytest.raises(NotFound):
            await load_patient_id(tx, key)
