"""`chartside mappings …` and `chartside quality …`: local codes and odd data, worked off by hand.

Prints codes and counts, never a patient.
"""

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from app.cli.store_access import WHO, Format, FormatOption, TenantOption, emit, run_command
from app.errors import InvalidInput
from app.settings import Settings
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.codes import (
    CodeMapping,
    load_mappings,
    load_quality,
    load_unmapped,
)
from app.store.records.tenants import load_tenant
from app.sync.mappings import parse_mapping
from app.sync.remaking import Difference, drop_mapping, preview_mapping, set_mapping

group = typer.Typer(help="Local codes and what they mean", no_args_is_help=True)
quality = typer.Typer(help="Counts of odd data", no_args_is_help=True)
SystemArgument = Annotated[str, typer.Argument(help="the local code system")]
CodeArgument = Annotated[str, typer.Argument(help="the local code")]
WINDOW = timedelta(days=30)


@group.command("list")
def list_codes(tenant: TenantOption, form: FormatOption = Format.TEXT) -> None:
    """The codes that wait, those that most patients' charts carry first."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        async with store.read(tenant) as tx:
            await load_tenant(tx)
            return [
                {
                    "system": code.system,
                    "code": code.code,
                    "display": _clean(code.display),
                    "resource_type": code.resource_type,
                    "patients": code.seen,
                    "first_seen": code.first_seen.isoformat(timespec="seconds"),
                }
                for code in await load_unmapped(tx)
            ]

    emit(run_command(work), form)


@group.command("set")
def set_code(
    tenant: TenantOption,
    system: SystemArgument,
    code: CodeArgument,
    target_system: Annotated[str, typer.Argument(help="the standard system, as loinc or cvx")],
    target_code: Annotated[str, typer.Argument(help="the standard code")],
    display: Annotated[str, typer.Option(help="the standard code's words")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would change")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Map a code, put its meaning into the kept charts, and say what that changed."""

    async def work(store: Store, _settings: Settings) -> Difference:
        mapping = parse_mapping(system, code, target_system, target_code, display)
        async with store.read(tenant) as tx:
            await load_tenant(tx)
        if dry_run:
            return await preview_mapping(store, tenant, mapping)
        return await set_mapping(store, tenant, mapping, mapped_by=WHO)

    emit([_tell(run_command(work), changed=not dry_run)], form)


@group.command("remove")
def remove(
    tenant: TenantOption,
    system: SystemArgument,
    code: CodeArgument,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take a mapping away, out of the kept charts too, and say what that changed."""

    async def work(store: Store, _settings: Settings) -> Difference:
        return await drop_mapping(store, tenant, system, code, removed_by=WHO)

    emit([_tell(run_command(work), changed=True)], form)


@group.command("export")
def export(tenant: TenantOption, form: FormatOption = Format.JSON) -> None:
    """All mappings of the tenant, with who made them and when."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        async with store.read(tenant) as tx:
            await load_tenant(tx)
            return [_show(mapping) for mapping in await load_mappings(tx)]

    emit(run_command(work), form)


@quality.command("export")
def export_quality(
    tenant: TenantOption,
    since: Annotated[str, typer.Option(help="first day, YYYY-MM-DD; 30 days ago if left out")] = "",
    form: FormatOption = Format.JSON,
) -> None:
    """How often each warning, repair and refusal occurred, per resource type."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        first = parse_day(since) if since else store.clock().date() - WINDOW
        async with store.write(tenant) as tx:
            await load_tenant(tx)
            counts = await load_quality(tx, since=first)
            detail = {"since": first.isoformat()}
            await append_audit(
                tx, AuditEntry(action="quality.exported", actor_id=WHO, detail=detail)
            )
        return [
            {"resource_type": kind, "code": code, "count": count, "since": first.isoformat()}
            for (kind, code), count in sorted(counts.items())
        ]

    emit(run_command(work), form)


def parse_day(text: str) -> date:
    """Raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("A day is written YYYY-MM-DD.", field="since") from None


def _tell(found: Difference, *, changed: bool) -> dict[str, Any]:
    return {"changed": changed, "charts": found.charts, **dict(found.facts)}


def _clean(words: str) -> str:
    """An EHR's words without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _show(mapping: CodeMapping) -> dict[str, Any]:
    at = mapping.mapped_at
    return {
        "system": mapping.system,
        "code": mapping.code,
        "target_system": mapping.target_system,
        "target_code": mapping.target_code,
        "target_display": mapping.target_display,
        "mapped_by": mapping.mapped_by,
        "mapped_at": at.isoformat(timespec="seconds") if at else None,
    }
