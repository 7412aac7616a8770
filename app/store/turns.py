"""Whose turn it is to write where only one can (SQLite). Knows nothing of what is written.

A save that a person waits for goes before work that nobody waits for; each of the two lines is
served in order, and work is let through from time to time so that it never stands still.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

IN_A_ROW = 10
"""So many people one after the other while work waits; then one turn for the work."""

_is_work: ContextVar[bool] = ContextVar("is_work", default=False)
Line = deque[asyncio.Future[None]]


@contextmanager
def in_background() -> Iterator[None]:
    """What is written within, and by tasks begun within, is work that nobody waits for."""
    before = _is_work.set(True)
    try:
        yield
    finally:
        _is_work.reset(before)


@dataclass(slots=True)
class Turns:
    """One per database, used by one event loop."""

    _is_taken: bool = False
    _people: Line = field(default_factory=deque)
    _work: Line = field(default_factory=deque)
    _in_a_row: int = 0

    async def acquire(self) -> None:
        """Returns when it is the caller's turn, which lasts until `release`."""
        if not self._is_taken:
            self._is_taken = True
            return
        line = self._work if _is_work.get() else self._people
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except BaseException:
            if turn in line:
                line.remove(turn)
            elif not turn.cancelled():
                self.release()  # it was given to a caller who has just given up
            raise

    def release(self) -> None:
        """Passes the turn on to whoever is next."""
        turn = self._find_next()
        if turn is None:
            self._is_taken = False
        else:
            turn.set_result(None)

    def _find_next(self) -> "asyncio.Future[None] | None":
        lines = [self._people, self._work]
        if self._in_a_row >= IN_A_ROW:
            lines.reverse()
        for line in lines:
            while line:
                turn = line.popleft()
                if not turn.done():  # else its caller has given up and is about to say so
                    self._in_a_row = self._in_a_row + 1 if line is self._people else 0
                    return turn
        return None
