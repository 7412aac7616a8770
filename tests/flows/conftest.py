"""One world for the flow tests of a module; each test opens its own browser."""

from collections.abc import Iterator

import pytest

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def browser(world: World) -> Iterator[MiniBrowser]:
    world.http.delete(f"{world.ehr}/_sandbox/faults")
    made = MiniBrowser()
    yield made
    made.close()
