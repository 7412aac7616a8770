"""IssuerRegistry and EndpointPins: the EHR connections, as launch asks for them."""

from app.errors import NotFound
from app.store.db import Store
from app.store.records.tenants import (
    find_tenant,
    load_pinned_hosts,
    load_tenant,
    save_pinned_hosts,
)
from app.store.transactions import TenantTx
from launch.models import Registration


class StoredRegistry:
    """Disabled tenants are unknown to it: no launch begins and no token is refreshed there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, iss: str) -> Registration | None:
        async with self._store.read_wide() as tx:
            tenant = await find_tenant(tx, iss)
        return tenant.registration if tenant is not None else None

    async def by_tenant(self, tenant_id: str) -> Registration | None:
        async with self._store.read(tenant_id) as tx:
            return await load_registration(tx)


async def load_registration(tx: TenantTx) -> Registration | None:
    """The transaction's own tenant, unless it is unknown or switched off."""
    try:
        tenant = await load_tenant(tx)
    except NotFound:
        return None
    return tenant.registration if tenant.enabled else None


class StoredPins:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def load_pins(self, tenant_id: str) -> tuple[str, ...] | None:
        async with self._store.read(tenant_id) as tx:
            return await load_pinned_hosts(tx)

    async def save_pins(self, tenant_id: str, hosts: tuple[str, ...]) -> None:
        async with self._store.write(tenant_id) as tx:
            await save_pinned_hosts(tx, hosts)
