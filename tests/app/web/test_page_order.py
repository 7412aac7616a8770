"""Parts are begun together, sent in order, and never held back by a later one."""

import asyncio

import pytest

from app.web.page_order import InOrder

pytestmark = pytest.mark.anyio


async def at_once(text: str) -> str:
    return text


async def after(gate: asyncio.Event, text: str) -> str:
    await gate.wait()
    return text


async def test_what_is_ready_together_leaves_together() -> None:
    parts = InOrder([at_once("a"), at_once("b"), at_once("c")])
    assert [html async for html in parts.stream()] == ["abc"]


async def test_a_ready_part_does_not_wait_for_a_later_one() -> None:
    gate = asyncio.Event()
    stream = InOrder([at_once("a"), at_once("b"), after(gate, "c"), at_once("d")]).stream()
    assert await anext(stream) == "ab"
    gate.set()
    assert [html async for html in stream] == ["cd"]


async def test_order_is_the_pages_not_the_datas() -> None:
    late, later = asyncio.Event(), asyncio.Event()
    stream = InOrder([after(later, "a"), after(late, "b"), at_once("c")]).stream()
    late.set()
    asyncio.get_running_loop().call_later(0.02, later.set)
    assert [html async for html in stream] == ["abc"]


async def test_an_empty_part_is_no_flush() -> None:
    gate = asyncio.Event()
    stream = InOrder([at_once(""), after(gate, "b")]).stream()
    asyncio.get_running_loop().call_later(0.02, gate.set)
    assert [html async for html in stream] == ["b"]


async def test_a_reader_that_leaves_stops_the_rest() -> None:
    stopped = asyncio.Event()

    async def endless() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()
        return ""

    stream = InOrder([at_once("a"), endless()]).stream()
    assert await anext(stream) == "a"
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator
    await asyncio.wait_for(stopped.wait(), 60)


async def test_a_part_that_fails_fails_in_its_place() -> None:
    async def broken() -> str:
        raise RuntimeError("part")

    gate = asyncio.Event()
    stream = InOrder([at_once("a"), after(gate, "b"), broken()]).stream()
    assert await anext(stream) == "a"
    gate.set()
    with pytest.raises(RuntimeError, match="part"):
        await anext(stream)
