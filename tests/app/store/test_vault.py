"""Data keys: reserved in blocks, replaced when used up, and never used before their commit."""

import pytest
from sqlalchemy import select, update

from app.errors import DataKeyExhausted, SealBroken
from app.security.crypto import MAX_SEALS
from app.store.db import Store
from app.store.tables.charts import CHART
from app.store.tables.keys import DATA_KEY
from app.store.vault import BLOCK, LOW_WATER, PRODUCT
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def reserved(store: Store, tenant: str) -> list[tuple[str, int]]:
    async with store.read_wide() as tx:
        query = select(DATA_KEY).where(DATA_KEY.c.tenant_id == tenant)
        return [(row.state, row.reserved) for row in await tx.all(query.order_by(DATA_KEY.c.state))]


async def test_each_tenant_gets_a_key_of_its_own(store: Store) -> None:
    async with store.write("north") as tx:
        sealed = tx.seal(CHART, "body_sealed", "r", b"plain")
        assert await tx.open(CHART, "body_sealed", "r", sealed) == b"plain"
    async with store.write("south") as tx:
        with pytest.raises(SealBroken):
            await tx.open(CHART, "body_sealed", "r", sealed)
    assert await reserved(store, "north") == await reserved(store, "south") == [("current", BLOCK)]
    assert await reserved(store, PRODUCT) == [("current", BLOCK)]


async def test_a_low_budget_reserves_more_and_a_used_up_key_is_replaced(store: Store) -> None:
    await store.prepare("north")
    first = store.vault.current_id("north")
    store.vault._keys[first].budget = LOW_WATER
    await store.prepare("north")
    assert await reserved(store, "north") == [("current", 2 * BLOCK)]
    assert store.vault._keys[first].budget == LOW_WATER + BLOCK
    async with store.write_wide() as tx:
        await tx.run(update(DATA_KEY).values(reserved=MAX_SEALS))
    store.vault._keys[first].budget = LOW_WATER
    await store.prepare("north")
    assert store.vault.current_id("north") != first
    assert await reserved(store, "north") == [("current", BLOCK), ("old", MAX_SEALS)]


async def test_nothing_is_sealed_for_a_tenant_that_was_not_prepared(store: Store) -> None:
    async with store.write_wide() as tx:
        with pytest.raises(DataKeyExhausted):
            tx.within("west").seal(CHART, "body_sealed", "r", b"plain")


async def test_a_key_whose_commit_failed_is_never_used(store: Store) -> None:
    await store.prepare("north")
    first = store.vault.current_id("north")
    with pytest.raises(ZeroDivisionError):
        async with store.write("north") as tx:
            tx.after_commit(await store.vault.create_key(tx.connection, "north", tx.now))
            raise ZeroDivisionError
    assert store.vault.current_id("north") == first
    assert len(await reserved(store, "north")) == 1


async def test_a_cell_of_a_key_that_nobody_has_does_not_open(
    store: Store, clock: MovableClock
) -> None:
    async with store.write("north") as tx:
        sealed = bytearray(tx.seal(CHART, "body_sealed", "r", b"plain"))
        sealed[1] ^= 1
        with pytest.raises(SealBroken):
            await tx.open(CHART, "body_sealed", "r", bytes(sealed))
