"""One turn at a time, people before work, work never at a standstill, none lost to who gives up."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store.turns import IN_A_ROW, Turns, in_background

pytestmark = pytest.mark.anyio


class Line:
    """Callers of one `Turns`, and in which order they came to it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.served: list[str] = []
        self.inside = 0

    async def take(self, name: str) -> None:
        await self.turns.acquire()
        try:
            self.inside += 1
            assert self.inside == 1
            await asyncio.sleep(0)
            self.served.append(name)
        finally:
            self.inside -= 1
            self.turns.release()

    def start(self, name: str) -> "asyncio.Task[None]":
        return asyncio.create_task(self.take(name))

    def work(self, name: str) -> "asyncio.Task[None]":
        with in_background():
            return self.start(name)


async def test_people_go_before_work_each_in_order() -> None:
    line = Line()
    await line.turns.acquire()
    tasks = [line.work("w1"), line.work("w2"), line.start("p1"), line.start("p2")]
    await asyncio.sleep(0)
    line.turns.release()
    await asyncio.gather(*tasks)
    assert line.served == ["p1", "p2", "w1", "w2"]


async def test_work_is_let_through_from_time_to_time() -> None:
    line = Line()
    await line.turns.acquire()
    tasks = [line.work("w"), *(line.start("p") for _n in range(2 * IN_A_ROW))]
    await asyncio.sleep(0)
    line.turns.release()
    await asyncio.gather(*tasks)
    assert line.served.index("w") == IN_A_ROW


async def test_who_gives_up_in_the_moment_of_their_turn_passes_it_on() -> None:
    line = Line()
    await line.turns.acquire()
    first, second = line.start("first"), line.start("second")
    await asyncio.sleep(0)
    line.turns.release()
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    await asyncio.wait_for(second, 10)
    assert line.served == ["second"]


async def play(acts: list[tuple[str, int]]) -> None:
    """Callers come, some give up, the loop goes round in between; then all is quiet and free."""
    line = Line()
    tasks: list[asyncio.Task[None]] = []
    for act, number in acts:
        if act == "rest":
            await asyncio.sleep(0)
        elif act == "leave" and tasks:
            tasks[number % len(tasks)].cancel()
        else:
            tasks.append(line.work("w") if act == "work" else line.start("p"))
    ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
    assert len(line.served) >= list(ended).count(None)
    assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ended)
    await asyncio.wait_for(line.turns.acquire(), 10)


acts = st.tuples(st.sampled_from(["person", "work", "leave", "rest"]), st.integers(0, 50))


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=40))
def test_whoever_comes_and_leaves_nobody_waits_for_ever(given_acts: list[tuple[str, int]]) -> None:
    asyncio.run(play(given_acts))
