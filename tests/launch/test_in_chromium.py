"""The launch in a real frame on another site: cookies partitioned, cookies blocked, no cookies.

Chromium decides here what a cookie may do; the pretend EHR and our launch are real programs.
"""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from launch.models import Binding, CookieMode
from tests.browser.chromium import (
    deciding_on_cookies,
    running_chromium,
    running_playwright,
)
from tests.launch.rig import PATIENT, Rig, serving

pytestmark = pytest.mark.browser
TENANT = "alp-generic"
SOON_S = 60.0


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with running_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def outer() -> Iterator[str]:
    """An EHR's page on another site (127.0.0.1, not localhost) with frames for what it is given."""

    async def page(request: Request) -> HTMLResponse:
        frames = "".join(
            f'<iframe src="{url.replace("&", "&amp;")}" width="500" height="400"></iframe>'
            for url in request.query_params.getlist("url")
        )
        return HTMLResponse(f"<!doctype html><title>EHR</title>{frames}")

    sock = socket.create_server(("127.0.0.1", 0))
    with serving(Starlette(routes=[Route("/", page)]), sock):
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest.fixture
def free(playwright: Playwright) -> Iterator[BrowserContext]:
    """Chromium as it comes."""
    with running_chromium(playwright) as chromium:
        context = chromium.new_context()
        yield context
        context.close()


@pytest.fixture
def refusing(
    playwright: Playwright, rig: Rig, outer: str, tmp_path: Path
) -> Iterator[BrowserContext]:
    """Chromium that keeps no cookie of ours in the EHR's frame, a partitioned one neither."""
    profile = tmp_path / "profile"
    with deciding_on_cookies(playwright, profile, app=rig.app, ehr=outer, allowed=False) as context:
        yield context


@pytest.fixture
def allowing(
    playwright: Playwright, rig: Rig, outer: str, tmp_path: Path
) -> Iterator[BrowserContext]:
    """Chromium that keeps every cookie of ours in the EHR's frame."""
    profile = tmp_path / "profile"
    with deciding_on_cookies(playwright, profile, app=rig.app, ehr=outer, allowed=True) as context:
        yield context


def register(rig: Rig, outer: str, mode: CookieMode = CookieMode.WINDOW) -> None:
    rig.register("alp", "generic", cookie_mode=mode, frame_ancestors=(outer,))


def open_framed(context: BrowserContext, rig: Rig, outer: str, patients: list[str]) -> Page:
    """The EHR's page with one launch per frame."""
    made = [
        rig.control("launches", client_id=f"id-{TENANT}", patient=patient)["launch_url"]
        for patient in patients
    ]
    query = "&".join(f"url={url.replace('&', '%26')}" for url in made)
    page = context.new_page()
    page.goto(f"{outer}/?{query}")
    return page


def frame(page: Page, at: int = 0) -> FrameLocator:
    return page.frame_locator("iframe").nth(at)


@pytest.mark.parametrize("situation", ["free", "allowing"])
def test_partitioned_or_allowed_cookies_carry_the_launch_inside_the_frame(
    request: pytest.FixtureRequest, rig: Rig, outer: str, situation: str
) -> None:
    free: BrowserContext = request.getfixturevalue(situation)
    register(rig, outer)
    page = open_framed(free, rig, outer, [PATIENT])
    frame(page).get_by_text("the chart").wait_for()
    assert rig.told[-1].binding is Binding.COOKIE
    (cookie,) = free.cookies(rig.app)
    assert cookie["name"] == f"__Host-cs-{rig.told[-1].launch_id}"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")
    assert urlsplit(page.frames[1].url).query == "", "neither code nor state in the address"


def test_two_charts_side_by_side_each_keep_their_own(
    free: BrowserContext, rig: Rig, outer: str
) -> None:
    register(rig, outer)
    page = open_framed(free, rig, outer, [PATIENT, "pat-other"])
    for at in range(2):
        frame(page, at).get_by_text("the chart").wait_for()
    assert {opened.patient for opened in rig.told} == {PATIENT, "pat-other"}
    assert len(free.cookies(rig.app)) == 2


def test_blocked_cookies_reach_the_chart_in_a_window_by_one_click(
    refusing: BrowserContext, rig: Rig, outer: str
) -> None:
    register(rig, outer)
    page = open_framed(refusing, rig, outer, [PATIENT])
    link = frame(page).get_by_role("link", name="Open Chartside in its own window")
    link.wait_for()
    assert rig.told == []
    with refusing.expect_page() as opening:
        link.click()
    window = opening.value
    window.get_by_text("the chart").wait_for()
    assert rig.told[-1].binding is Binding.WINDOW
    assert urlsplit(window.url).query == ""
    # Once more: the link is used up, and says so instead of looping.
    with refusing.expect_page() as opening:
        link.click()
    opening.value.get_by_text("session.window").wait_for()


def test_blocked_cookies_for_a_strict_tenant_end_in_words(
    refusing: BrowserContext, rig: Rig, outer: str
) -> None:
    register(rig, outer, CookieMode.STRICT)
    page = open_framed(refusing, rig, outer, [PATIENT])
    frame(page).get_by_text("state.other_session").wait_for()
    assert rig.told == [] and rig.token_forms() == []


def test_blocked_cookies_in_cookieless_mode_stay_in_the_frame(
    refusing: BrowserContext, rig: Rig, outer: str
) -> None:
    register(rig, outer, CookieMode.COOKIELESS)
    page = open_framed(refusing, rig, outer, [PATIENT])
    frame(page).get_by_text("the chart").wait_for()
    assert rig.told[-1].binding is Binding.COOKIELESS
    assert refusing.cookies(rig.app) == []


def test_only_the_tenants_ehr_may_frame_an_error_page(
    free: BrowserContext, rig: Rig, outer: str
) -> None:
    rig.register("alp", "generic", frame_ancestors=("https://ehr.example.org",))
    page = free.new_page()
    refusals: list[str] = []
    page.on("console", lambda message: refusals.append(message.text))
    page.goto(f"{outer}/?url={rig.app}/callback/{TENANT}?state=x")
    end = time.monotonic() + SOON_S
    while not any("frame-ancestors" in text for text in refusals) and time.monotonic() < end:
        page.wait_for_timeout(50)  # the browser says so after the outer page is there
    assert any("frame-ancestors" in text for text in refusals)
    page.frames[1].wait_for_url("chrome-error:**")
