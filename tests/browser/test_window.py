"""The EHR window in a real browser, with a stand-in for the app on another site."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.browser.chromium import deciding_on_cookies
from tests.browser.servers import serving

pytestmark = pytest.mark.browser
STAND_IN = """<!doctype html><html lang="en"><title>Stand-in</title><main><h1>Opened</h1>
<p id="cookies">{cookies}</p></main></html>"""


async def launch(request: Request) -> Response:
    """Sets a partitioned cookie, goes once around, and says whether the cookie came back."""
    if "again" in request.query_params:
        return HTMLResponse(STAND_IN.format(cookies=len(request.cookies)))
    target = request.url.include_query_params(again="1")
    headers = {
        "location": str(target),
        "set-cookie": "__Host-x=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
    }
    return Response(status_code=303, headers=headers)


@pytest.fixture(scope="module")
def ehr() -> Iterator[str]:
    """A pretend EHR with the stand-in registered."""
    stand_in = Starlette(routes=[Route("/launch", launch)])
    with serving(stand_in) as port, running_sandbox(SandboxConfig()) as origin:
        data = {
            "client_id": "stand-in",
            "type": "public",
            "launch_url": f"http://localhost:{port}/launch",
            "redirect_uris": [f"http://localhost:{port}/callback"],
        }
        assert httpx.post(f"{origin}/_sandbox/clients", json=data, timeout=60).status_code == 200
        yield origin


@pytest.fixture
def page(new_page: Page, ehr: str) -> Page:
    """The window on Elena's chart, everything as on the first day."""
    httpx.post(f"{ehr}/_sandbox/reset", timeout=60)
    new_page.goto(f"{ehr}/?patient=elena-vargas")
    return new_page


WIDTH = "wanted => document.getElementById('app-frame').clientWidth === wanted"


def wait_width(page: Page, wanted: int) -> None:
    """Until the frame is that wide: movements of the pointer come with the next picture."""
    page.wait_for_function(WIDTH, arg=wanted)


def test_the_app_opens_on_another_site_with_its_partitioned_cookie(page: Page) -> None:
    frame = page.frame_locator("#app-frame")
    expect(frame.get_by_role("heading")).to_have_text("Opened")
    expect(frame.locator("#cookies")).to_have_text("1")


def test_blocked_cookies_are_really_blocked(page: Page) -> None:
    page.get_by_test_id("switch-block-cookies").click()
    expect(page.get_by_test_id("switch-block-cookies")).to_have_attribute("aria-checked", "true")
    expect(page.frame_locator("#app-frame").locator("#cookies")).to_have_text("0")


def test_a_frame_without_an_origin_has_no_storage(page: Page) -> None:
    page.get_by_test_id("switch-no-origin").click()
    expect(page.frame_locator("#app-frame").get_by_role("heading")).to_have_text("Opened")
    assert page.frames[1].evaluate("self.origin") == "null"


def test_the_app_opens_in_its_own_window_with_a_cookie(page: Page) -> None:
    page.get_by_test_id("switch-block-cookies").click()
    with page.expect_popup() as opened:
        page.get_by_test_id("open-in-window").click()
    expect(opened.value.locator("#cookies")).to_have_text("1")
    opened.value.close()


def test_choosing_a_person_opens_their_chart_and_a_new_launch(page: Page) -> None:
    page.get_by_test_id("patient-ines-delgado").click()
    expect(page.get_by_test_id("chart-banner")).to_contain_text("Delgado, Inés")
    expect(page.frame_locator("#app-frame").get_by_role("heading")).to_have_text("Opened")


@pytest.mark.parametrize("width", [200, 320, 400, 600, 800, 1000])
def test_each_width_is_that_wide_and_the_app_is_not_opened_again(page: Page, width: int) -> None:
    page.frame_locator("#app-frame").get_by_role("heading").wait_for()
    frame = page.frames[1].url
    page.get_by_test_id(f"width-{width}").click()
    wait_width(page, width)
    assert page.frames[1].url == frame
    assert f"width={width}" in page.url
    expect(page.get_by_test_id("handle")).to_have_attribute("aria-valuenow", str(width))
    # What comes next in the list keeps the width.
    assert f"width={width}" in str(page.get_by_test_id("patient-luc-moreau").get_attribute("href"))


def test_the_handle_moves_by_keys_and_by_pointer(page: Page) -> None:
    handle = page.get_by_test_id("handle")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    wait_width(page, 410)
    page.keyboard.press("Home")
    wait_width(page, 200)
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 4 - 150, box["y"] + 300, steps=5)
    page.mouse.up()
    wait_width(page, 350)
    page.mouse.move(box["x"], box["y"])
    wait_width(page, 350)


