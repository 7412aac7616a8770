"""Engines for SQLite and PostgreSQL, set so that a commit is durable. Runs no queries of ours."""

import logging
import os
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.errors import ConfigError
from app.store.keyfile import PRIVATE_FILE, PRIVATE_FOLDER
from app.store.sqlite_driver import BEGIN_PASSING, BEGIN_READ, BEGIN_WRITE, OneErrandModule

READ_ONLY = "chartside_read_only"
PASSING = "chartside_passing"
BUSY_TIMEOUT_MS = 5_000
POOL_TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 30_000
FRESH_S = 1.0
"""A connection that answered so lately is not asked whether it lives: the driver knows when the
server has hung up, and asking takes three round trips."""

_ANSWERED = "answered"
"""In a pooled connection's notes: when it was last given back, by the monotonic clock."""

# At DEBUG the driver logs every statement with its values; no setting of ours may let it.
logging.getLogger("aiosqlite").setLevel(logging.WARNING)

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_PRAGMAS = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
    "foreign_keys": ("ON", 1),
}


def build_engine(database_url: str) -> AsyncEngine:
    """An engine that hides parameters from errors and logs.

    Raises ConfigError for a URL that names neither SQLite on a file nor PostgreSQL.
    """
    url = parse_database_url(database_url)
    if url.get_backend_name() == "postgresql":
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_timeout=POOL_TIMEOUT_S,
            pool_use_lifo=True,  # the one used last has its statements prepared
            connect_args={"server_settings": {"statement_timeout": str(STATEMENT_TIMEOUT_MS)}},
        )
        event.listen(engine.sync_engine, "begin", _begin_passing)
        event.listen(engine.sync_engine, "checkin", _note_answer)
        event.listen(engine.sync_engine, "checkout", _ping_idle)
        return engine
    _make_private(Path(str(url.database)))
    engine = create_async_engine(
        url, module=OneErrandModule(), hide_parameters=True, pool_timeout=POOL_TIMEOUT_S
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def build_readers(engine: AsyncEngine) -> AsyncEngine:
    """The same connections for transactions that only look.

    On PostgreSQL without BEGIN and COMMIT: at READ COMMITTED every statement looks anew anyway,
    and those two were most of what a look of one statement cost. SQLite's BEGIN makes all
    statements of a look see the same.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(**{READ_ONLY: True})


def parse_database_url(database_url: str) -> URL:
    """The URL with the asyncio driver that we use. Never repeats the text: it holds a password."""
    try:
        url = make_url(database_url)
        driver = _DRIVERS[url.get_backend_name()]
    except (ArgumentError, KeyError):
        raise ConfigError("DATABASE_URL names neither SQLite nor PostgreSQL.") from None
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ConfigError("SQLite needs a file: what is written must outlive the process.")
    return url.set(drivername=driver)


def _make_private(path: Path) -> None:
    """Creates the database file for its owner only; SQLite gives its journals the same mode."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_FILE))
    except OSError as exc:
        raise ConfigError(f"The database file {path.name} cannot be written.") from exc


def _set_pragmas(connection: Any, _record: object) -> None:
    """Durable commits, and proof that SQLite took every setting."""
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for name, (value, expected) in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
        cursor.execute(f"PRAGMA {name}")
        if cursor.fetchone()[0] != expected:
            raise ConfigError(f"SQLite refused {name}={value} on this disk.")
    cursor.close()


def _note_answer(_connection: Any, record: Any) -> None:
    record.info[_ANSWERED] = time.monotonic()


def _ping_idle(connection: Any, record: Any, _proxy: object) -> None:
    """Before it is used again: a dead one is replaced, and with it all that were there by then."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    answered = record.info.get(_ANSWERED)
    if answered is None or time.monotonic() - answered < FRESH_S:
        return
    try:
        connection.ping()
    except Exception:
        raise InvalidatePoolError from None


def _begin(connection: Connection) -> None:
    """Writers take their lock at once, so two of them never meet half-way."""
    options = connection.get_execution_options()
    writes = BEGIN_PASSING if options.get(PASSING) else BEGIN_WRITE
    connection.exec_driver_sql(BEGIN_READ if options.get(READ_ONLY) else writes)


def _begin_passing(connection: Connection) -> None:
    """Such a commit does not wait for PostgreSQL's disk; others do."""
    if connection.get_execution_options().get(PASSING):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
