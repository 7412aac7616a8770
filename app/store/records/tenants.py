"""Tenants: the EHR connections of this installation, their secrets sealed. Fetches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from app.errors import NotFound, StaleWrite
from app.security.access import Role, parse_role
from app.store.tables.tenants import TENANT
from app.store.transactions import AnyRow, TenantTx, WideTx, build_tenant_select, open_cell
from launch.models import ClientAuth, CookieMode, Registration


@dataclass(frozen=True, slots=True)
class Tenant:
    """One EHR connection: what launch needs (`registration`, its `iss` canonical) and the rest.

    `vendor` names a vendor profile. `allowed_hosts` may be private addresses. `default_role` is
    what people get on first sign-in. `version` is 0 for one not saved yet.
    """

    registration: Registration
    name: str
    vendor: str = "generic"
    enabled: bool = True
    time_zone: str = "UTC"
    allowed_hosts: tuple[str, ...] = ()
    default_role: Role | None = None
    agreement: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0

    @property
    def tenant_id(self) -> str:
        return self.registration.tenant_id


async def save_tenant(tx: TenantTx, tenant: Tenant) -> Tenant:
    """Adds the tenant (version 0) or replaces the one of that version; as saved.

    Raises StaleWrite when its id, or its `iss` with its client_id, is taken, or the version moved.
    """
    values = {**_build_registration(tx, tenant.registration), **_build_choices(tenant)}
    if tenant.version == 0:
        fresh = {"pinned_hosts": [], "version": 1, "created_at": tx.now, "updated_at": tx.now}
        done = await tx.insert_new(TENANT, {**values, **fresh})
    else:
        change = tx.update(TENANT).where(TENANT.c.version == tenant.version)
        moved = {"version": tenant.version + 1, "updated_at": tx.now}
        done = await tx.run(change.values(**values, **moved)) == 1
    if not done:
        raise StaleWrite
    return await load_tenant(tx)


async def load_tenant(tx: TenantTx) -> Tenant:
    """The transaction's own tenant. Raises NotFound."""
    row = await tx.first(_BY_ID, {"tenant": tx.tenant_id})
    if row is None:
        raise NotFound
    return await _open(tx, row)


_SETTINGS = build_tenant_select(TENANT, TENANT.c.settings)
_BY_ID = select(TENANT).where(TENANT.c.tenant_id == bindparam("tenant"))


async def load_tenants(tx: WideTx, *, enabled_only: bool = False) -> tuple[Tenant, ...]:
    """All EHR connections, oldest first."""
    query = select(TENANT).order_by(TENANT.c.created_at, TENANT.c.tenant_id)
    if enabled_only:
        query = query.where(TENANT.c.enabled.is_(True))
    return tuple([await _open(tx.within(row.tenant_id), row) for row in await tx.all(query)])


async def find_tenant(tx: WideTx, iss: str) -> Tenant | None:
    """The enabled connection with this canonical `iss`, the oldest if there are several."""
    query = select(TENANT).where(TENANT.c.iss == iss, TENANT.c.enabled.is_(True))
    row = await tx.first(query.order_by(TENANT.c.created_at, TENANT.c.tenant_id).limit(1))
    return await _open(tx.within(row.tenant_id), row) if row is not None else None


async def enable_tenant(tx: TenantTx, *, enabled: bool) -> None:
    """Raises NotFound for an unknown tenant."""
    changes = {"enabled": enabled, "version": TENANT.c.version + 1, "updated_at": tx.now}
    if await tx.run(tx.update(TENANT).values(**changes)) != 1:
        raise NotFound


async def load_pinned_hosts(tx: TenantTx) -> tuple[str, ...] | None:
    """The sign-in hosts first seen; None while none were."""
    row = await tx.first(tx.select(TENANT, TENANT.c.pinned_hosts))
    return tuple(row.pinned_hosts) if row is not None and row.pinned_hosts else None


async def save_pinned_hosts(tx: TenantTx, hosts: tuple[str, ...], *, replace: bool = False) -> None:
    """Keeps them if none are kept yet. `replace` is an administrator's confirmation of a move."""
    if replace or await load_pinned_hosts(tx) is None:
        await tx.run(tx.update(TENANT).values(pinned_hosts=list(hosts)))


