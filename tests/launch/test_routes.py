"""launch.routes: URLs, headers, cookies, pages."""

from dataclasses import replace

import pytest
from starlette.responses import HTMLResponse

from launch.models import Binding, LaunchEvent, OpenedLaunch
from launch.responses import protect
from tests.launch.world import APP, FRAMED, World


@pytest.mark.anyio
async def test_an_ehr_launch_opens_the_chart(world: World) -> None:
    opened = await world.open()
    assert (opened.patient, opened.encounter, opened.tenant_id) == ("p1", "e1", "north")
    assert opened.user is not None
    assert (opened.user.fhir_user, opened.user.name) == ("Practitioner/7", "Ada Alvarez")
    assert opened.binding is Binding.COOKIE
    assert world.audit.kinds() == ["launch_opened"]
    assert world.told == [opened]
    session = await world.service.require_session(opened.launch_id, world.cookies.jar)
    assert session.opened == opened
    assert list(world.cookies.jar) == [f"__Host-cs-{opened.launch_id}"]


@pytest.mark.anyio
async def test_callback_leads_to_a_clean_url_of_ours(world: World) -> None:
    asked = await world.launch()
    world.good_token(asked)
    response = await world.callback(asked, headers={"Host": "evil.example"})
    opened = world.told[0]
    assert response.headers["location"] == f"{APP}/l/{opened.launch_id}/"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.anyio
async def test_a_look_with_head_consumes_nothing(world: World) -> None:
    asked = await world.launch()
    for path in ("/launch", "/callback/north", "/continue"):
        response = await world.http.head(path, params={"state": asked["state"], "code": "c"})
        assert response.status_code == 405
    world.good_token(asked)
    assert (await world.callback(asked)).status_code == 303


@pytest.mark.anyio
async def test_jwks_may_be_cached_and_is_public(world: World) -> None:
    response = await world.get("/.well-known/jwks.json")
    assert response.headers["cache-control"] == "public, max-age=300"
    assert {key["alg"] for key in response.json()["keys"]} == {"ES384", "RS384"}


@pytest.mark.anyio
async def test_an_error_page_of_no_known_tenant_is_readable_where_it_appears(world: World) -> None:
    response = await world.get("/launch")
    policy = response.headers["content-security-policy"]
    assert policy.endswith("frame-ancestors *") and "default-src 'none'" in policy
    assert "<a" not in response.text and "<form" not in response.text


@pytest.mark.anyio
async def test_a_page_may_bring_its_own_policy() -> None:
    own = HTMLResponse("x", headers={"Content-Security-Policy": "frame-ancestors 'none'"})
    assert protect(own, ()).headers["content-security-policy"] == "frame-ancestors 'none'"


@pytest.mark.anyio
async def test_a_refusal_stands_even_if_it_cannot_be_audited(world: World) -> None:
    async def fail(event: LaunchEvent) -> None:
        raise OSError("disk full")

    world.audit.record = fail  # type: ignore[method-assign]
    assert (await world.get("/launch")).status_code == 400


@pytest.mark.anyio
async def test_a_launch_that_cannot_be_audited_does_not_open(world: World) -> None:
    async def fail(event: LaunchEvent) -> None:
        raise OSError("disk full")

    asked = await world.launch()
    world.good_token(asked)
    world.audit.record = fail  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        await world.callback(asked)
    assert world.store.launches == {} and world.told == []


@pytest.mark.anyio
@pytest.mark.parametrize("is_wired", [True, False])
async def test_what_goes_wrong_in_on_dropped_does_not_hide_why(
    world: World, is_wired: bool
) -> None:
    async def fail(event: LaunchEvent) -> None:
        raise OSError("disk full")

    async def forget(opened: OpenedLaunch) -> None:
        raise RuntimeError("nothing to forget")

    parts = replace(world.service.parts, on_dropped=forget if is_wired else None)
    world.service.parts = parts
    asked = await world.launch()
    world.good_token(asked)
    world.audit.record = fail  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        await world.callback(asked)
    assert world.store.launches == {}


@pytest.mark.anyio
async def test_a_held_launch_that_cannot_be_saved_was_never_told_of(world: World) -> None:
    async def fail(event: LaunchEvent) -> None:
        raise OSError("disk full")

    dropped: list[OpenedLaunch] = []

    async def forget(opened: OpenedLaunch) -> None:
        dropped.append(opened)

    world.service.parts = replace(world.service.parts, on_dropped=forget)
    asked = await world.launch(headers=FRAMED)
    world.cookies.jar.clear()
    world.good_token(asked)
    world.audit.record = fail  # type: ignore[method-assign]
    with pytest.raises(OSError, match="disk full"):
        await world.callback(asked, headers=FRAMED)
    assert dropped == world.told == []
