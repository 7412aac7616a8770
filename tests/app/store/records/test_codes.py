"""Mappings replace each other, the queue counts, and what is settled stays settled."""

from datetime import date

import pytest

from app.clinical.chart import Unmapped
from app.store.db import Store
from app.store.records.codes import (
    CodeMapping,
    count_quality,
    load_mappings,
    load_quality,
    load_unmapped,
    save_mapping,
    save_unmapped,
    settle_unmapped,
)
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio
LOCAL = "urn:local"


def unmapped(code: str) -> Unmapped:
    return Unmapped(LOCAL, code, f"display of {code}", "Observation", "o1")


async def test_the_queue_counts_and_shows_what_is_seen_most_first(
    store: Store, clock: MovableClock
) -> None:
    async with store.write("north") as tx:
        await save_unmapped(tx, [unmapped("a"), unmapped("b"), unmapped("b")])
    clock.move(days=1)
    async with store.write("north") as tx:
        await save_unmapped(tx, [unmapped("a")] * 3)
        found = await load_unmapped(tx)
    assert [(code.code, code.seen) for code in found] == [("a", 4), ("b", 2)]
    assert (found[0].first_seen, found[0].last_seen) == (T0, clock.now)
    async with store.read("south") as tx:
        assert await load_unmapped(tx) == ()


async def test_a_mapping_takes_its_code_out_of_the_queue_for_good(store: Store) -> None:
    first = CodeMapping(LOCAL, "a", "http://loinc.org", "4548-4", "HbA1c")
    second = CodeMapping(LOCAL, "a", "http://loinc.org", "17856-6")
    async with store.write("north") as tx:
        await save_unmapped(tx, [unmapped("a"), unmapped("b")])
        await save_mapping(tx, first, mapped_by="u1")
        await save_mapping(tx, second, mapped_by="u2")
        await settle_unmapped(tx, LOCAL, "b", state="ignored")
        await save_unmapped(tx, [unmapped("a"), unmapped("b")])
        assert await load_unmapped(tx) == ()
        assert [code.code for code in await load_unmapped(tx, state="mapped")] == ["a"]
        found = await load_mappings(tx)
    assert [(m.target_code, m.mapped_by, m.mapped_at) for m in found] == [("17856-6", "u2", T0)]


async def test_daily_counts_add_up(store: Store) -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    async with store.write("north") as tx:
        await count_quality(tx, monday, {("Patient", "no_birth_date"): 2})
        await count_quality(tx, monday, {("Patient", "no_birth_date"): 3})
        await count_quality(tx, tuesday, {("Patient", "no_birth_date"): 4})
        key = ("Patient", "no_birth_date")
        assert await load_quality(tx, since=monday) == {key: 9}
        assert await load_quality(tx, since=tuesday) == {key: 4}
