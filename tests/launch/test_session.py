"""launch.session, continuation, cookies, sign-out: the three cookie situations, and the end."""

import re
from dataclasses import replace

import pytest

from launch.continuation import parse_continuation
from launch.cookies import KEPT_COOKIES, SESSION_PREFIX, hash_secret, launch_ids, plan_removals
from launch.errors import SessionInvalid
from launch.models import Binding, CookieMode, OpenedLaunch
from tests.launch.small_ehr import Answer
from tests.launch.world import APP, FRAMED, REGISTRATION, World


async def refused(world: World, segment: str, reason: str, **cookies: str) -> None:
    with pytest.raises(SessionInvalid) as caught:
        await world.service.require_session(segment, cookies or world.cookies.jar)
    assert caught.value.reason == reason


@pytest.mark.anyio
async def test_only_the_cookie_of_this_launch_opens_it(world: World) -> None:
    opened = await world.open()
    name = f"{SESSION_PREFIX}{opened.launch_id}"
    session = await world.service.require_session(opened.launch_id, world.cookies.jar)
    assert session.segment == opened.launch_id
    await refused(world, opened.launch_id, "missing", other="x")
    await refused(world, "made-up", "missing")
    await refused(world, "made-up", "unknown", **{f"{SESSION_PREFIX}made-up": "x"})
    await refused(world, opened.launch_id, "unknown", **{name: "x"})
    # A handle in the path is worth nothing where the tenant did not choose that.
    await refused(world, f"{opened.launch_id}~{world.cookies.jar[name]}", "unknown", a="b")


@pytest.mark.anyio
async def test_the_session_is_new_after_the_callback(world: World) -> None:
    """Session fixation: what was set at /launch opens nothing and is removed."""
    asked = await world.launch()
    (before,) = world.cookies.jar.items()
    world.good_token(asked)
    await world.callback(asked)
    (after,) = world.cookies.jar.items()
    assert before[0] != after[0] and before[1] != after[1]
    await refused(world, world.told[0].launch_id, "unknown", **{after[0]: before[1]})


@pytest.mark.anyio
async def test_a_session_ends_by_age(world: World) -> None:
    opened = await world.open()
    world.clock.forward(hours=12)
    await refused(world, opened.launch_id, "expired")


async def held(world: World) -> tuple[OpenedLaunch, str]:
    """A launch in a frame that keeps no cookies: the held launch and the link on the page."""
    asked = await world.launch(headers=FRAMED)
    world.cookies.jar.clear()
    world.good_token(asked)
    response = await world.callback(asked, headers=FRAMED)
    assert response.status_code == 200 and "set-cookie" not in response.headers
    assert (
        "frame-ancestors 'self' https://ehr.example.org"
        in (response.headers["content-security-policy"])
    )
    assert 'target="_blank" rel="noopener noreferrer"' in response.text
    assert "Signed in as Ada Alvarez." in response.text
    found = re.search(r'href="([^"]+)"', response.text)
    assert found is not None
    opened = list(world.store.launches.values())[-1].opened
    return opened, found[1]


@pytest.mark.anyio
async def test_blocked_cookies_lead_through_one_click_to_a_window(world: World) -> None:
    opened, url = await held(world)
    assert opened.binding is Binding.WINDOW
    assert world.told == [], "nothing is read before the person has come along"
    assert world.audit.kinds() == ["launch_held"]
    response = await world.get(url.removeprefix(APP))
    assert response.status_code == 303
    assert response.headers["location"] == f"{APP}/l/{opened.launch_id}/"
    assert world.told == [opened]
    assert world.audit.kinds() == ["launch_held", "launch_continued"]
    session = await world.service.require_session(opened.launch_id, world.cookies.jar)
    assert session.opened == opened


@pytest.mark.anyio
async def test_a_held_launch_opens_no_page_before_it_is_claimed(world: World) -> None:
    opened, url = await held(world)
    token = url.split("t=")[1]
    launch_id, secret = parse_continuation(world.service.parts, token)
    assert launch_id == opened.launch_id
    assert world.store.launches[launch_id].session_hash == hash_secret(secret)
    name = f"{SESSION_PREFIX}{launch_id}"
    for taken in (secret, token):
        await refused(world, launch_id, "unknown", **{name: taken})


async def unusable(world: World, path: str) -> None:
    response = await world.get(path)
    assert response.status_code == 401 and "session.window" in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.anyio
async def test_a_continuation_works_once_and_unaltered_and_not_for_long(world: World) -> None:
    _, url = await held(world)
    path = url.removeprefix(APP)
    for broken in ("/continue", "/continue?t=x", path[:-2] + "xx", path.replace("t=", "t=A", 1)):
        await unusable(world, broken)
    world.clock.forward(seconds=601)
    await unusable(world, path)
    world.clock.forward(seconds=-601)
    assert (await world.get(path)).status_code == 303
    await unusable(world, path)


@pytest.mark.anyio
async def test_a_continuation_of_a_launch_that_ended_or_was_claimed(world: World) -> None:
    opened, url = await held(world)
    stored = world.store.launches[opened.launch_id]
    for gone in (replace(stored, ended=True), replace(stored, session_hash="other")):
        world.store.launches[opened.launch_id] = gone
        await unusable(world, url.removeprefix(APP))


