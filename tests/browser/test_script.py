"""The script's own promises: a changed chart is cleared at once, writes are followed, ages grow."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.settings import ROOT
from app.web.render import Renderer
from app.web.samples import CHART, LEDGER, LINKS, SCENE
from app.web.views.assembly import build_panel
from app.web.views.page import Page as Frame
from app.web.views.sent import LedgerRow, build_sent
from tests.browser.servers import serving

pytestmark = pytest.mark.browser
RENDERER = Renderer(ROOT)
HOST = """<!doctype html><title>Host</title>
<iframe src="/l/sample/" width="400" height="800"></iframe>"""


class Desk:
    """A ledger whose row moves on when the test says so."""

    def __init__(self) -> None:
        self.rows: tuple[LedgerRow, ...] = LEDGER
        self.asked = 0
        self.origins: tuple[str, ...] = ()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def origin(desk: Desk) -> Iterator[str]:
    async def panel(_request: Request) -> HTMLResponse:
        frame = Frame(host_origins=desk.origins)
        views = build_panel(CHART, SCENE, LINKS, page=frame, ledger=desk.rows)
        return HTMLResponse(RENDERER.render_all(views))

    async def sent(_request: Request) -> HTMLResponse:
        desk.asked += 1
        return HTMLResponse(RENDERER.render(build_sent(desk.rows, SCENE, LINKS)))

    async def host(_request: Request) -> HTMLResponse:
        return HTMLResponse(HOST)

    routes = [
        Route("/host", host),
        Route("/l/sample/", panel),
        Route("/l/sample/sent", sent),
        Mount("/static", StaticFiles(directory=ROOT / "static")),
    ]
    with serving(Starlette(routes=routes)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 500, "height": 900})
    page = context.new_page()
    yield page
    context.close()


def send(page: Page, message: str) -> None:
    page.evaluate(f"frames[0].postMessage({message}, '*')")


def open_host(page: Page, origin: str) -> None:
    page.goto(f"{origin}/host")
    page.frame_locator("iframe").locator("#contact").wait_for()
    page.frames[1].wait_for_function("document.documentElement.classList.contains('scripted')")


@pytest.mark.parametrize(
    "message", ['"patient-changed"', '{type: "patientContextChanged"}', '{event: "patient-close"}']
)
def test_a_changed_chart_is_cleared(page: Page, origin: str, message: str) -> None:
    open_host(page, origin)
    send(page, message)
    frame = page.frame_locator("iframe")
    frame.get_by_text("A different chart is open now").wait_for()
    text = frame.locator("body").inner_text()
    assert "Okonkwo" not in text
    assert "555" not in text


def test_other_messages_and_other_origins_clear_nothing(
    page: Page, origin: str, desk: Desk
) -> None:
    desk.origins = ("https://ehr.example",)
    open_host(page, origin)
    for message in ('"patient-changed"', "null", '{type: "resize"}', "42"):
        send(page, message)
    page.wait_for_timeout(200)
    assert page.frame_locator("iframe").locator("#contact").is_visible()


def test_a_page_of_its_own_listens_to_nobody(page: Page, origin: str) -> None:
    page.goto(f"{origin}/l/sample/")
    page.evaluate("window.postMessage('patient-changed', '*')")
    page.wait_for_timeout(200)
    assert page.locator("#contact").is_visible()


def test_writes_on_their_way_are_followed_until_they_arrive(
    page: Page, origin: str, desk: Desk
) -> None:
    page.goto(f"{origin}/l/sample/")
    assert page.locator('[data-write="w4"]').get_attribute("data-state") == "sending"
    arrived = LedgerRow("w4", "Home number", "in_ehr", LEDGER[3].at)
    desk.rows = (*LEDGER[:3], arrived, *LEDGER[4:])
    page.locator('[data-write="w4"][data-state="in_ehr"]').wait_for()
    expect(page.locator("#live")).to_have_text("Home number: In EHR")
    asked = desk.asked
    page.wait_for_timeout(2500)
    assert desk.asked == asked, "nothing moves any more, so nothing is asked"


def test_following_keeps_the_focus(page: Page, origin: str, desk: Desk) -> None:
    page.goto(f"{origin}/l/sample/")
    page.locator('[data-write="w6"] a').focus()
    with page.expect_response("**/l/sample/sent"):
        pass
    page.wait_for_function("document.activeElement.closest('[data-write]')?.dataset.write === 'w6'")


def test_ages_grow_and_turn_old(page: Page, origin: str) -> None:
    page.clock.install(time=SCENE.now)
    page.goto(f"{origin}/l/sample/")
    shown = page.locator("#freshness summary")
    page.clock.pause_at(SCENE.now + timedelta(seconds=25))  # however long the page took to load
    page.clock.run_for(31_000)
    assert "2 min ago" in (shown.inner_text()).replace("\u00a0", " ")
    page.clock.run_for(2 * 3_600_000)
    assert "2 h old" in (shown.inner_text()).replace("\u00a0", " ")
    assert "fresh-stale" in (page.locator("#freshness").get_attribute("class") or "")
