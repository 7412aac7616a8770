"""`chartside db …`: bring the schema up to date, and say whether it is sound."""

from typing import Any

import typer
from sqlalchemy import text

from app.cli.store_access import Format, FormatOption, emit, run_command
from app.settings import Settings
from app.store.db import Store
from app.store.migrate import latest_revision, load_revision

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
