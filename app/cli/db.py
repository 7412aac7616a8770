"""`chartside db …`: bring the schema up to date, say whether it is sound, copy it elsewhere."""

from typing import Annotated, Any

import typer
from sqlalchemy import text

from app.cli.store_access import Format, FormatOption, emit, run_command
from app.errors import ConfigError
from app.settings import Settings
from app.store.audit_chain import load_chains, verify_chain
from app.store.copying import copy_store
from app.store.db import Store
from app.store.engine import build_engine
from app.store.migrate import latest_revision, load_revision
from app.store.records.workers import load_living

group = typer.Typer(help="The database", no_args_is_help=True)


@group.command()
def upgrade(form: FormatOption = Format.TEXT) -> None:
    """Make or update the schema, and the key file on a first run; every start does the same."""
    emit([run_command(_look)], form)


@group.command()
def check(form: FormatOption = Format.TEXT) -> None:
    """Revision and integrity; exit 1 when something is wrong."""
    found = run_command(_look)
    emit([found], form)
    if found["integrity"] != "ok":
        raise typer.Exit(1)


@group.command()
def copy(
    to: Annotated[str, typer.Option("--to", help="the empty database: postgresql+asyncpg://…")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Copy everything into an empty database, which the same key file then opens. Stop Chartside
    first; afterwards set DATABASE_URL to the new one."""

    async def work(store: Store, _settings: Settings) -> list[dict[str, Any]]:
        await _require_stopped(store)
        target = build_engine(to)
        try:
            copied = await copy_store(store.engine, target)
            chains = await _verify(Store(target, store.vault, store.clock))
        finally:
            await target.dispose()
        return [{"table": name, "rows": rows} for name, rows in copied.rows.items()] + chains

    rows = run_command(work)
    emit(rows, form)
    if any(row.get("audit") == "BROKEN" for row in rows):
        raise typer.Exit(1)


async def _require_stopped(store: Store) -> None:
    """What a process that goes on working saves after the copy would be missing in it."""
    async with store.read_wide() as tx:
        living = await load_living(tx)
    if living:
        names = ", ".join(living)
        raise ConfigError(f"Chartside is at work ({names}). Stop it, and try again in 20 seconds.")


async def _verify(store: Store) -> list[dict[str, Any]]:
    """Every audit chain, walked in the new database."""
    async with store.read_wide() as wide:
        tenants = await load_chains(wide)
        reports = [await verify_chain(wide.within(tenant)) for tenant in tenants]
    return [
        {"tenant": r.tenant_id, "rows": r.rows, "audit": "ok" if r.holds else "BROKEN"}
        for r in reports
    ]


async def _look(store: Store, _settings: Settings) -> dict[str, Any]:
    async with store.engine.connect() as connection:
        revision = await connection.run_sync(load_revision)
        integrity = "ok"
        if store.is_sqlite:
            integrity = str((await connection.execute(text("PRAGMA integrity_check"))).scalar())
    return {
        "database": store.engine.dialect.name,
        "revision": revision,
        "latest": latest_revision(),
        "integrity": integrity,
    }
