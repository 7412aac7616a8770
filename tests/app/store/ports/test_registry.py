"""The registry knows enabled tenants by their issuer, and first-seen hosts are kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import NotFound, StaleWrite
from app.security.access import Role
from app.store.db import Store
from app.store.ports.registry import StoredPins, StoredRegistry
from app.store.records.tenants import (
    enable_tenant,
    load_tenant,
    load_tenants,
    save_pinned_hosts,
    save_tenant,
)
from tests.app.store.cast import ISS, NORTH, SOUTH, add_tenants, tenant_of

pytestmark = pytest.mark.anyio


async def test_a_tenant_is_found_by_issuer_and_id_with_its_secret(store: Store) -> None:
    await add_tenants(store)
    registry = StoredRegistry(store)
    expected = tenant_of(NORTH).registration
    assert await registry.find(ISS) == expected
    assert await registry.by_tenant(NORTH) == expected
    assert await registry.find(ISS + "/") is None
    assert await registry.by_tenant("nowhere") is None


async def test_a_disabled_tenant_is_unknown_to_launches(store: Store) -> None:
    await add_tenants(store)
    async with store.write(NORTH) as tx:
        await enable_tenant(tx, enabled=False)
    registry = StoredRegistry(store)
    assert await registry.find(ISS) is None
    assert await registry.by_tenant(NORTH) is None
    async with store.read_wide() as wide:
        assert [t.tenant_id for t in await load_tenants(wide)] == [NORTH, SOUTH]
        assert [t.tenant_id for t in await load_tenants(wide, enabled_only=True)] == [SOUTH]
    with pytest.raises(NotFound):
        async with store.write("nowhere") as tx:
            await enable_tenant(tx, enabled=True)


async def test_a_change_names_the_version_it_saw(store: Store) -> None:
    async with store.write(NORTH) as tx:
        first = await save_tenant(tx, tenant_of(NORTH))
        changed = replace(first, name="New name", default_role=Role.COORDINATOR)
        second = await save_tenant(tx, changed)
        assert second == replace(changed, version=2)
        assert await load_tenant(tx) == second
        with pytest.raises(StaleWrite):
            await save_tenant(tx, changed)


async def test_neither_an_id_nor_an_issuer_with_client_is_taken_twice(store: Store) -> None:
    await add_tenants(store)
    again = tenant_of(NORTH)
    twin = replace(again, registration=replace(again.registration, tenant_id="twin"))
    for tenant in (again, twin):
        with pytest.raises(StaleWrite):
            async with store.write(tenant.tenant_id) as tx:
                await save_tenant(tx, tenant)
    with pytest.raises(NotFound):
        async with store.read("twin") as tx:
            await load_tenant(tx)


async def test_pins_keep_what_was_seen_first(store: Store) -> None:
    await add_tenants(store)
    pins = StoredPins(store)
    assert await pins.load_pins(NORTH) is None
    await pins.save_pins(NORTH, ("ehr.example",))
    await pins.save_pins(NORTH, ("evil.example",))
    assert await pins.load_pins(NORTH) == ("ehr.example",)
    assert await pins.load_pins("nowhere") is None
    async with store.write(NORTH) as tx:
        await save_pinned_hosts(tx, ("moved.example",), replace=True)
    assert await pins.load_pins(NORTH) == ("moved.example",)


async def test_the_secret_is_not_in_the_file(store: Store, tmp_path: Path) -> None:
    await add_tenants(store)
    for file in (tmp_path / "data").glob("*"):
        assert b"the secret of" not in file.read_bytes()
