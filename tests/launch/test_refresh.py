"""launch.refresh: one refresh at a time, whoever asks, wherever."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from launch.errors import ReauthorizationRequired, SessionInvalid, TokenError
from launch.models import TokenSet
from launch.refresh import Refresher, is_due
from tests.launch.memory import NOON
from tests.launch.small_ehr import Answer, answer_json
from tests.launch.world import REGISTRATION, World


def refreshes(world: World) -> list[dict[str, str]]:
    return [
        a.form
        for a in world.ehr.asked
        if a.path == "/token" and a.form["grant_type"] == "refresh_token"
    ]


async def due(world: World, **changes: Any) -> str:
    """An opened launch whose access token has run out, and an EHR ready to refresh it."""
    opened = await world.open(**changes)
    world.clock.forward(seconds=301)
    world.ehr.answer_token(None, access_token="access-2", refresh_token="refresh-2")
    return opened.launch_id


@pytest.mark.anyio
async def test_a_living_token_is_used_as_it_is(world: World) -> None:
    opened = await world.open()
    assert (await world.service.current_tokens(opened.launch_id)).access_token == "access-1"
    assert refreshes(world) == []


@pytest.mark.anyio
async def test_a_hundred_callers_cause_one_refresh(world: World) -> None:
    launch_id = await due(world)
    found = await asyncio.gather(*(world.service.current_tokens(launch_id) for _ in range(100)))
    assert {tokens.access_token for tokens in found} == {"access-2"}
    assert [form["refresh_token"] for form in refreshes(world)] == ["refresh-1"]
    assert set(refreshes(world)[0]) == {"grant_type", "refresh_token", "client_id"}
    stored = await world.store.load_tokens(launch_id)
    assert stored is not None
    assert (stored.tokens.refresh_token, stored.version) == ("refresh-2", 2)
    assert world.audit.kinds()[-1] == "token_refreshed"


@pytest.mark.anyio
async def test_a_hundred_callers_in_four_processes_cause_one_refresh(world: World) -> None:
    launch_id = await due(world)
    processes = [world.service, *(world.build_service() for _ in range(3))]
    found = await asyncio.gather(*(processes[i % 4].current_tokens(launch_id) for i in range(100)))
    assert {tokens.access_token for tokens in found} == {"access-2"}
    assert len(refreshes(world)) == 1
    assert world.store.leases == {}
    for process in processes[1:]:
        await process.aclose()


@pytest.mark.anyio
async def test_after_a_401_one_refresh_and_everyone_gets_it(world: World) -> None:
    opened = await world.open()
    world.ehr.answer_token(None, access_token="access-2", refresh_token="refresh-2")
    renew = world.service.renew_after_401
    found = await asyncio.gather(*(renew(opened.launch_id, used="access-1") for _ in range(20)))
    late = await renew(opened.launch_id, used="access-1")
    assert {tokens.access_token for tokens in [*found, late]} == {"access-2"}
    assert len(refreshes(world)) == 1


@pytest.mark.anyio
@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client"])
async def test_a_dead_refresh_token_is_sent_once_and_never_again(world: World, error: str) -> None:
    launch_id = await due(world)
    world.ehr.answers["/token"] = answer_json({"error": error}, 400)
    for _ in range(3):
        with pytest.raises(ReauthorizationRequired) as caught:
            await world.service.current_tokens(launch_id)
    assert (
        "Open" in caught.value.user_message or "open Chartside again" in caught.value.user_message
    )
    assert len(refreshes(world)) == 1
    assert world.audit.kinds().count("reauthorization_required") == 1


@pytest.mark.anyio
async def test_an_ehr_that_is_down_may_be_asked_again(world: World) -> None:
    launch_id = await due(world)
    good = world.ehr.answers["/token"]
    world.ehr.answers["/token"] = Answer(503)
    with pytest.raises(TokenError) as caught:
        await world.service.current_tokens(launch_id)
    assert caught.value.retryable and world.store.leases == {}
    world.ehr.answers["/token"] = good
    assert (await world.service.current_tokens(launch_id)).access_token == "access-2"


@pytest.mark.anyio
async def test_a_refresh_that_fails_early_leaves_the_living_token_in_use(world: World) -> None:
    opened = await world.open()
    world.ehr.answers["/token"] = Answer(503)
    world.clock.forward(seconds=280)
    assert (await world.service.current_tokens(opened.launch_id)).access_token == "access-1"
    assert len(refreshes(world)) == 1
    world.ehr.answers["/token"] = answer_json({"error": "invalid_client"}, 401)
    with pytest.raises(TokenError, match="invalid_client"):
        await world.service.current_tokens(opened.launch_id)


@pytest.mark.anyio
async def test_without_a_refresh_token(world: World) -> None:
    opened = await world.open(refresh_token=None)
    world.clock.forward(seconds=290)
    assert await world.service.current_tokens(opened.launch_id), "good until its last second"
    world.clock.forward(seconds=20)
    with pytest.raises(ReauthorizationRequired, match="no_refresh_token"):
        await world.service.current_tokens(opened.launch_id)
    assert refreshes(world) == []


@pytest.mark.anyio
async def test_a_refresh_that_turns_into_another_patient_ends_the_sign_in(world: World) -> None:
    launch_id = await due(world)
    world.ehr.answer_token(None, access_token="access-2", patient="p2")
    with pytest.raises(ReauthorizationRequired, match="patient_changed"):
        await world.service.current_tokens(launch_id)
    stored = await world.store.load_tokens(launch_id)
    assert stored is not None and stored.tokens.access_token == "access-1"


@pytest.mark.anyio
async def test_a_refresh_that_repeats_no_context_or_narrows_the_scope(world: World) -> None:
    launch_id = await due(world)
    world.ehr.answer_token(
        None, access_token="access-2", patient=None, scope="patient/Patient.r", refresh_token=None
    )
    tokens = await world.service.current_tokens(launch_id)
    assert (tokens.scope, tokens.refresh_token) == ("patient/Patient.r", "refresh-1")


@pytest.mark.anyio
async def test_a_withdrawn_connection_and_unknown_launches(world: World) -> None:
    launch_id = await due(world)
    world.register(replace(REGISTRATION, client_id="client-2"))
    with pytest.raises(ReauthorizationRequired):
        await world.service.current_tokens(launch_id)
    assert refreshes(world) == []
    with pytest.raises(ReauthorizationRequired, match="no_tokens"):
        await world.service.current_tokens("made-up")


@pytest.mark.anyio
async def test_a_launch_that_ended_meanwhile(world: World) -> None:
    launch_id = await due(world)
    world.store.launches[launch_id] = replace(world.store.launches[launch_id], ended=True)
    with pytest.raises(SessionInvalid):
        await world.service.current_tokens(launch_id)


@pytest.mark.anyio
async def test_a_lease_of_a_dead_process_runs_out(world: World) -> None:
    launch_id = await due(world)
    now = world.clock()
    assert await world.store.acquire_refresh(
        launch_id, version=1, holder="dead", now=now, until=now + timedelta(seconds=30)
    )
    waiting = asyncio.ensure_future(world.service.current_tokens(launch_id))
    await asyncio.sleep(0.12)
    assert not waiting.done() and refreshes(world) == []
    world.clock.forward(seconds=31)
    assert (await waiting).access_token == "access-2"


@pytest.mark.anyio
async def test_a_lease_that_never_ends_does_not_hold_up_for_ever(world: World) -> None:
    launch_id = await due(world)
    now, later = world.clock(), world.clock() + timedelta(days=1)
    assert await world.store.acquire_refresh(
        launch_id, version=1, holder="busy", now=now, until=later
    )
    refresher = Refresher(world.service.parts, lease=timedelta(seconds=0.2))
    with pytest.raises(TokenError) as caught:
        await refresher.current_tokens(launch_id)
    assert caught.value.retryable and refreshes(world) == []


@pytest.mark.anyio
async def test_a_swap_that_comes_too_late_takes_what_is_there(world: World) -> None:
    """A process stopped beyond its lease must not overwrite newer tokens."""
    launch_id = await due(world)
    stored = await world.store.load_tokens(launch_id)
    assert stored is not None
    newer = replace(stored, version=2, tokens=replace(stored.tokens, access_token="access-9"))

    async def swap_late(*_: Any, **__: Any) -> bool:
        world.store.tokens[launch_id] = newer
        return False

    world.store.swap_tokens = swap_late  # type: ignore[method-assign]
    tokens = await world.service.current_tokens(launch_id)
    assert tokens.access_token == "access-9"


def test_due_a_little_before_the_end() -> None:
    tokens = TokenSet("a", "", NOON, expires_at=NOON + timedelta(seconds=570))
    assert not is_due(tokens, NOON + timedelta(seconds=539))
    assert is_due(tokens, NOON + timedelta(seconds=540))
    short = TokenSet("a", "", NOON, expires_at=NOON + timedelta(seconds=10))
    assert not is_due(short, NOON + timedelta(seconds=8))
    assert is_due(short, NOON + timedelta(seconds=9))
    assert not is_due(TokenSet("a", "", NOON), NOON + timedelta(days=1))
