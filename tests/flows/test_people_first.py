"""A page that waits for the EHR is known to the work beside it until its last byte."""

import asyncio
from collections.abc import Iterator
from threading import Thread

import pytest

from app.sync.courtesy import AT_MOST_S
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as found:
        yield found


async def took(world: World) -> float:
    time = asyncio.get_running_loop().time
    began = time()
    await world.parts.people.let_first()
    return time() - began


def test_work_lets_a_page_go_first(world: World, browser: MiniBrowser) -> None:
    slow = {"match": {"resource": "Patient"}, "effect": {"latency_ms": 4000}, "times": 1}
    world.sandbox("faults", slow)
    opened: list[str] = []
    url = world.launch_url("elena-vargas")
    opening = Thread(target=lambda: opened.append(browser.get(url).text))
    opening.start()
    while not any(e["path"].endswith("/fhir/Encounter") for e in world.log()):
        assert opening.is_alive(), "no other answer came before the slow one"
    assert world.run(took(world)) >= AT_MOST_S
    opening.join()
    world.run(asyncio.sleep(AT_MOST_S))
    assert "Elena" in opened[0]
    assert world.run(took(world)) < AT_MOST_S / 2
