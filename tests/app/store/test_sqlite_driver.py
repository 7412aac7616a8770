"""The driver's promises, on a real file: what is held back, what is undone, what others see."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.engine import PASSING, READ_ONLY, build_engine

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = build_engine(f"sqlite:///{tmp_path / 'x.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"))
        await connection.execute(text("INSERT INTO t VALUES (1, 'one')"))
    yield engine
    await engine.dispose()


def looking(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(**{READ_ONLY: True})


async def rows(engine: AsyncEngine) -> list[tuple[int, str]]:
    async with looking(engine).begin() as connection:
        found = await connection.execute(text("SELECT a, b FROM t ORDER BY a"))
        return [(row.a, row.b) for row in found]


async def test_rows_counts_and_ids_come_back(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        added = await connection.execute(text("INSERT INTO t (b) VALUES ('two')"))
        assert (added.rowcount, added.lastrowid) == (1, 2)
        many = text("INSERT INTO t VALUES (:a, :b)")
        await connection.execute(many, [{"a": 3, "b": "x"}, {"a": 4, "b": "y"}])
        changed = await connection.execute(text("UPDATE t SET b = b || '!' WHERE a > 1"))
        assert changed.rowcount == 3
        found = await connection.execute(text("SELECT a, b FROM t ORDER BY a"))
        assert list(found.keys()) == ["a", "b"]
        assert found.fetchone() == (1, "one")
        assert found.fetchmany(1) == [(2, "two!")]
        assert found.fetchall() == [(3, "x!"), (4, "y!")]
    assert len(await rows(engine)) == 4


async def test_a_look_sees_one_moment(engine: AsyncEngine) -> None:
    """The transaction begins with its first statement and holds to the last."""
    async with looking(engine).begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar() == 1
        async with engine.begin() as writer:
            await writer.execute(text("INSERT INTO t VALUES (2, 'two')"))
        assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar() == 1
    assert len(await rows(engine)) == 2


async def test_a_look_at_nothing_begins_nothing(engine: AsyncEngine) -> None:
    for _ in range(3):
        async with looking(engine).begin():
            pass
    assert await rows(engine) == [(1, "one")]


async def test_a_writer_takes_its_lock_with_its_first_word(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """Even if it is a question: two writers never meet half-way."""
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None, timeout=0)
    async with engine.begin() as connection:
        await connection.execute(text("PRAGMA busy_timeout=10"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        async with engine.begin() as connection:
            await connection.execute(text("SELECT a FROM t"))
    with pytest.raises(OperationalError, match="locked"):
        async with engine.begin():
            pass  # it could not have written: that must not look like success
    other.close()
    assert await rows(engine) == [(1, "one")]


async def test_a_failure_undoes_everything(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (2, 'two')"))
            await connection.execute(text("INSERT INTO t VALUES (1, 'again')"))
    assert await rows(engine) == [(1, "one")]


async def test_a_failed_look_leaves_a_usable_connection(engine: AsyncEngine) -> None:
    for _ in range(3):
        with pytest.raises(OperationalError):
            async with looking(engine).begin() as connection:
                await connection.execute(text("SELECT nothing FROM nowhere"))
    assert await rows(engine) == [(1, "one")]


async def test_a_cancelled_writer_leaves_nothing(engine: AsyncEngine) -> None:
    async def write() -> None:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (2, 'two')"))
            await asyncio.sleep(10)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await rows(engine) == [(1, "one")]
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO t VALUES (2, 'two')"))
    assert len(await rows(engine)) == 2


async def test_a_commit_that_fails_is_undone(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE TABLE u (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)",
            )
        )
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO u VALUES (99)"))
    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM u"))).scalar() == 0


async def test_a_look_can_be_streamed(engine: AsyncEngine) -> None:
    async with looking(engine).begin() as connection:
        streamed = await connection.stream(text("SELECT a FROM t"))
        assert [row.a async for row in streamed] == [1]


async def test_transactions_side_by_side_do_not_mix(engine: AsyncEngine) -> None:
    async def add(number: int) -> int:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (:a, 'x')"), {"a": number})
        return len(await rows(engine))

    seen = await asyncio.gather(*(add(n) for n in range(10, 20)))
    assert max(seen) == 11
    assert len(await rows(engine)) == 11


async def test_a_statement_is_one_errand(engine: AsyncEngine) -> None:
    """What the driver is for: counted, not timed."""
    sent: list[object] = []

    def watch(dbapi: object, _record: object, _proxy: object) -> None:
        driver = dbapi._connection  # type: ignore[attr-defined]  # aiosqlite's own
        queue = driver._tx
        driver._tx = Counting(queue, sent)

    event.listen(engine.sync_engine, "checkout", watch, once=True)
    await rows(engine)
    assert len(sent) == 2  # the statement with its BEGIN, and the COMMIT that nobody waits for
    sent.clear()
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO t VALUES (2, 'two')"))
    assert len(sent) == 2


class Counting:
    """aiosqlite's queue, counted."""

    def __init__(self, inner: object, sent: list[object]) -> None:
        self._inner = inner
        self._sent = sent

    def put_nowait(self, errand: object) -> None:
        self._sent.append(errand)
        self._inner.put_nowait(errand)  # type: ignore[attr-defined]  # a SimpleQueue


async def waits_for_disk(engine: AsyncEngine, **options: bool) -> bool:
    async with engine.execution_options(**options).begin() as connection:
        await connection.execute(text("UPDATE t SET b = b"))
        return bool((await connection.execute(text("PRAGMA synchronous"))).scalar() == 2)


async def test_only_a_passing_write_does_not_wait_for_the_disk(engine: AsyncEngine) -> None:
    """On one connection, which the pool hands from one to the next."""
    assert await waits_for_disk(engine)
    assert not await waits_for_disk(engine, **{PASSING: True})
    assert not await waits_for_disk(engine, **{PASSING: True})
    assert await rows(engine) == [(1, "one")]
    assert await waits_for_disk(engine)
    assert await waits_for_disk(engine)


async def test_a_passing_write_that_fails_leaves_the_next_one_lasting(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with engine.execution_options(**{PASSING: True}).begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (1, 'again')"))
    assert await rows(engine) == [(1, "one")]
    assert await waits_for_disk(engine)


async def test_others_see_a_passing_write_at_once(engine: AsyncEngine, tmp_path: Path) -> None:
    async with engine.execution_options(**{PASSING: True}).begin() as connection:
        await connection.execute(text("DELETE FROM t"))
    with sqlite3.connect(tmp_path / "x.db") as other:
        assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)
    other.close()
