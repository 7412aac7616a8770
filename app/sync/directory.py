"""Which tenants there are, as the whole process needs to know at once: vendor, name, hosts.

A small copy in memory, loaded at start and again after a change; the store stays the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import literal, select

from app.errors import AppError
from app.store.db import Store
from app.store.records.tenants import Tenant, load_tenants


@dataclass(slots=True)
class Directory:
    """`labels` maps a vendor profile's name to the EHR's name in sentences."""

    store: Store
    labels: Mapping[str, str]
    _tenants: dict[str, Tenant] = field(default_factory=dict)
    _private: frozenset[str] = frozenset()
    _loaded: bool = False

    async def load(self) -> None:
        """Read all enabled tenants. Raises StoreUnavailable."""
        async with self.store.read_wide() as tx:
            tenants = await load_tenants(tx, enabled_only=True)
        self._tenants = {t.tenant_id: t for t in tenants}
        self._private = frozenset(host.lower() for t in tenants for host in t.allowed_hosts)
        self._loaded = True

    async def find_missing(self) -> str:
        """ "" when the store answers and tenants were loaded; else the part that is missing."""
        if not self._loaded:
            return "tenants"
        try:
            async with self.store.read_wide() as tx:
                await tx.first(select(literal(1)))
        except AppError:
            return "store"
        return ""

    def may_be_private(self, host: str) -> bool:
        """Whether some tenant lists this host as one that may resolve to a private address."""
        return host.lower() in self._private

    def vendor_of(self, tenant_id: str) -> str:
        """The tenant's vendor profile; generic for one that was switched off meanwhile."""
        tenant = self._tenants.get(tenant_id)
        return tenant.vendor if tenant and tenant.vendor in self.labels else "generic"

    def source_of(self, tenant_id: str) -> str:
        """The name that provenance shows."""
        tenant = self._tenants.get(tenant_id)
        return tenant.name if tenant else tenant_id

    def settings_of(self, tenant_id: str) -> Mapping[str, Any]:
        """The tenant's settings as they were loaded; {} for one that is not known."""
        tenant = self._tenants.get(tenant_id)
        return tenant.settings if tenant else {}

    def list_tenants(self) -> tuple[str, ...]:
        """The ids of the enabled tenants, as they were loaded."""
        return tuple(self._tenants)

    async def list_connected(self) -> list[tuple[str, str]]:
        """(tenant id, iss) of every enabled tenant, those connected meanwhile too."""
        async with self.store.read_wide() as tx:
            tenants = await load_tenants(tx, enabled_only=True)
        return [(t.tenant_id, t.registration.iss) for t in tenants]

    def known_names(self) -> Mapping[str, str]:
        """Names of EHR products. A plain R4 server is none: it goes by the tenant's name."""
        return {vendor: label for vendor, label in self.labels.items() if vendor != "generic"}
