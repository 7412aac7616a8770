"""launch.single_flight: one run per key, shared; nobody's giving up hurts the others."""

import asyncio

import pytest

from launch.single_flight import SingleFlight


@pytest.mark.anyio
async def test_callers_share_one_run_and_its_failure() -> None:
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.01)
        if runs == 2:
            raise ValueError("second")
        return runs

    flights: SingleFlight[int] = SingleFlight()
    assert await asyncio.gather(*(flights.run("a", work) for _ in range(5))) == [1] * 5
    results = await asyncio.gather(
        *(flights.run("a", work) for _ in range(3)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["second"] * 3
    assert runs == 2
    assert list(await asyncio.gather(flights.run("a", work), flights.run("b", work))) == [4, 4]


@pytest.mark.anyio
async def test_a_caller_that_gives_up_stops_nobody_else() -> None:
    done = asyncio.Event()

    async def work() -> str:
        await done.wait()
        return "kept"

    flights: SingleFlight[str] = SingleFlight()
    first = asyncio.ensure_future(flights.run("a", work))
    second = asyncio.ensure_future(flights.run("a", work))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    done.set()
    assert await second == "kept"
    assert first.cancelled()


@pytest.mark.anyio
async def test_closing_ends_what_runs() -> None:
    async def forever() -> None:
        await asyncio.sleep(1000)

    flights: SingleFlight[None] = SingleFlight()
    task = flights.start("a", forever)
    await asyncio.sleep(0)
    await flights.aclose()
    assert task.cancelled()
