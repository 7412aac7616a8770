"""The schema that revisions build is the one that records use, on both databases."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from app.store.db import Store, open_store
from app.store.engine import build_engine
from app.store.migrate import is_ours, latest_revision, load_revision, migrate
from app.store.tables import METADATA, sealed_columns

pytestmark = pytest.mark.anyio
VERSIONS = Path(__file__).resolve().parents[3] / "app" / "store" / "migrations" / "versions"


def differences(connection: Connection) -> list[object]:
    options = {"include_name": lambda name, kind, _: is_ours(name, kind), "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    found: list[object] = list(compare_metadata(context, METADATA))
    return found


async def test_from_empty_the_revisions_build_exactly_the_tables(empty_database_url: str) -> None:
    engine = build_engine(empty_database_url)
    await migrate(engine)
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE of_the_job_engine (id INTEGER)"))
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(load_revision) == latest_revision()
    await engine.dispose()


async def test_a_second_start_changes_nothing(store: Store) -> None:
    await migrate(store.engine)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


START = """
import asyncio, pathlib, sys
from app.store.db import open_store

async def start():
    store = await open_store(sys.argv[1], pathlib.Path(sys.argv[2]))
    async with store.write("north"):
        pass
    print(store.vault.roots.kek.current)
    await store.close()

asyncio.run(start())
"""


def test_several_processes_may_start_at_once(empty_database_url: str, key_file: Path) -> None:
    command = [sys.executable, "-c", START, empty_database_url, str(key_file)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=180)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(set(said)) == 1 and said[0].strip()


async def test_old_code_serves_on_a_newer_database(
    store: Store, database_url: str, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with store.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    again = await open_store(database_url, key_file)
    assert "newer than this code" in caplog.text
    await again.close()


async def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    empty_database_url: str,
) -> None:
    engine = build_engine(empty_database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE ledger (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="ledger"):
        await migrate(engine)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert names == ["ledger"]
    await engine.dispose()


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "op":
                yield node.func.attr


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("v*.py")), ids=lambda p: p.stem)
def test_revisions_only_add(path: Path) -> None:
    """Old code must run on the new schema while processes are replaced one by one."""
    allowed = {"create_table", "create_index", "add_column", "execute", "get_bind"}
    assert set(calls(path)) <= allowed


def test_every_binary_column_is_sealed_or_known_to_be_public() -> None:
    public = {
        ("tenant_capability", "body"),
        ("tenant_capability", "former"),
        ("data_key", "wrapped"),
    }
    binary = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if column.type.python_type is bytes
    }
    sealed = {(name, column) for name, columns in sealed_columns().items() for column in columns}
    assert binary - public == sealed
