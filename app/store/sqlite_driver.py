"""aiosqlite for SQLAlchemy with one thread change per statement. Runs no statements of its own.

As SQLAlchemy adapts it, a statement costs four: open a cursor, execute, fetch, close; and a
transaction some more for its BEGIN and for a second ROLLBACK. Here a statement and its rows are
one errand to the connection's thread, BEGIN travels with the first one, and the end of a mere look
is not waited for.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_

BEGIN_READ = "BEGIN"
BEGIN_WRITE = "BEGIN IMMEDIATE"
BEGIN_PASSING = "BEGIN IMMEDIATE /* passing */"
"""A write that all see once it is committed, and that is on the disk with the next lasting one."""
_LASTING, _PASSING = "PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"


class Done(NamedTuple):
    """What a statement left: its rows, fetched, and the cursor's other words."""

    rows: Sequence[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class OneErrandCursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor that exists on the connection's thread only while its statement runs."""

    __slots__ = ("_done", "_size")

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._done = Done((), None, -1, None)
        self._size = 1

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._done.lastrowid

    @property
    def arraysize(self) -> int:
        return self._size

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._size = value

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Nothing is open."""

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        adapted = self._adapt_connection
        assert isinstance(adapted, OneErrandConnection)  # noqa: S101 — see __init__
        if adapted.hold_begin(operation):
            return self
        async with adapted._execute_mutex:
            self._done = await adapted.send(_run, operation, parameters)
        self._rows = deque(self._done.rows)
        return self

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        adapted = self._adapt_connection
        assert isinstance(adapted, OneErrandConnection)  # noqa: S101 — see __init__
        async with adapted._execute_mutex:
            self._done = await adapted.send(_run_many, operation, seq_of_parameters)
        return self


class OneErrandConnection(AsyncAdapt_aiosqlite_connection):
    """Holds a BEGIN back until there is something to do, and ends no transaction twice: SQLAlchemy
    rolls back after each commit, to be sure. After a passing write the next lasting one asks for
    the disk again, or fails."""

    __slots__ = ("_held", "_is_begun", "_is_lax", "_only_reads")

    _cursor_cls = OneErrandCursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._held = ""
        self._is_begun = False
        self._is_lax = False
        self._only_reads = False

    def cursor(self, server_side: bool = False) -> Any:
        if server_side:
            await_(self.send(_run, "SELECT 1", None))  # its BEGIN may not come after it
        return super().cursor(server_side)

    def hold_begin(self, operation: str) -> bool:
        """Whether the statement is a BEGIN, which then waits for the next one."""
        if operation not in (BEGIN_READ, BEGIN_WRITE, BEGIN_PASSING):
            return False
        self._only_reads = operation == BEGIN_READ
        self._held = operation
        return True

    async def send(self, work: Callable[..., Done], *arguments: Any) -> Done:
        """One errand to the connection's thread; what it raises is raised here."""
        held, self._held = self._held, ""
        self._is_begun = self._is_begun or bool(held)
        self._is_lax = self._is_lax or held == BEGIN_PASSING
        before = _build_before(held, is_lax=self._is_lax)
        driver: Any = self._connection
        done: Done = await driver._execute(_after, before, work, driver._conn, *arguments)
        self._is_lax = self._is_lax and _LASTING not in before
        return done

    def commit(self) -> None:
        if self._held in (
            BEGIN_WRITE,
            BEGIN_PASSING,
        ):  # nothing was done: say so only if it could have been done
            await_(self.send(_run, "SELECT 1", None))
        self._held = ""
        if not self._is_begun:
            return
        if self._only_reads:
            # The thread works in order: whoever uses this connection next comes after it.
            driver: Any = self._connection
            driver._tx.put_nowait((None, driver._conn.commit))
        else:
            super().commit()
        self._is_begun = False

    def rollback(self) -> None:
        self._held = ""
        if self._is_begun:
            super().rollback()
            self._is_begun = False


def _build_before(held: str, *, is_lax: bool) -> tuple[str, ...]:
    """What goes before a transaction's first statement."""
    if held == BEGIN_PASSING:
        return (_PASSING, held)
    if held == BEGIN_WRITE and is_lax:
        return (_LASTING, held)
    return (held,) if held else ()


def _after(
    before: tuple[str, ...],
    work: Callable[..., Done],
    connection: sqlite3.Connection,
    *arguments: Any,
) -> Done:
    for statement in before:
        connection.execute(statement)
    return work(connection, *arguments)


def _run(connection: sqlite3.Connection, operation: str, parameters: Any) -> Done:
    cursor = connection.execute(operation, () if parameters is None else parameters)
    try:
        rows = cursor.fetchall() if cursor.description else ()
        return Done(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


def _run_many(connection: sqlite3.Connection, operation: str, parameters: Any) -> Done:
    cursor = connection.executemany(operation, parameters)
    try:
        return Done((), cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class OneErrandModule(AsyncAdapt_aiosqlite_dbapi):
    """The driver module that SQLAlchemy is given."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *args: Any, **named: Any) -> OneErrandConnection:
        connection = aiosqlite.connect(*args, **named)
        connection._thread.daemon = True
        return OneErrandConnection(self, await_(asyncio.ensure_future(_opened(connection))))


async def _opened(connection: aiosqlite.Connection) -> aiosqlite.Connection:
    return await connection
