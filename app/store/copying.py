"""Copies a whole store into an empty one on another database. Opens no cell, changes no source.

Cells stay sealed: the new database is opened with the same key file. The job engine's own tables
are left behind; its sweep makes the jobs of open rows anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import ConfigError
from app.store.migrate import migrate
from app.store.tables import METADATA

BATCH = 500
LEFT_BEHIND = frozenset({"worker"})
"""Of the running processes, not of the data."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of each table; the same number on both sides, or the copy was not kept."""

    rows: Mapping[str, int]


async def copy_store(source: AsyncEngine, target: AsyncEngine) -> Copied:
    """All tables in one transaction of the target: it gets everything or nothing.

    Raises ConfigError when the target holds rows already, or the counts differ at the end. Nobody
    may be writing to the source.
    """
    await migrate(target)
    async with source.connect() as reader, target.begin() as writer:
        await _require_empty(writer)
        rows = {str(table.name): await _copy(reader, writer, table) for table in _tables()}
        for table in _tables():
            if await _count(writer, table) != await _count(reader, table):
                raise ConfigError(f"The copy of {table.name} is not complete. Nothing was kept.")
    return Copied(rows)


def _tables() -> tuple[Table, ...]:
    """Those that others refer to come first."""
    return tuple(t for t in METADATA.sorted_tables if t.name not in LEFT_BEHIND)


async def _require_empty(writer: AsyncConnection) -> None:
    for table in _tables():
        if await _count(writer, table):
            raise ConfigError(f"The new database is not empty: {table.name} has rows already.")


async def _copy(reader: AsyncConnection, writer: AsyncConnection, table: Table) -> int:
    count = 0
    found = await reader.stream(select(table).order_by(*table.primary_key.columns))
    async for batch in found.mappings().partitions(BATCH):
        await writer.execute(table.insert(), [dict(row) for row in batch])
        count += len(batch)
    return count


async def _count(connection: AsyncConnection, table: Table) -> int:
    counted = await connection.execute(select(func.count()).select_from(table))
    return int(counted.scalar_one())
