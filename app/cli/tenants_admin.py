"""`chartside tenants add|list|show|disable|enable`: the registry of EHR connections."""

import sys
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

import typer

from app.cli.store_access import WHO, Format, FormatOption, emit, run_command
from app.errors import InvalidInput, StaleWrite
from app.security.access import parse_role
from app.security.headers import is_frame_ancestor
from app.settings import Settings
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.tenants import (
    Tenant,
    enable_tenant,
    load_tenant,
    load_tenants,
    save_tenant,
)
from app.sync.read_plan import SCOPES
from app.vendors import PROFILES
from launch.issuers import canonical_iss
from launch.models import ClientAuth, Registration

IdArgument = Annotated[str, typer.Argument(help="the connection's id: letters, digits, - and _")]


def add(
    tenant_id: IdArgument,
    iss: Annotated[str, typer.Option(help="the FHIR base URL, as the EHR launches with it")],
    client_id: Annotated[str, typer.Option(help="what the EHR calls us")],
    name: Annotated[str, typer.Option(help="what people call this EHR")] = "",
    vendor: Annotated[str, typer.Option(help=", ".join(PROFILES))] = "generic",
    auth: Annotated[ClientAuth, typer.Option(help="how we prove ourselves")] = (
        ClientAuth.ASYMMETRIC
    ),
    frame: Annotated[list[str] | None, typer.Option(help="an origin that may frame us")] = None,
    private_host: Annotated[list[str] | None, typer.Option(help="a host on private ground")] = None,
    zone: Annotated[str, typer.Option(help="the site's time zone")] = "UTC",
    role: Annotated[str, typer.Option(help="the role of first-timers")] = "",
) -> None:
    """Connect an EHR. A symmetric client's secret is read from standard input."""

    async def work(store: Store, settings: Settings) -> None:
        registration = Registration(
            tenant_id=_require_id(tenant_id),
            iss=_require_iss(iss, settings),
            client_id=client_id,
            client_auth=auth,
            client_secret=sys.stdin.readline().strip() if auth is ClientAuth.SYMMETRIC else None,
            scopes_v2=SCOPES,
            frame_ancestors=_require_origins(frame or []),
        )
        tenant = Tenant(
            registration=registration,
            name=name or tenant_id,
            vendor=_require(vendor, PROFILES, "vendor"),
            time_zone=str(ZoneInfo(_require(zone, available_timezones(), "time zone"))),
            allowed_hosts=tuple(private_host or ()),
            default_role=parse_role(_require(role, ["", *_ROLES], "role")),
        )
        await _save(store, tenant)

    run_command(work)


def list_tenants(form: FormatOption = Format.TEXT) -> None:
    """All EHR connections, disabled ones too."""

    async def work(store: Store, _settings: Settings) -> tuple[Tenant, ...]:
        async with store.read_wide() as tx:
            return await load_tenants(tx)

    emit([_line(tenant) for tenant in run_command(work)], form)


def show(tenant_id: IdArgument, form: FormatOption = Format.TEXT) -> None:
    """One EHR connection in full, without its secret."""

    async def work(store: Store, _settings: Settings) -> Tenant:
        async with store.read(tenant_id) as tx:
            return await load_tenant(tx)

    tenant = run_command(work)
    reg = tenant.registration
    more = {
        "client_auth": reg.client_auth.value,
        "scopes": reg.scopes_v2,
        "frame_ancestors": reg.frame_ancestors,
        "allowed_hosts": tenant.allowed_hosts,
        "time_zone": tenant.time_zone,
        "default_role": tenant.default_role.value if tenant.default_role else "",
        "cookie_mode": reg.cookie_mode.value,
        "agreement": tenant.agreement,
        "version": tenant.version,
    }
    emit([{**_line(tenant), **more}], form)


def disable(tenant_id: IdArgument) -> None:
    """No launch begins and no token is refreshed there any more; its data stay."""
    run_command(lambda store, _: _switch(store, tenant_id, enabled=False))


def enable(tenant_id: IdArgument) -> None:
    """Connect a disabled EHR again."""
    run_command(lambda store, _: _switch(store, tenant_id, enabled=True))


_ROLES = ("clinician", "coordinator", "admin", "auditor")


async def _save(store: Store, tenant: Tenant) -> None:
    try:
        async with store.write(tenant.tenant_id) as tx:
            await save_tenant(tx, tenant)
            await append_audit(tx, AuditEntry(action="tenant.added", actor_id=WHO))
    except StaleWrite:
        message = "This id, or this EHR with this client id, is connected already."
        raise InvalidInput(message, field="tenant_id") from None


async def _switch(store: Store, tenant_id: str, *, enabled: bool) -> None:
    async with store.read(tenant_id) as tx:
        await load_tenant(tx)
    async with store.write(tenant_id) as tx:
        await enable_tenant(tx, enabled=enabled)
        action = "tenant.enabled" if enabled else "tenant.disabled"
        await append_audit(tx, AuditEntry(action=action, actor_id=WHO))


def _require_id(text: str) -> str:
    if not text or not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput("An id has letters, digits, - and _ only.", field="tenant_id")
    return text


def _require_iss(text: str, settings: Settings) -> str:
    iss = canonical_iss(text, allow_http=settings.allow_http)
    if iss is None:
        raise InvalidInput("The FHIR base is no https URL of the accepted form.", field="iss")
    return iss


def _require_origins(origins: list[str]) -> tuple[str, ...]:
    if bad := [origin for origin in origins if not is_frame_ancestor(origin)]:
        raise InvalidInput(f"Not an origin: {', '.join(bad)}.", field="frame")
    return tuple(origins)


def _require(text: str, known: Any, what: str) -> str:
    if text not in known:
        raise InvalidInput(f"There is no {what} {text}.", field=what)
    return text


def _line(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant": tenant.tenant_id,
        "name": tenant.name,
        "vendor": tenant.vendor,
        "enabled": tenant.enabled,
        "iss": tenant.registration.iss,
        "client_id": tenant.registration.client_id,
    }
