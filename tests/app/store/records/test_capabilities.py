"""A tenant's public documents: what they say now, since when, and what they said before."""

from datetime import timedelta

import pytest

from app.store.db import Store
from app.store.records.capabilities import load_document, load_stamps, save_document
from tests.app.store.conftest import T0

pytestmark = pytest.mark.anyio
NORTH, DAY = "north", timedelta(days=1)


async def save(store: Store, body: bytes, digest: str, days: int) -> bool:
    async with store.write(NORTH) as tx:
        return await save_document(tx, "s", body, digest=digest, read_at=T0 + days * DAY)


async def test_a_document_that_says_something_else_keeps_the_one_before(store: Store) -> None:
    async with store.read(NORTH) as tx:
        assert await load_document(tx, "s") is None
    assert not await save(store, b"one", "1", 0)
    assert not await save(store, b"one, dated", "1", 1)
    assert await save(store, b"two", "2", 2)
    assert not await save(store, b"two, dated", "2", 3)
    async with store.read(NORTH) as tx:
        found = await load_document(tx, "s")
        stamps = await load_stamps(tx)
    assert found is not None
    assert (found.body, found.digest, found.read_at) == (b"two, dated", "2", T0 + 3 * DAY)
    assert found.since == T0 + 2 * DAY
    assert (found.former, found.former_read_at) == (b"one, dated", T0 + DAY)
    assert stamps == {"s": ("2", T0 + 3 * DAY)}


async def test_another_tenant_sees_nothing_of_it(store: Store) -> None:
    await save(store, b"one", "1", 0)
    async with store.read("south") as tx:
        assert await load_document(tx, "s") is None and await load_stamps(tx) == {}
