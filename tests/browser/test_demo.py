"""The main job, as a person does it: open a chart, change the phone, see it in the EHR's chart."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, Playwright, expect

from tests.browser.chromium import deciding_on_cookies
from tests.browser.demo import Demo, running_demo

pytestmark = pytest.mark.browser
MOBILE, NEW = "(602) 555-0148", "(480) 555-0171"
SOON = 60_000
"""Milliseconds. Nothing here takes that long; two busy cores may."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _first_day(demo: Demo) -> None:
    demo.reset()


@contextmanager
def browser_that(
    cookies: str, demo: Demo, chromium: Browser, playwright: Playwright, folder: Path
) -> Iterator[BrowserContext]:
    """`partitioned` is a Chromium as it comes; `allowed` and `blocked` are its own settings."""
    if cookies == "partitioned":
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        yield context
        context.close()
        return
    with deciding_on_cookies(
        playwright, folder, app=demo.app, ehr=demo.ehr, allowed=cookies == "allowed"
    ) as context:
        yield context


def choose_patient(page: Page, demo: Demo, patient: str, query: str = "") -> Frame:
    """Opens the window, picks the person in the list; the app's frame, once it has an answer."""
    page.goto(f"{demo.ehr}/{query}")
    page.get_by_test_id(f"patient-{patient}").click()
    return frame_of(page)


def frame_of(page: Page) -> Frame:
    """The app's frame, wherever its launch has got to."""
    frame = page.get_by_test_id("app-frame").element_handle().content_frame()
    assert frame is not None
    return frame


def change_phone(panel: Frame | Page, number: str) -> None:
    """From the panel to the form and back, as a clerk would."""
    panel.get_by_role("link", name="Edit contact details").click()
    field = panel.locator("#phone_mobile")
    expect(field).to_have_value(MOBILE, timeout=SOON)
    field.fill(number)
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator("#contact")).to_contain_text(number, timeout=SOON)


def chart_phones(page: Page) -> Locator:
    """The EHR's own chart page."""
    page.get_by_test_id("tab-contact").click()
    return page.get_by_test_id("box-telecom")


def find_violations(panel: Frame | Page) -> list[Any]:
    found = Axe().run(panel).response["violations"]
    return [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]


def test_it_prints_one_address(demo: Demo) -> None:
    addresses = {word.rstrip("/") for word in demo.printed.split() if word.startswith("http")}
    assert addresses == {demo.ehr}