def test_tabs_leave_the_app_alone_and_keep_the_focus(page: Page) -> None:
    page.frame_locator("#app-frame").get_by_role("heading").wait_for()
    frame = page.frames[1].url
    tab = page.get_by_test_id("tab-contact")
    tab.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("box-telecom")).to_contain_text("(602) 555-0148")
    expect(page.get_by_test_id("tab-contact")).to_be_focused()
    assert page.frames[1].url == frame
    page.reload()
    expect(page.get_by_test_id("box-telecom")).to_be_visible()


def test_a_change_behind_the_chart_appears_by_itself(page: Page, ehr: str) -> None:
    page.get_by_test_id("tab-contact").click()
    expect(page.get_by_test_id("box-telecom")).to_be_visible()
    changed = {"telecom": [{"system": "phone", "value": "(480) 555-0123", "use": "mobile"}]}
    assert httpx.post(
        f"{ehr}/_sandbox/patch/Patient/elena-vargas", json=changed, timeout=60
    ).is_success
    expect(page.get_by_test_id("box-telecom")).to_contain_text("(480) 555-0123")


def test_acts_say_what_they_did(page: Page) -> None:
    page.get_by_test_id("act-edit-chart").click()
    expect(page.get_by_test_id("said")).to_have_text(
        "Front desk changed the phone to (602) 555-0149"
    )


def test_a_fault_is_switched_without_opening_the_app_again(page: Page, ehr: str) -> None:
    page.frame_locator("#app-frame").get_by_role("heading").wait_for()
    frame = page.frames[1].url
    switch = page.get_by_role("switch", name="Results time out")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    assert len(httpx.get(f"{ehr}/_sandbox/faults", timeout=60).json()) == 1
    assert page.frames[1].url == frame


def test_the_chosen_person_is_in_sight(page: Page) -> None:
    page.get_by_test_id("patient-emeka-adeyemi").click()
    chosen = page.get_by_test_id("patient-emeka-adeyemi")
    expect(chosen).to_have_attribute("aria-current", "true")
    expect(chosen).to_be_in_viewport(ratio=1)


def test_the_slider_sets_the_answer_time(page: Page, ehr: str) -> None:
    slider = page.get_by_role("slider", name="Answer time")
    slider.focus()
    with page.expect_response("**/_window/latency"):
        slider.press("ArrowRight")
    assert httpx.get(f"{ehr}/_sandbox/state", timeout=60).json()["latency_ms"] == 50


@pytest.mark.parametrize("width", [1280, 800, 390])
@pytest.mark.parametrize("tab", ["snapshot", "results", "contact", "apps"])
def test_nothing_for_axe_to_find_and_nothing_to_scroll_sideways(
    page: Page, ehr: str, tab: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{ehr}/?patient=elena-vargas&tab={tab}")
    page.frame_locator("#app-frame").get_by_role("heading").wait_for()
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_works_without_scripts(ehr: str, chromium: Browser) -> None:
    httpx.post(f"{ehr}/_sandbox/reset", timeout=60)
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(ehr)
    page.get_by_test_id("patient-elena-vargas").click()
    expect(page.frame_locator("#app-frame").get_by_role("heading")).to_have_text("Opened")
    page.get_by_test_id("act-edit-chart").click()
    page.get_by_test_id("tab-contact").click()
    expect(page.get_by_test_id("box-telecom")).to_contain_text("(602) 555-0149")
    page.get_by_test_id("switch-refuse-writes").click()
    expect(page.get_by_test_id("switch-refuse-writes")).to_have_attribute("aria-checked", "true")


def test_a_browser_that_refuses_cookies_in_frames(
    ehr: str, playwright: Playwright, chromium: Browser, tmp_path: Path
) -> None:
    """The harness itself: refused in the frame, kept in a window of its own."""
    httpx.post(f"{ehr}/_sandbox/reset", timeout=60)
    launch_url = httpx.get(f"{ehr}/_sandbox/clients", timeout=60).json()[0]["launch_url"]
    app = launch_url.removesuffix("/launch")
    profile = tmp_path / "profile"
    with deciding_on_cookies(playwright, profile, app=app, ehr=ehr, allowed=False) as context:
        page = context.new_page()
        page.goto(f"{ehr}/?patient=elena-vargas")
        expect(page.frame_locator("#app-frame").locator("#cookies")).to_have_text("0")
        with page.expect_popup() as opened:
            page.get_by_test_id("open-in-window").click()
        expect(opened.value.locator("#cookies")).to_have_text("1")
