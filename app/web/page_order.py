"""Parts of a page that become ready in any order, sent in the page's order. Renders nothing."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable


class InOrder:
    """All parts are begun at once; what is ready together leaves together, and nothing that is
    ready waits for a part after it."""

    def __init__(self, parts: Iterable[Coroutine[None, None, str]]) -> None:
        self._tasks = [asyncio.create_task(part, name="page part") for part in parts]

    async def stream(self) -> AsyncIterator[str]:
        """Raises what a part raises, in its place. Parts that nobody will read are stopped."""
        ready: list[str] = []
        try:
            for task in self._tasks:
                if not task.done() and any(ready):
                    yield "".join(ready)
                    ready.clear()
                ready.append(await task)
            yield "".join(ready)
        finally:
            self.stop()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
