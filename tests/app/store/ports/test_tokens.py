"""Tokens are swapped in one step, and of a hundred that want to refresh one does."""

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from app.store.db import Store, open_store
from app.store.ports.launches import StoredLaunches
from app.store.ports.tokens import StoredTokenSets
from launch.models import StoredTokens
from tests.app.store.cast import event_of, opened_of, tokens_of
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio
LEASE = timedelta(seconds=30)


@pytest.fixture
async def tokens(store: Store) -> StoredTokenSets:
    await StoredLaunches(store).save_launch(
        opened_of("l1"),
        tokens_of(),
        session_hash="h",
        held=False,
        audit=event_of("launch_opened"),
    )
    return StoredTokenSets(store)


async def acquire(
    tokens: StoredTokenSets, holder: str, *, version: int = 1, after: timedelta = timedelta()
) -> bool:
    now = T0 + after
    return await tokens.acquire_refresh(
        "l1", version=version, holder=holder, now=now, until=now + LEASE
    )


async def test_of_a_hundred_in_two_processes_one_may_refresh(
    tokens: StoredTokenSets, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    second = await open_store(database_url, key_file, clock=clock)
    winners: list[str] = []

    async def want(side: StoredTokenSets, holder: str) -> None:
        if await acquire(side, holder):
            winners.append(holder)

    async with anyio.create_task_group() as group:
        for n in range(50):
            group.start_soon(want, tokens, f"a{n}")
            group.start_soon(want, StoredTokenSets(second), f"b{n}")
    await second.close()
    assert len(winners) == 1


async def test_a_lease_can_be_renewed_given_back_and_runs_out(tokens: StoredTokenSets) -> None:
    assert await acquire(tokens, "a")
    assert await acquire(tokens, "a")
    assert not await acquire(tokens, "b", after=LEASE / 2)
    await tokens.release_refresh("l1", holder="b")
    assert not await acquire(tokens, "b", after=LEASE / 2)
    assert await acquire(tokens, "b", after=LEASE)
    await tokens.release_refresh("l1", holder="b")
    assert await acquire(tokens, "c", after=LEASE)


async def test_a_swap_counts_up_drops_the_lease_and_happens_once(tokens: StoredTokenSets) -> None:
    audit = event_of("token_refreshed")
    assert await acquire(tokens, "a")
    assert await tokens.swap_tokens("l1", version=1, tokens=tokens_of("2"), audit=audit)
    assert not await tokens.swap_tokens("l1", version=1, tokens=tokens_of("3"), audit=audit)
    assert not await tokens.swap_tokens("nope", version=1, tokens=tokens_of("3"), audit=audit)
    assert await tokens.load_tokens("l1") == StoredTokens(tokens_of("2"), 2)
    assert not await acquire(tokens, "b", version=1)
    assert await acquire(tokens, "b", version=2)