@pytest.mark.parametrize("cookies", ["partitioned", "allowed"])
def test_a_changed_phone_is_in_the_ehrs_own_chart(
    cookies: str, demo: Demo, chromium: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    with browser_that(cookies, demo, chromium, playwright, tmp_path / "profile") as browser:
        page = browser.new_page()
        panel = choose_patient(page, demo, "elena-vargas")
        expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
        change_phone(panel, NEW)
        expect(chart_phones(page)).to_contain_text(NEW, timeout=SOON)
        expect(chart_phones(page)).not_to_contain_text(MOBILE)


@pytest.mark.parametrize("by", ["browser", "switch"])
def test_with_cookies_blocked_it_is_two_clicks_to_a_window_that_works(
    by: str, demo: Demo, chromium: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    """Blocked by the browser's own setting, and by the demo's switch."""
    cookies = "blocked" if by == "browser" else "partitioned"
    with browser_that(cookies, demo, chromium, playwright, tmp_path / "profile") as browser:
        page = browser.new_page()
        page.goto(demo.ehr)
        if by == "switch":
            page.get_by_test_id("switch-block-cookies").click()
        page.get_by_test_id("patient-elena-vargas").click()  # first click
        frame = page.frame_locator("#app-frame")
        with browser.expect_page() as opened:
            frame.get_by_role("link", name="Open in a window").click(timeout=SOON)  # second click
        panel = opened.value
        expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
        change_phone(panel, NEW)
        expect(chart_phones(page)).to_contain_text(NEW, timeout=SOON)


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_axe_finds_nothing_in_the_panel(width: int, demo: Demo, new_page: Page) -> None:
    new_page.set_viewport_size({"width": 1600, "height": 900})
    panel = choose_patient(new_page, demo, "elena-vargas", f"?width={width}")
    expect(panel.locator("footer")).to_be_attached(timeout=SOON)
    assert find_violations(panel) == []
    assert panel.evaluate("innerWidth") == width
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")
    panel.get_by_role("link", name="Edit contact details").click()
    expect(panel.locator("#phone_mobile")).to_be_visible(timeout=SOON)
    assert find_violations(panel) == []
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_works_without_scripts(demo: Demo, chromium: Browser) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    panel = choose_patient(page, demo, "elena-vargas")
    expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    change_phone(panel, NEW)
    expect(chart_phones(page)).to_contain_text(NEW, timeout=SOON)
    context.close()


def save_email(panel: Frame, address: str) -> None:
    """The form, filled and sent; what it came to is on the panel."""
    panel.get_by_role("link", name="Edit contact details").click()
    panel.locator("#email").fill(address, timeout=SOON)
    panel.get_by_role("button", name="Save", exact=True).click()


def test_the_panel_opens_when_the_wall_clock_was_moved(demo: Demo, new_page: Page) -> None:
    new_page.goto(demo.ehr)
    new_page.get_by_test_id("act-to-evening").click()
    expect(new_page.get_by_test_id("clock")).to_contain_text("9:00 PM")
    new_page.get_by_test_id("patient-hannah-park").click()
    expect(frame_of(new_page).locator("h1")).to_contain_text("Park", timeout=SOON)


def test_refused_changes_need_attention(demo: Demo, new_page: Page) -> None:
    panel = choose_patient(new_page, demo, "ines-delgado")
    new_page.get_by_test_id("switch-refuse-writes").click()
    save_email(panel, "ines.new@example.org")
    expect(panel.locator("#contact")).to_contain_text("Needs attention", timeout=SOON)
    new_page.get_by_test_id("tab-apps").click()
    expect(new_page.get_by_test_id("box-refused")).to_contain_text("Refused, 422", timeout=SOON)
    expect(new_page.get_by_test_id("box-written")).to_contain_text("Nothing written yet")


def test_a_record_held_by_registration_needs_attention(demo: Demo, new_page: Page) -> None:
    panel = choose_patient(new_page, demo, "emeka-adeyemi")
    save_email(panel, "emeka.new@example.org")
    expect(panel.locator("#contact")).to_contain_text("Needs attention", timeout=SOON)


def test_a_number_changed_behind_the_form_is_a_conflict(demo: Demo, new_page: Page) -> None:
    panel = choose_patient(new_page, demo, "noelani-kealoha")
    panel.get_by_role("link", name="Edit contact details").click()
    panel.locator("#phone_mobile").fill("(808) 555-0155", timeout=SOON)
    new_page.get_by_test_id("act-edit-chart").click()
    expect(new_page.get_by_test_id("said")).to_contain_text("(917) 555-0135")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator("#contact")).to_contain_text("Conflict", timeout=SOON)
    expect(chart_phones(new_page)).to_contain_text("(917) 555-0135", timeout=SOON)


def test_an_ended_sign_in_is_renewed_and_nothing_typed_is_lost(demo: Demo, new_page: Page) -> None:
    panel = choose_patient(new_page, demo, "samir-haddad")
    panel.get_by_role("link", name="Edit contact details").click()
    panel.locator("#email").fill("samir.new@example.org", timeout=SOON)
    new_page.get_by_test_id("act-end-sign-in").click()
    expect(new_page.get_by_test_id("said")).to_contain_text("ended")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(chart_phones(new_page)).to_contain_text("samir.new@example.org", timeout=SOON)


def test_answers_about_someone_else_are_not_none(demo: Demo, new_page: Page) -> None:
    new_page.goto(demo.ehr)
    new_page.get_by_test_id("switch-wrong-patient").click()
    expect(new_page.get_by_test_id("switch-wrong-patient")).to_have_attribute(
        "aria-checked", "true"
    )
    new_page.get_by_test_id("patient-petra-novak").click()
    panel = frame_of(new_page)
    expect(panel.get_by_role("region", name="Conditions")).to_contain_text(
        "Did not load", timeout=SOON
    )


def test_no_second_banner_where_the_ehr_shows_its_own(demo: Demo, new_page: Page) -> None:
    new_page.goto(demo.ehr)
    new_page.get_by_test_id("switch-ehr-banner").click()
    expect(new_page.get_by_test_id("switch-ehr-banner")).to_have_attribute("aria-checked", "true")
    new_page.get_by_test_id("patient-rita-castellano").click()
    panel = frame_of(new_page)
    expect(panel.locator("footer")).to_be_attached(timeout=SOON)
    # Left to screen readers and print. Asked until the stylesheet, which comes beside, is there.
    expect(panel.locator("h1")).to_have_css("position", "absolute")
    name = panel.locator("h1").bounding_box()
    assert name is None or name["width"] <= 2


def test_a_frame_without_an_origin_reads_and_is_told_that_it_cannot_save(
    demo: Demo, new_page: Page
) -> None:
    """Its posts say `Origin: null`, as any page's could: refused in words, nothing written."""
    new_page.goto(demo.ehr)
    new_page.get_by_test_id("switch-no-origin").click()
    expect(new_page.get_by_test_id("switch-no-origin")).to_have_attribute("aria-checked", "true")
    new_page.get_by_test_id("patient-elena-vargas").click()
    panel = frame_of(new_page)
    expect(panel.locator("footer")).to_be_attached(timeout=SOON)
    save_email(panel, "elena.new@example.com")
    expect(panel.locator("main")).to_contain_text("Error code", timeout=SOON)
    expect(chart_phones(new_page)).to_contain_text("e.vargas@example.com")
    expect(chart_phones(new_page)).not_to_contain_text("elena.new@example.com")


@pytest.mark.parametrize(
    "personality",
    ["generic", "epic", "oracle", "athena", "ecw", "nextgen", "meditech", "smart1"],
)
def test_every_personality_opens_the_panel(personality: str, demo: Demo, new_page: Page) -> None:
    panel = choose_patient(new_page, demo, "elena-vargas", f"?personality={personality}")
    expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    expect(panel.locator("footer")).to_be_attached(timeout=SOON)


def test_two_charts_side_by_side_keep_apart(demo: Demo, chromium: Browser) -> None:
    """One browser, two windows, two people: each save lands in its own chart."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    first, second = context.new_page(), context.new_page()
    elena = choose_patient(first, demo, "elena-vargas")
    ines = choose_patient(second, demo, "ines-delgado")
    expect(elena.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    expect(ines.locator("h1")).to_contain_text("Delgado", timeout=SOON)
    first.bring_to_front()  # a frame in a tab behind takes no clicks
    change_phone(elena, NEW)
    expect(ines.locator("h1")).to_contain_text("Delgado")
    expect(chart_phones(first)).to_contain_text(NEW, timeout=SOON)
    expect(chart_phones(second)).to_contain_text("(614) 555-0127")
    expect(chart_phones(second)).not_to_contain_text(NEW)
    context.close()


@pytest.mark.shared
def test_all_real_charts_open_with_no_failed_card(
    shared_data: Path, chromium: Browser, tmp_path: Path
) -> None:
    folder = shared_data / "synthea"
    with running_demo(tmp_path / "data", patients=folder) as demo:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(demo.ehr)
        links = page.locator(".charts a")
        expect(links).to_have_count(12)
        people = [str(link.get_attribute("data-testid")) for link in links.all()]
        for person in people:
            panel = choose_patient(page, demo, person.removeprefix("patient-"))
            expect(panel.locator("footer")).to_be_attached(timeout=SOON)
            expect(panel.locator(".blank-failed")).to_have_count(0)
            assert panel.locator("h1").inner_text().strip()
        page.close()
