"""Keys change while everything stays readable, stopped half-way or not."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.security.crypto import sealed_key_id
from app.store.audit_chain import verify_chain
from app.store.db import Store, open_store
from app.store.keyfile import load_key_file
from app.store.ports.client_keys import StoredClientKeys
from app.store.ports.launches import StoredLaunches
from app.store.ports.tokens import StoredTokenSets
from app.store.records.contacts import load_contact_values, save_contact_value
from app.store.records.patients import load_patient_id
from app.store.records.tenants import load_tenant
from app.store.rotation import reseal, rewrap_keys, rotate_data_key
from app.store.tables import METADATA, sealed_columns
from app.store.vault import PRODUCT
from tests.app.store.cast import NORTH, add_tenants, event_of, opened_of, tenant_of, tokens_of
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def fill(store: Store) -> None:
    await add_tenants(store)
    await StoredLaunches(store).save_launch(
        opened_of("l1"),
        tokens_of(),
        session_hash="h",
        held=False,
        audit=event_of("launch_opened"),
    )
    async with store.write(NORTH) as tx:
        for n in range(250):  # more than one batch
            await save_contact_value(tx, f"p{n}", "phone", n, saved_by="u")


async def require_all_readable(store: Store) -> None:
    assert await StoredTokenSets(store).load_tokens("l1") is not None
    stored = await StoredLaunches(store).load_launch("l1")
    assert stored is not None and stored.opened == opened_of("l1")
    async with store.read(NORTH) as tx:
        assert (await load_tenant(tx)).registration == tenant_of(NORTH).registration
        for n in range(0, 250, 50):
            assert [v.value for v in await load_contact_values(tx, f"p{n}")] == [n]
            assert await load_patient_id(tx, tx.patient_key(f"p{n}")) == f"p{n}"
        assert (await verify_chain(tx)).holds


async def keys_in_use(store: Store, tenant_id: str) -> set[str]:
    used = set()
    async with store.read_wide() as tx:
        for name, columns in sealed_columns().items():
            for row in await tx.all(select(METADATA.tables[name])):
                if row._mapping.get("tenant_id", PRODUCT) == tenant_id:
                    cells = [row._mapping[column] for column in columns]
                    used |= {sealed_key_id(cell) for cell in cells if cell is not None}
    return used


async def test_a_new_data_key_takes_over_every_cell_of_its_tenant(store: Store) -> None:
    await fill(store)
    old, elsewhere = await keys_in_use(store, NORTH), await keys_in_use(store, "south")
    assert await rotate_data_key(store, NORTH) > 500
    assert await keys_in_use(store, NORTH) == {store.vault.current_id(NORTH)}
    assert not await keys_in_use(store, NORTH) & old
    assert await keys_in_use(store, "south") == elsewhere
    await require_all_readable(store)
    assert await reseal(store, NORTH) == 0


async def test_our_own_signing_keys_rotate_with_the_products_key(store: Store) -> None:
    before = await StoredClientKeys(store).load_keys()
    assert await rotate_data_key(store, PRODUCT) == 2
    assert await StoredClientKeys(store).load_keys() == before
    assert await keys_in_use(store, PRODUCT) == {store.vault.current_id(PRODUCT)}


async def test_a_rotation_stopped_half_way_leaves_all_readable_and_goes_on(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    await fill(store)
    async with store.write(NORTH) as tx:  # the new key is there, nothing is sealed anew yet
        tx.after_commit(await store.vault.create_key(tx.connection, NORTH, tx.now))
    async with store.write(NORTH) as tx:
        await save_contact_value(tx, "another", "email", "x", saved_by="u")
    await require_all_readable(store)
    assert len(await keys_in_use(store, NORTH)) == 2
    again = await open_store(database_url, key_file, clock=clock)
    await require_all_readable(again)
    await again.prepare(NORTH)
    assert await reseal(again, NORTH) > 0
    assert len(await keys_in_use(store, NORTH)) == 1
    await require_all_readable(store)
    await again.close()


async def test_other_processes_read_what_a_new_key_sealed_and_take_it_up(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    await fill(store)
    other = await open_store(database_url, key_file, clock=clock)
    await require_all_readable(other)
    clock.move(seconds=1)
    await rotate_data_key(store, NORTH)
    await require_all_readable(other)
    clock.move(seconds=120)
    await other.prepare(NORTH)
    assert other.vault.current_id(NORTH) == store.vault.current_id(NORTH)
    await other.close()


async def test_a_new_kek_wraps_every_data_key_and_the_old_one_is_gone(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    await fill(store)
    old = store.vault.roots.kek.current
    assert await rewrap_keys(store, key_file) == 3
    roots = load_key_file(key_file)
    assert roots is not None and list(roots.kek.keys) == [roots.kek.current] != [old]
    again = await open_store(database_url, key_file, clock=clock)
    await require_all_readable(again)
    await again.close()
