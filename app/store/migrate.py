"""Brings the schema up to date at start, one process at a time. Never goes down."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.tables import METADATA

LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent / "migrations"
_LOCK = 0x63686172  # "char": the advisory lock that orders migrating processes on PostgreSQL


def build_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; the connection travels in its attributes."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(_HERE / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """All missing revisions in one transaction: a crash half-way leaves the schema as it was.

    A database that is newer than this code is left alone; revisions only add, so old code serves
    on while new code is rolled out.
    """
    async with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
        await connection.run_sync(_upgrade)


def load_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def latest_revision() -> str | None:
    return ScriptDirectory.from_config(build_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = build_config(connection)
    current = load_revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        LOG.warning("the database is at revision %s, newer than this code", current)
        return
    command.upgrade(config, "head")


def is_ours(name: str | None, kind: str) -> bool:
    """Whether a database object belongs to this schema; the job engine keeps tables beside it."""
    return kind != "table" or name in METADATA.tables