async def load_settings(tx: TenantTx) -> Mapping[str, Any]:
    """The tenant's settings alone, without opening its secrets; {} for an unknown tenant."""
    row = await tx.first(_SETTINGS, {"tenant": tx.tenant_id})
    return row.settings if row is not None else {}


async def save_settings(tx: TenantTx, settings: Mapping[str, Any]) -> None:
    """Replaces the tenant's settings. Raises NotFound."""
    moved = {"version": TENANT.c.version + 1, "updated_at": tx.now}
    if await tx.run(tx.update(TENANT).values(settings=dict(settings), **moved)) != 1:
        raise NotFound


def _build_registration(tx: TenantTx, reg: Registration) -> dict[str, Any]:
    return {
        "iss": reg.iss,
        "client_id": reg.client_id,
        "client_auth": reg.client_auth.value,
        "secret_sealed": _seal(tx, "secret_sealed", reg.client_secret),
        "assertion_alg": reg.assertion_alg,
        "scopes_v2": list(reg.scopes_v2),
        "scopes_v1": list(reg.scopes_v1),
        "standalone_scopes": list(reg.standalone_scopes),
        "scope_version": reg.scope_version or "",
        "issuer": reg.issuer or "",
        "endpoint_hosts": list(reg.endpoint_hosts),
        "cookie_mode": reg.cookie_mode.value,
        "frame_ancestors": list(reg.frame_ancestors),
        "requires_patient": reg.requires_patient,
        "backend_client_id": reg.backend_client_id or "",
        "backend_auth": reg.backend_auth.value,
        "backend_secret_sealed": _seal(tx, "backend_secret_sealed", reg.backend_secret),
        "backend_scopes": list(reg.backend_scopes),
    }


def _build_choices(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "vendor": tenant.vendor,
        "enabled": tenant.enabled,
        "allowed_hosts": list(tenant.allowed_hosts),
        "time_zone": tenant.time_zone,
        "default_role": tenant.default_role.value if tenant.default_role else "",
        "agreement": tenant.agreement,
        "settings": dict(tenant.settings),
    }


def _seal(tx: TenantTx, column: str, secret: str | None) -> bytes | None:
    return None if secret is None else tx.seal(TENANT, column, tx.tenant_id, secret.encode())


async def _secret(tx: TenantTx, column: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    return (await open_cell(tx, tx.tenant_id, TENANT, column, tx.tenant_id, sealed)).decode()


async def _open(tx: TenantTx, row: AnyRow) -> Tenant:
    return Tenant(
        registration=await _open_registration(tx, row),
        name=row.name,
        vendor=row.vendor,
        enabled=row.enabled,
        time_zone=row.time_zone,
        allowed_hosts=tuple(row.allowed_hosts),
        default_role=parse_role(row.default_role),
        agreement=row.agreement,
        settings=row.settings,
        version=row.version,
    )


async def _open_registration(tx: TenantTx, row: AnyRow) -> Registration:
    return Registration(
        tenant_id=row.tenant_id,
        iss=row.iss,
        client_id=row.client_id,
        client_auth=ClientAuth(row.client_auth),
        client_secret=await _secret(tx, "secret_sealed", row.secret_sealed),
        assertion_alg=row.assertion_alg,
        scopes_v2=tuple(row.scopes_v2),
        scopes_v1=tuple(row.scopes_v1),
        standalone_scopes=tuple(row.standalone_scopes),
        scope_version=row.scope_version or None,
        issuer=row.issuer or None,
        endpoint_hosts=tuple(row.endpoint_hosts),
        cookie_mode=CookieMode(row.cookie_mode),
        frame_ancestors=tuple(row.frame_ancestors),
        requires_patient=row.requires_patient,
        backend_client_id=row.backend_client_id or None,
        backend_auth=ClientAuth(row.backend_auth),
        backend_secret=await _secret(tx, "backend_secret_sealed", row.backend_secret_sealed),
        backend_scopes=tuple(row.backend_scopes),
    )
