"""`chartside tenants switch|override|mrn`: what one site decided, against what its EHR says.

Settings only: in force with the next launch.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from app.cli.store_access import WHO, Format, FormatOption, emit, run_command
from app.cli.tenants_admin import IdArgument
from app.settings import Settings
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.tenants import load_settings, load_tenant, save_settings
from app.vendors import PROFILES, profile_named
from app.vendors.site import change_flag, known_keys, parse_site_rules, with_site_mrn

VALUES = {"on": True, "off": False, "clear": None}
FlagsArgument = Annotated[
    list[str] | None, typer.Argument(help="as Patient.patch=on, Observation.read=off or =clear")
]


def switch(
    tenant_id: IdArgument, flags: FlagsArgument = None, form: FormatOption = Format.TEXT
) -> None:
    """Switch reads and writes of a site on or off. Reads are on, writes off unless said."""
    _set_flags(tenant_id, "switches", flags or [], form)


def override(
    tenant_id: IdArgument, flags: FlagsArgument = None, form: FormatOption = Format.TEXT
) -> None:
    """Outweigh what the EHR's CapabilityStatement says, for what it does not show. Never a scope
    that was not granted."""
    _set_flags(tenant_id, "overrides", flags or [], form)


def mrn(
    tenant_id: IdArgument,
    system: Annotated[
        list[str] | None, typer.Option(help="an identifier system; % = any part")
    ] = None,
    type: Annotated[list[str] | None, typer.Option(help="a type's code or words, as MR")] = None,  # noqa: A002 - the option's name
    clear: Annotated[bool, typer.Option("--clear", help="as the vendor profile says")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say which identifier is the medical record number here; without options, show it."""
    if clear and (system or type):
        raise typer.BadParameter("either --clear or a rule", param_hint="--clear")
    chosen = {
        "mrn_systems": [_line(s) for s in system or ()],
        "mrn_types": [_line(t) for t in type or ()],
    }

    def change(settings: Mapping[str, Any]) -> dict[str, Any]:
        return {**settings, **chosen}

    wanted = change if clear or system or type else None
    emit([_show_mrn(*_work(tenant_id, wanted, "tenant.mrn", {}))], form)


def _set_flags(tenant_id: str, group: str, flags: list[str], form: Format) -> None:
    wanted = [_parse_flag(flag) for flag in flags]

    def change(settings: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(settings)
        for key, value in wanted:
            changed = change_flag(changed, group, key, value)
        return changed

    detail = {key: "clear" if value is None else value for key, value in wanted}
    found, _vendor = _work(tenant_id, change if wanted else None, f"tenant.{group}", detail)
    rules = parse_site_rules(found)
    reads = getattr(rules, f"read_{group}")
    flags_now = {f"{kind}.read": on for kind, on in reads.items()} | getattr(
        rules, f"write_{group}"
    )
    emit([{"key": key, "on": on} for key, on in sorted(flags_now.items())], form)


def _work(
    tenant_id: str,
    change: Callable[[Mapping[str, Any]], dict[str, Any]] | None,
    action: str,
    detail: Mapping[str, str | bool],
) -> tuple[Mapping[str, Any], str]:
    """(the settings as they are then, the vendor). `change` None only shows."""

    async def work(store: Store, _settings: Settings) -> tuple[Mapping[str, Any], str]:
        async with store.read(tenant_id) as tx:
            vendor = (await load_tenant(tx)).vendor
        if change is not None:
            async with store.write(tenant_id) as tx:
                await save_settings(tx, change(await load_settings(tx)))
                await append_audit(
                    tx, AuditEntry(action=action, actor_id=WHO, purpose="HOPERAT", detail=detail)
                )
        async with store.read(tenant_id) as tx:
            return await load_settings(tx), vendor

    return run_command(work)


def _parse_flag(text: str) -> tuple[str, bool | None]:
    """Raises BadParameter."""
    key, _, value = text.partition("=")
    if value not in VALUES:
        raise typer.BadParameter("write it as Patient.patch=on, =off or =clear")
    keys = known_keys(PROFILES.values())
    if key not in keys:
        raise typer.BadParameter(f"{key} is none of {', '.join(sorted(keys))}")
    return key, VALUES[value]


def _line(text: str) -> str:
    """Raises BadParameter for what is no single line."""
    if not text.strip() or not text.isprintable() or len(text) > 200:
        raise typer.BadParameter("a rule is one line of up to 200 characters")
    return text.strip()


def _show_mrn(settings: Mapping[str, Any], vendor: str) -> dict[str, Any]:
    rules = parse_site_rules(settings)
    rule = with_site_mrn(profile_named(vendor).normalizer, rules)
    own = bool(rules.mrn_systems or rules.mrn_types)
    return {
        "rule_of": "site" if own else f"vendor {vendor}",
        "systems": rule.mrn_systems,
        "types": rule.mrn_types,
    }
