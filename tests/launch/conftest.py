"""Fixtures of the launch's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.launch.world import World


@pytest.fixture
async def world(anyio_backend: str) -> AsyncIterator[World]:
    """A launch service, its routes and a scripted EHR."""
    world = World()
    yield world
    await world.service.aclose()
    await world.http.aclose()
