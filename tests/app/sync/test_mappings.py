"""The table that normalize gets: the tenant's own, and the one that stands in the store now."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.clinical.elements import Coding
from app.clinical.terminology import LOINC
from app.store.db import Store, open_store
from app.store.records.codes import CodeMapping, save_mapping
from app.sync.mappings import MappingTables, build_mappings

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
