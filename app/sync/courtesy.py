"""Whom work that nobody waits for lets go first: the people whose pages are being made now, in this
process. Knows no pages; orders nothing that somebody waits for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

QUIET_S = 0.1
"""A browser that was sent on asks for the next page within this."""
AT_MOST_S = 1.0
"""Work waits no longer, however many people come."""
LOOK_S = 0.02


@dataclass(slots=True)
class People:
    """One per process, used by one event loop. Seconds by the loop's clock."""

    quiet_s: float = QUIET_S
    at_most_s: float = AT_MOST_S
    _here: int = 0
    _left_at: float = float("-inf")

    @contextmanager
    def one(self) -> Iterator[None]:
        """Somebody waits for an answer while this lasts."""
        self._here += 1
        try:
            yield
        finally:
            self._here -= 1
            self._left_at = asyncio.get_running_loop().time()

    async def let_first(self) -> None:
        """Returns at once when nobody waits and nobody has just been answered; else when that is
        so, or after `at_most_s`."""
        time = asyncio.get_running_loop().time
        until = time() + self.at_most_s
        while (now := time()) < until and (self._here or now - self._left_at < self.quiet_s):
            await asyncio.sleep(LOOK_S)


async def let_nobody_first() -> None:
    """For work in a process that makes no pages."""
