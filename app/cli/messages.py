"""`chartside messages …`: message templates and sequences, listed, checked, added, approved,
retired. Prints words for patients, never a patient."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.store_access import WHO, Format, FormatOption, TenantOption, emit, run_command
from app.errors import InvalidInput
from app.settings import Settings
from app.store.db import Store
from app.sync.own_rules import Version, find_findings, parse_rules
from app.sync.rule_desk import RuleDesk, Shelf, parse_kind
from app.sync.rule_files import load_contact_rules

group = typer.Typer(help="Message templates and sequences", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="TOML with [[template]] or [[sequence]]")]
KindArgument = Annotated[str, typer.Argument(help="template or sequence")]
KeyArgument = Annotated[str, typer.Argument(help="its key, as screening_due")]
VersionArgument = Annotated[int, typer.Argument(help="its version")]


def _desk(store: Store, settings: Settings) -> RuleDesk:
    return RuleDesk(store, load_contact_rules(settings.root))


@group.command("list")
def list_messages(tenant: TenantOption, form: FormatOption = Format.TEXT) -> None:
    """Every version, shipped and your own, with what stands against it."""

    async def work(store: Store, settings: Settings) -> list[dict[str, Any]]:
        shelf = await _desk(store, settings).load(tenant, WHO)
        return [_show(version, shelf) for version in shelf.versions]

    emit(run_command(work), form)


@group.command("lint")
def lint(file: FileArgument, form: FormatOption = Format.TEXT) -> None:
    """What stands against each version of a file; exit 1 if anything does. Saves nothing."""

    async def work(_store: Store, settings: Settings) -> list[dict[str, Any]]:
        rules = load_contact_rules(settings.root)
        return [
            {
                "kind": kind,
                "key": rule.key,
                "version": rule.version,
                "findings": list(find_findings(rule, rules)),
            }
            for kind, rule in parse_rules(_read(file))
        ]

    rows = run_command(work)
    emit(rows, form)
    if any(row["findings"] for row in rows):
        raise typer.Exit(1)


@group.command("add")
def add(tenant: TenantOption, file: FileArgument, form: FormatOption = Format.TEXT) -> None:
    """New versions as drafts, all of the file or none."""

    async def work(store: Store, settings: Settings) -> list[dict[str, Any]]:
        rules = parse_rules(_read(file))
        shelf = await _desk(store, settings).add(tenant, rules, WHO)
        return [_show(version, shelf) for version in shelf.versions]

    emit(run_command(work), form)


@group.command("approve")
def approve(
    tenant: TenantOption, kind: KindArgument, key: KeyArgument, version: VersionArgument
) -> None:
    """In force for new plans from now on, if nothing stands against it."""

    async def work(store: Store, settings: Settings) -> None:
        desk = _desk(store, settings)
        await desk.approve(tenant, parse_kind(kind), key, version, WHO)

    run_command(work)


@group.command("retire")
def retire(
    tenant: TenantOption, kind: KindArgument, key: KeyArgument, version: VersionArgument
) -> None:
    """No new plan uses it; what is planned keeps its words."""

    async def work(store: Store, settings: Settings) -> None:
        desk = _desk(store, settings)
        await desk.retire(tenant, parse_kind(kind), key, version, WHO)

    run_command(work)


def _read(file: Path) -> str:
    """Raises InvalidInput."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(f"{file} cannot be read.") from exc


def _show(version: Version, shelf: Shelf) -> dict[str, Any]:
    return {
        "kind": version.kind,
        "key": version.rule.key,
        "version": version.rule.version,
        "state": version.state,
        "shipped": version.is_shipped,
        "name": version.rule.name,
        "findings": list(find_findings(version.rule, shelf.rules)),
    }
