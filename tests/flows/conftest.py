"""One world for the flow tests of a module; each test opens its own browser.

A module that carries out saved jobs by hand says `BY_HAND = True`: its world has no worker beside
the pages, which would carry out the same rows in the same moment.
"""

from collections.abc import Iterator

import pytest

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, running_world


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    by_hand = getattr(request.module, "BY_HAND", False)
    with running_world(tmp_path_factory.mktemp("world"), does_jobs=not by_hand) as found:
        yield found


@pytest.fixture
def browser(world: World) -> Iterator[MiniBrowser]:
    world.http.delete(f"{world.ehr}/_sandbox/faults")
    made = MiniBrowser()
    yield made
    made.close()
