"""Fixtures of the launch's tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.launch.rig import Rig, running_rig
from tests.launch.world import World


@pytest.fixture
async def world(anyio_backend: str) -> AsyncIterator[World]:
    """A launch service, its routes and a scripted EHR."""
    world = World()
    yield world
    await world.service.aclose()
    await world.http.aclose()


@pytest.fixture(scope="session")
def shared_rig() -> Iterator[Rig]:
    """The pretend EHR and our launch, each served on a loopback port, once for all tests."""
    with running_rig() as rig:
        yield rig


@pytest.fixture
def rig(shared_rig: Rig) -> Rig:
    """The rig with nothing left over from an earlier test."""
    shared_rig.control("reset")
    shared_rig.audit.events.clear()
    shared_rig.sent.clear()
    shared_rig.told.clear()
    return shared_rig