@pytest.mark.anyio
async def test_cookieless_mode_puts_a_handle_into_the_path(world: World) -> None:
    world.register(replace(REGISTRATION, cookie_mode=CookieMode.COOKIELESS))
    asked = await world.launch(headers=FRAMED)
    world.cookies.jar.clear()
    world.good_token(asked)
    response = await world.callback(asked, headers=FRAMED)
    assert response.status_code == 303
    segment = response.headers["location"].removeprefix(f"{APP}/l/").rstrip("/")
    launch_id, _, handle = segment.partition("~")
    assert len(handle) >= 43 and world.cookies.jar == {}
    session = await world.service.require_session(segment, {})
    assert (session.opened.binding, session.segment) == (Binding.COOKIELESS, segment)
    assert world.audit.events[-1].detail == "binding cookieless"
    await refused(world, launch_id, "missing")
    await refused(world, f"{launch_id}~x", "unknown")
    # And the next launch in a browser that does keep cookies is bound by one.
    assert (await world.open(headers=FRAMED)).binding is Binding.COOKIE


def test_cookies_of_a_long_day_are_pruned_oldest_first() -> None:
    cookies = {f"{SESSION_PREFIX}{n}": "x" for n in range(KEPT_COOKIES + 3)} | {"theirs": "x"}
    assert plan_removals(cookies) == tuple(f"{SESSION_PREFIX}{n}" for n in range(3))
    assert launch_ids(cookies)[0] == "0" and "theirs" not in launch_ids(cookies)
    assert plan_removals({"theirs": "x"}) == ()


@pytest.mark.anyio
async def test_the_callback_removes_cookies_beyond_what_proxies_take(world: World) -> None:
    old = {f"{SESSION_PREFIX}{n}": "x" for n in range(KEPT_COOKIES + 5)}
    asked = await world.launch()
    world.cookies.jar |= old  # the launch's own cookie is now the oldest, and removed once
    world.good_token(asked)
    response = await world.callback(asked)
    names = [line.split("=")[0] for line in response.headers.get_list("set-cookie")]
    assert len(set(names)) == len(names)
    assert len(world.cookies.jar) == KEPT_COOKIES + 1  # and the new one
    assert f"{SESSION_PREFIX}0" not in world.cookies.jar


async def sign_out(world: World, segment: str, **headers: str) -> int:
    sent = {**world.cookies.header(), **headers}
    response = await world.http.post(f"/logout/{segment}", headers=sent)
    world.cookies.keep(response)
    if response.status_code == 200:
        assert response.headers["clear-site-data"] == '"cache", "storage"'
    return response.status_code


@pytest.mark.anyio
async def test_signing_out_ends_the_launch_here_and_at_the_ehr(world: World) -> None:
    world.ehr.answers["/revoke"] = Answer(200)
    other = await world.open()
    opened = await world.open()
    same = {"Origin": APP, "Sec-Fetch-Site": "same-origin"}
    cookies = dict(world.cookies.jar)
    assert await sign_out(world, opened.launch_id, **same) == 200
    assert world.ehr.paths().count("/revoke") == 2
    assert await world.store.load_tokens(opened.launch_id) is None
    assert world.audit.kinds()[-1] == "launch_ended"
    await refused(world, opened.launch_id, "missing")
    await refused(world, opened.launch_id, "ended", **cookies)
    assert await world.service.require_session(other.launch_id, world.cookies.jar)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 401),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 401),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 401),
        ({"Origin": f"{APP}.evil.example"}, 401),
    ],
)
async def test_no_other_site_can_sign_a_person_out(
    world: World, headers: dict[str, str], status: int
) -> None:
    opened = await world.open()
    assert await sign_out(world, opened.launch_id, **headers) == status
    assert world.store.launches[opened.launch_id].ended is (status == 200)


@pytest.mark.anyio
async def test_signing_out_needs_the_session(world: World) -> None:
    opened = await world.open()
    world.cookies.jar.clear()
    assert await sign_out(world, opened.launch_id) == 401
    assert not world.store.launches[opened.launch_id].ended


@pytest.mark.anyio
async def test_signing_out_when_the_ehr_or_the_connection_is_gone(world: World) -> None:
    world.ehr.answers["/revoke"] = Answer(503)
    opened = await world.open()
    assert await sign_out(world, opened.launch_id) == 200
    opened = await world.open()
    world.registry.registrations = []
    assert await sign_out(world, opened.launch_id) == 200
    assert world.store.launches[opened.launch_id].ended


@pytest.mark.anyio
async def test_signing_out_in_a_frame_without_cookies(world: World) -> None:
    world.register(replace(REGISTRATION, cookie_mode=CookieMode.COOKIELESS))
    asked = await world.launch()
    world.cookies.jar.clear()
    world.good_token(asked)
    response = await world.callback(asked)
    segment = response.headers["location"].removeprefix(f"{APP}/l/").rstrip("/")
    sandboxed = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert await sign_out(world, segment, **sandboxed) == 200
