"""The tenant's table as it stands in the store, and the kept charts made anew with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clinical.elements import Coding
from app.clinical.terminology import LOINC, TEXT, has_code
from app.errors import InvalidInput, NotFound
from app.store.db import Store, open_store
from app.store.records.charts import load_chart, save_chart
from app.store.records.codes import CodeMapping, load_unmapped, save_mapping
from app.sync.data_quality import count_chart
from app.sync.mappings import MappingTables, build_mappings, parse_mapping
from app.sync.remaking import (
    Difference,
    Remaker,
    drop_mapping,
    preview_mapping,
    remake_charts,
    set_mapping,
)
from tests.app.clinical.normalize.charts import PATIENT, READ, chart_of, observation

pytestmark = pytest.mark.anyio
LOCAL = "urn:local"
A1C = CodeMapping(LOCAL, "GHB", LOINC, "4548-4", "HbA1c")


class Clock:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/t.db", tmp_path / "key", clock=Clock())
    yield opened
    await opened.close()


async def test_a_change_is_in_force_with_the_next_reading(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = MappingTables(store)
    assert (await tables.load("north")).table == {}
    async with store.write("north") as tx:
        await save_mapping(tx, A1C, mapped_by="u")
    found = await tables.load("north")
    assert found.find(LOCAL, "GHB") == Coding(LOINC, "4548-4", "HbA1c")
    assert await tables.load("north") is found
    monkeypatch.setattr(Clock, "now", Clock.now + timedelta(seconds=1))
    async with store.write("north") as tx:
        await save_mapping(tx, CodeMapping(LOCAL, "GHB", LOINC, "17856-6"), mapped_by="u")
    assert (await tables.load("north")).find(LOCAL, "GHB") == Coding(LOINC, "17856-6")
    assert (await tables.load("south")).table == {}


async def test_rows_become_the_table() -> None:
    assert build_mappings(()).table == {}
    assert build_mappings([A1C]).table == {(LOCAL, "GHB"): Coding(LOINC, "4548-4", "HbA1c")}


def shot(ident: str, code: str = "GHB") -> dict[str, object]:
    coding = {"system": LOCAL, "code": code, "display": "Glyco Hb"}
    return observation(id=ident, code={"coding": [coding]})


async def keep(store: Store, patient: str, *codes: str) -> None:
    found = chart_of(PATIENT, *(shot(f"o{n}", code) for n, code in enumerate(codes)))
    async with store.write("north") as tx:
        await save_chart(tx, patient, found, read_at=READ.read_at)
        await count_chart(tx, None, found)


async def queue(store: Store) -> dict[str, int]:
    async with store.read("north") as tx:
        return {code.code: code.seen for code in await load_unmapped(tx)}


async def test_a_mapping_reaches_the_kept_charts_and_says_what_it_changed(store: Store) -> None:
    await keep(store, "p1", "GHB", "GHB", "OTHER")
    await keep(store, "p2", "GHB")
    await keep(store, "p3", "OTHER")
    assert await queue(store) == {"GHB": 2, "OTHER": 2}
    expected = Difference(2, (("Observation", 3),), looked=3, kept=3)
    assert await preview_mapping(store, "north", A1C) == expected
    assert await queue(store) == {"GHB": 2, "OTHER": 2}
    assert await set_mapping(store, "north", A1C, mapped_by="u") == expected
    assert await queue(store) == {"OTHER": 2}
    async with store.read("north") as tx:
        stored = await load_chart(tx, "p1")
    assert stored is not None
    found = [o for o in stored.chart.observations if has_code(o.code, LOINC, "4548-4")]
    assert len(found) == 2
    assert (stored.version, stored.read_at) == (2, READ.read_at)
    again = await set_mapping(store, "north", A1C, mapped_by="u")
    assert again == Difference(0, (), looked=3, kept=3)
    assert await preview_mapping(store, "south", A1C) == Difference(0, ())


async def test_a_mapping_that_is_taken_away_leaves_the_table(store: Store) -> None:
    await set_mapping(store, "north", A1C, mapped_by="u")
    await drop_mapping(store, "north", LOCAL, "GHB", removed_by="u")
    assert (await MappingTables(store).load("north")).table == {}
    with pytest.raises(NotFound):
        await drop_mapping(store, "north", LOCAL, "GHB", removed_by="u")
    await keep(store, "p1", "GHB")
    assert await queue(store) == {"GHB": 1}


async def test_a_vaccine_wants_a_vaccine_code() -> None:
    found = parse_mapping(LOCAL, "a", "cvx", "140", resource_type="Immunization")
    assert found.target_code == "140"
    with pytest.raises(InvalidInput) as refused:
        parse_mapping(LOCAL, "a", LOINC, "4548-4", resource_type="Immunization")
    assert refused.value.field == "target_system"
    assert parse_mapping(LOCAL, "a", LOINC, "4548-4", resource_type="Observation")


async def loinc_codes(store: Store, patient: str) -> list[str]:
    async with store.read("north") as tx:
        stored = await load_chart(tx, patient)
    assert stored is not None
    return [c.code for o in stored.chart.observations for c in o.code.codings if c.system == LOINC]


async def test_a_mapping_that_is_replaced_or_removed_leaves_the_charts_at_once(
    store: Store,
) -> None:
    await keep(store, "p1", "GHB")
    await set_mapping(store, "north", A1C, mapped_by="u")
    other = CodeMapping(LOCAL, "GHB", LOINC, "17856-6")
    seen = await preview_mapping(store, "north", other)
    assert seen == await set_mapping(store, "north", other, mapped_by="u")
    assert seen.charts == 1
    assert await loinc_codes(store, "p1") == ["17856-6"]
    gone = await drop_mapping(store, "north", LOCAL, "GHB", removed_by="u")
    assert gone.charts == 1
    assert await loinc_codes(store, "p1") == []
    assert await queue(store) == {"GHB": 1}


async def test_a_look_that_runs_out_of_time_says_so(store: Store) -> None:
    await keep(store, "p1", "GHB")
    seen = await preview_mapping(store, "north", A1C, within_s=-1)
    assert (seen.looked, seen.kept, seen.is_whole) == (0, 1, False)


async def test_charts_are_remade_beside_the_request_and_after_a_stop(store: Store) -> None:
    await keep(store, "p1", "GHB")
    async with store.write("north") as tx:
        await save_mapping(tx, A1C, mapped_by="u")
    stopped, remaker = Remaker(store), Remaker(store)
    assert await stopped.run("north", wait_s=0) is None
    await stopped.drain()
    assert await loinc_codes(store, "p1") == []
    await remaker.resume("north")
    second = await remaker.run("north", wait_s=30)
    assert second is not None and second.charts == 0
    assert await loinc_codes(store, "p1") == ["4548-4"]
    await remaker.resume("north")
    assert remaker._running == {}
    assert (await remake_charts(store, "north")).charts == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("", "a", LOINC, "1"), "system"),
        ((LOCAL, " ", LOINC, "1"), "code"),
        ((LOCAL, "a\nb", LOINC, "1"), "code"),
        ((LOCAL, "a", "urn:else", "1"), "target_system"),
        ((LOCAL, "a", LOINC, ""), "target_code"),
        ((LOCAL, "a", LOINC, "1 2"), "target_code"),
        ((LOCAL, "a", LOINC, "4548-5"), "target_code"),
        ((LOCAL, "a", TEXT, "words"), "target_system"),
        ((LOCAL, "a", LOINC, "9" * 201), "target_code"),
        ((LOINC, "1", "loinc", "1"), "target_code"),
    ],
)
async def test_what_cannot_be_a_mapping_is_refused(
    typed: tuple[str, str, str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_mapping(*typed)
    assert refused.value.field == field


async def test_a_mapping_is_read_as_it_is_written() -> None:
    found = parse_mapping("urn:oid:2.16.840.1.113883.6.1", " a ", "LOINC", " 4548-4 ", " Hb  A1c ")
    assert found == CodeMapping(LOINC, "a", LOINC, "4548-4", "Hb A1c")
    assert parse_mapping(TEXT, "Rotavirus", "cvx", "122").code == "rotavirus"
