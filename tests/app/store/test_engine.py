"""PostgreSQL's pool: what is asked before a connection is used again, and what a look begins."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import anyio
import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.engine import FRESH_S, _note_answer, _ping_idle, build_engine, build_readers

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
LONG_AGO = time.monotonic() - 100 * FRESH_S


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = build_engine(postgres_url)
    yield engine
    await engine.dispose()


async def find_session(engine: AsyncEngine) -> tuple[int, Any]:
    """The server's process behind the pooled connection, and the driver's own connection."""
    async with engine.begin() as connection:
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        raw = await connection.get_raw_connection()
        return pid, raw.driver_connection


async def test_a_session_that_the_server_ended_is_replaced_at_once(
    engine: AsyncEngine, postgres_url: str
) -> None:
    pid, driver = await find_session(engine)
    plain = postgres_url.replace("postgresql+asyncpg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with anyio.fail_after(30):
        while not driver.is_closed():
            await anyio.sleep(0.01)
    assert (await find_session(engine))[0] != pid


async def test_a_session_that_lay_idle_is_asked_and_used(engine: AsyncEngine) -> None:
    asked: list[str] = []

    def forget(_connection: Any, record: Any) -> None:
        record.info["answered"] = LONG_AGO
        asked.append("given back")

    event.listen(engine.sync_engine, "checkin", forget)
    pid, _ = await find_session(engine)
    assert (await find_session(engine))[0] == pid and len(asked) == 2


async def test_a_look_begins_no_transaction_and_a_change_does(engine: AsyncEngine) -> None:
    """Within a transaction the server's now() stands still."""
    for used, stands in ((build_readers(engine), False), (engine, True)):
        async with used.begin() as connection:
            first = (await connection.execute(text("SELECT now()"))).scalar_one()
            second = (await connection.execute(text("SELECT now()"))).scalar_one()
        assert (first == second) is stands


async def test_what_is_changed_after_a_look_is_undone_together(engine: AsyncEngine) -> None:
    """The same connection serves both: a look leaves nothing behind on it."""
    async with build_readers(engine).begin() as connection:
        await connection.execute(text("SELECT 1"))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (a integer)"))
    with pytest.raises(ZeroDivisionError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO t VALUES (1)"))
            raise ZeroDivisionError
    async with build_readers(engine).begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM t"))).scalar_one() == 0


@dataclass
class Line:
    """A connection of a driver, as far as the pool's question goes."""

    is_dead: bool = False
    is_known: bool = False
    pings: int = 0
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def driver_connection(self) -> "Line":
        return self

    def is_closed(self) -> bool:
        return self.is_dead and self.is_known

    def ping(self) -> None:
        self.pings += 1
        if self.is_dead:
            raise ConnectionError


def test_only_one_that_lay_idle_is_asked() -> None:
    line = Line()
    _ping_idle(line, line, None)
    _note_answer(line, line)
    _ping_idle(line, line, None)
    assert line.pings == 0
    line.info["answered"] = LONG_AGO
    _ping_idle(line, line, None)
    assert line.pings == 1


@pytest.mark.parametrize("is_known", [True, False])
def test_a_dead_one_empties_the_pool(is_known: bool) -> None:
    line = Line(is_dead=True, is_known=is_known, info={"answered": LONG_AGO})
    with pytest.raises(InvalidatePoolError):
        _ping_idle(line, line, None)
    assert line.pings == (not is_known)
