"""app.sync.courtesy: work waits while pages are made, and no longer than it says."""

import asyncio
from collections.abc import Awaitable

import pytest

from app.sync.courtesy import People

pytestmark = pytest.mark.anyio
LONG_S = 600.0
"""No test lasts as long, however busy the machine is."""


async def took(work: Awaitable[None]) -> float:
    """Seconds by the loop's clock."""
    time = asyncio.get_running_loop().time
    began = time()
    await work
    return time() - began


async def test_nobody_there_is_nothing_to_wait_for() -> None:
    people = People()
    work = asyncio.ensure_future(people.let_first())
    await asyncio.sleep(0)
    assert work.done()


async def test_work_begins_once_everybody_has_an_answer() -> None:
    people, order = People(quiet_s=0, at_most_s=LONG_S), list[str]()

    async def work() -> None:
        await people.let_first()
        order.append("work")

    with people.one(), people.one():
        working = asyncio.create_task(work())
        await asyncio.sleep(0.2)
        order.append("answered")
    await working
    assert order == ["answered", "work"]


async def test_between_two_pages_of_one_visit_no_work_slips_in() -> None:
    people = People(quiet_s=LONG_S, at_most_s=LONG_S)
    with people.one():
        pass
    working = asyncio.create_task(people.let_first())
    await asyncio.sleep(0.2)
    assert not working.done()
    people.quiet_s = 0
    await working


async def test_work_waits_no_longer_than_it_says() -> None:
    people = People(at_most_s=0.3)
    with people.one():
        assert await took(people.let_first()) >= 0.29


async def test_who_gives_up_waits_no_more() -> None:
    people = People(quiet_s=0)
    with pytest.raises(RuntimeError), people.one():
        raise RuntimeError
    work = asyncio.ensure_future(people.let_first())
    await asyncio.sleep(0)
    assert work.done()
