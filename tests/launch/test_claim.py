"""A pending launch is claimed once, in the process where it began and in any other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from launch.browser import Browser
from launch.callback import CallbackAnswer
from launch.claim import Claim, Underway, claiming
from launch.cookies import hash_secret
from launch.errors import LaunchError, StateMismatch
from launch.models import LaunchMode, PendingLaunch, Registration, SmartConfiguration
from tests.launch.memory import MemoryPending, MemoryRegistry, MovableClock
from tests.launch.world import REGISTRATION, World

CONFIGURATION = SmartConfiguration(
    authorization_endpoint="https://ehr.example.org/authorize",
    token_endpoint="https://ehr.example.org/token",
    source="smart",
    fetched_at=MovableClock()(),
)


def build_pending(state: str, *, minutes: int = 10) -> PendingLaunch:
    clock = MovableClock()
    begun = clock()
    clock.forward(minutes=minutes)
    return PendingLaunch(
        state_hash=hash_secret(state),
        browser_hash="b",
        tenant_id="north",
        iss=REGISTRATION.iss,
        client_id="client-1",
        mode=LaunchMode.EHR,
        redirect_uri="https://app.example.com/callback/north",
        configuration=CONFIGURATION,
        scopes=("openid",),
        code_verifier="v",
        nonce="n",
        created_at=begun,
        expires_at=clock(),
    )


@dataclass
class Gated(MemoryPending):
    """Answers when it is let."""

    gate: asyncio.Event | None = None
    asked: int = 0

    async def take(
        self, state_hash: str, tenant_id: str
    ) -> tuple[PendingLaunch | None, Registration | None]:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        return await super().take(state_hash, tenant_id)


class Desk:
    """One process over a store that others share."""

    def __init__(self, store: Gated) -> None:
        self.store = store
        self.underway = Underway(MovableClock())

    async def begin(self, state: str) -> PendingLaunch:
        pending = build_pending(state)
        await self.store.save(pending)
        self.underway.remember(pending, REGISTRATION)
        return pending

    async def claim(
        self,
        state: str | None,
        then: Callable[[Claim], Awaitable[object]],
        *,
        tenant_id: str = "north",
    ) -> object:
        answer = CallbackAnswer(state=state, code="c")
        async with claiming(
            self.underway, self.store, self.store.registry, answer=answer, tenant_id=tenant_id
        ) as claim:
            return await then(claim)


@pytest.fixture
def store() -> Gated:
    return Gated(MemoryRegistry([REGISTRATION]))


async def settled(claim: Claim) -> PendingLaunch | None:
    await claim.settle()
    return claim.pending


@pytest.mark.anyio
async def test_what_began_here_goes_on_before_the_store_has_answered(store: Gated) -> None:
    desk = Desk(store)
    pending = await desk.begin("s")
    store.gate = asyncio.Event()

    async def look(claim: Claim) -> bool:
        assert (claim.pending, claim.registration) == (pending, REGISTRATION)
        settling = asyncio.ensure_future(claim.settle())
        await asyncio.sleep(0.01)
        assert store.gate is not None and not settling.done(), "nothing is believed before"
        store.gate.set()
        await settling
        return True

    assert await desk.claim("s", look)
    assert not store.records and not desk.underway.taking


@pytest.mark.anyio
async def test_another_process_asks_the_store(store: Gated) -> None:
    here, there = Desk(store), Desk(store)
    pending = await here.begin("s")
    assert await there.claim("s", settled) == pending
    with pytest.raises(StateMismatch):  # remembered here, but taken there
        await here.claim("s", settled)
    assert await here.claim("s", nothing) is None


async def nothing(claim: Claim) -> PendingLaunch | None:
    return claim.pending


@pytest.mark.anyio
async def test_of_two_callbacks_in_one_process_the_first_has_it(store: Gated) -> None:
    desk = Desk(store)
    pending = await desk.begin("s")
    store.gate = asyncio.Event()
    first = asyncio.ensure_future(desk.claim("s", settled))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(desk.claim("s", nothing))
    await asyncio.sleep(0.01)
    assert store.asked == 1, "the second asks only when the first has its answer"
    store.gate.set()
    assert await first == pending
    assert await second is None


@pytest.mark.anyio
async def test_it_is_used_up_whatever_comes_of_it(store: Gated) -> None:
    desk = Desk(store)
    await desk.begin("s")

    async def fail(_claim: Claim) -> None:
        raise LaunchError

    with pytest.raises(LaunchError):
        await desk.claim("s", fail)
    assert not store.records
    await desk.begin("t")
    assert await desk.claim("t", nothing, tenant_id="south") is not None  # for require_own_launch
    assert not store.records
    assert await desk.claim("t", nothing) is None


@pytest.mark.anyio
async def test_a_connection_that_changed_meanwhile_opens_nothing(store: Gated) -> None:
    desk = Desk(store)
    await desk.begin("s")
    store.registry.registrations = [replace(REGISTRATION, client_id="client-2")]
    with pytest.raises(StateMismatch):
        await desk.claim("s", settled)
    await desk.begin("t")
    store.registry.registrations = []  # switched off
    with pytest.raises(StateMismatch):
        await desk.claim("t", settled)


@pytest.mark.anyio
async def test_without_a_state_there_is_nothing_to_settle(store: Gated) -> None:
    assert await Desk(store).claim(None, settled) is None
    assert store.asked == 0


def test_only_so_many_are_remembered_and_none_for_longer_than_they_are_good() -> None:
    clock = MovableClock()
    underway = Underway(clock, most=3)
    for n in range(4):
        underway.remember(build_pending(f"s{n}", minutes=10 + n), REGISTRATION)
    known = [underway.recall(hash_secret(f"s{n}"), "north") is not None for n in range(4)]
    assert known == [False, True, True, True]
    underway.remember(build_pending("old"), REGISTRATION)
    clock.forward(minutes=10)
    underway.remember(build_pending("new", minutes=20), REGISTRATION)
    assert underway.recall(hash_secret("old"), "north") is None
    assert underway.recall(hash_secret("new"), "north") is not None


@pytest.mark.anyio
async def test_a_callback_elsewhere_wins_and_ours_opens_nothing(world: World) -> None:
    """The code goes out twice only if two processes are asked at one moment; one launch at most
    comes of it."""
    asked = await world.launch()
    world.good_token(asked)
    world.pending.records.clear()  # another process has just taken it
    response = await world.callback(asked)
    assert response.status_code == 400 and "state.unknown" in response.text
    assert not world.store.launches and not world.told
    assert world.ehr.paths().count("/token") == 1


@pytest.mark.anyio
async def test_a_process_in_which_it_did_not_begin_asks_before_it_sends(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked)
    world.pending.records.clear()
    query = [("code", "code-1"), ("state", asked["state"])]
    browser = Browser(cookies=dict(world.cookies.jar))
    with pytest.raises(StateMismatch):
        await world.build_service().complete("north", query, browser=browser)
    assert "/token" not in world.ehr.paths()
