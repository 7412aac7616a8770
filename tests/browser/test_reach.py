"""Consent, the contact answer, planning and the worklist in a real browser: by keyboard, without
anything for axe to find, without sideways scrolling."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_look import OVERFLOW
from tests.flows.running import World, running_world

pytestmark = pytest.mark.browser
PATIENT = "elena-vargas"
PAGES = (
    "",
    "preferences",
    "preferences?tab=other",
    "authorizations?kind=authorization",
    "outreach/new?reason=gap:CMS130",
    "outreach/new?reason=manual&channel=call",
    "outreach",
    "worklist",
    "replies?show=here",
    "needs",
)


class NoonThere:
    """A clock that began at noon at the patient's place, whatever the hour of the run: no text is
    held for the night. It goes on: what was agreed to is in the past when the next page asks."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        noon = now.replace(hour=19, minute=0, second=0, microsecond=0)
        self.ahead = (noon - now) % timedelta(days=1)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("reach"), wall=NoonThere()) as found:
        yield found


@pytest.fixture
def panel(world: World, new_page: Page) -> Page:
    """The chart, opened in a window of its own."""
    new_page.set_viewport_size({"width": 400, "height": 900})
    new_page.goto(world.launch_url(PATIENT))
    new_page.wait_for_selector("#contact-now")
    new_page.wait_for_load_state("load")
    return new_page


def find_violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"]]


def test_consent_is_recorded_by_keyboard_alone_in_seconds(panel: Page) -> None:
    base = panel.url
    panel.goto(base + "preferences")
    for key in ("y", "ArrowRight", "y", "ArrowDown", "n", "u"):
        panel.keyboard.press(key)
    cell = panel.locator("[data-cell][data-unsaved]")
    assert cell.count() == 2
    assert "Nobody has recorded" in panel.locator("[data-evidence-here]").inner_text()
    panel.keyboard.press("Control+Enter")
    panel.wait_for_url(base)
    assert "Agreed" in panel.locator("#contact-now").inner_text()
    panel.goto(base + "preferences")
    assert panel.locator("[data-state=agreed]").count() == 2
    panel.keyboard.press("u")  # on record: cannot be unsaid
    assert panel.locator("[data-unsaved]").count() == 0


def test_a_wrong_time_is_corrected_in_place(panel: Page) -> None:
    panel.goto(panel.url + "preferences")
    panel.fill("#text_to", "9:30 PM")
    panel.keyboard.press("Control+Enter")
    expect(panel.locator("#text_to-error")).to_be_visible()
    expect(panel.locator("#text_to")).to_be_focused()
    panel.wait_for_load_state("load")
    assert find_violations(panel) == []


def test_what_is_chosen_is_shown_at_once_and_planned(panel: Page) -> None:
    base = panel.url
    panel.goto(base + "outreach/new?reason=gap:CMS130&channel=letter")
    with panel.expect_navigation():
        panel.check("input[value=sequence]", force=True)
    assert "contacts" in panel.locator("button.primary").inner_text()
    with panel.expect_navigation():
        panel.check("input[value=one]", force=True)
    panel.click("button.primary")
    panel.wait_for_url(base)
    assert "Colorectal" in panel.locator("#outreach").inner_text()
    with panel.expect_navigation():
        panel.click("#outreach ul a")
    assert find_violations(panel) == [] and panel.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (1280, "dark")])
def test_nothing_for_axe_and_nothing_to_scroll_sideways(
    chromium: Browser, world: World, width: int, theme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(world.launch_url(PATIENT))
    page.wait_for_selector("#contact-now")
    base, wrong = page.url, []
    for path in PAGES:
        page.goto(base + path)
        page.wait_for_load_state("load")
        wrong += [f"{path} {line}" for line in find_violations(page)]
        wrong += [f"{path} overflows"] if page.evaluate(OVERFLOW) else []
    context.close()
    assert wrong == []
