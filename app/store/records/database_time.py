"""The database's own time: what leases are measured by, so that no machine's clock can end one."""

from datetime import UTC, datetime

from sqlalchemy import String, func, literal_column, select

from app.store.transactions import Tx

_POSTGRESQL = select(func.clock_timestamp().label("now"))
_SQLITE = select(literal_column("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')", String).label("now"))


async def load_database_time(tx: Tx) -> datetime:
    """Now, as the database has it, not as of the transaction's begin."""
    if tx.connection.dialect.name == "postgresql":
        row = await tx.first(_POSTGRESQL)
        assert row is not None  # noqa: S101 — a select without a table has one row
        now: datetime = row.now
        return now.astimezone(UTC)
    row = await tx.first(_SQLITE)
    assert row is not None  # noqa: S101 — as above
    return datetime.fromisoformat(row.now)
