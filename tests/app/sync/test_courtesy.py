"""app.sync.courtesy: work waits while pages are made, and no longer than it says."""

import asyncio
from collections.abc import Awaitable

import pytest

from app.sync.courtesy import AT_MOST_S, QUIET_S, People

pytestmark = pytest.mark.anyio


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
    people, order = People(), list[str]()

    async def work() -> None:
        await people.let_first()
        order.append("work")

    with people.one(), people.one():
        working = asyncio.create_task(work())
        await asyncio.sleep(QUIET_S * 2)
        order.append("answered")
    await working
    assert order == ["answered", "work"]


async def test_between_two_pages_of_one_visit_no_work_slips_in() -> None:
    people = People()
    with people.one():
        pass
    working = asyncio.create_task(people.let_first())
    await asyncio.sleep(QUIET_S / 3)
    with people.one():
        await asyncio.sleep(QUIET_S)
        assert not working.done()
    await working


async def test_work_waits_no_longer_than_it_says() -> None:
    people = People()
    with people.one():
        assert await took(people.let_first()) >= AT_MOST_S


async def test_who_gives_up_waits_no_more() -> None:
    people = People()
    with pytest.raises(RuntimeError), people.one():
        raise RuntimeError
    await asyncio.sleep(QUIET_S)
    work = asyncio.ensure_future(people.let_first())
    await asyncio.sleep(0)
    assert work.done()
