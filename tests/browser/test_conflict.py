"""Two people change one number, in a real browser: each value with whose it is, a choice, and the
EHR and the write's history after it."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.demo import Demo, running_demo
from tests.browser.test_demo import (
    SOON,
    chart_phones,
    choose_patient,
    find_violations,
    frame_of,
)
from tests.browser.test_look import OVERFLOW

pytestmark = pytest.mark.browser
TYPED, SHOWN = "602 555 0171", "(602) 555-0171"
MOVED = "(602) 555-0149"
"""What the front desk makes of Elena's number."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("conflict") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _first_day(demo: Demo) -> None:
    demo.reset()


def clash(page: Page, demo: Demo, *, width: int = 400, typed: str = TYPED) -> Frame:
    """The page of the conflict: she types while the front desk changes the same number."""
    panel = choose_patient(page, demo, "elena-vargas", f"?width={width}")
    panel.get_by_role("link", name="Edit contact details").click()
    panel.locator("#phone_mobile").fill(typed, timeout=SOON)
    page.get_by_test_id("act-edit-chart").click()
    expect(page.get_by_test_id("said")).to_contain_text(MOVED, timeout=SOON)
    panel.get_by_role("button", name="Save", exact=True).click()
    panel.locator("#sent").get_by_role("link", name="Choose").first.click(timeout=SOON)
    expect(panel.get_by_role("heading", level=1)).to_contain_text("changed while you were editing")
    return panel


@pytest.mark.parametrize(("side", "kept"), [("ours", SHOWN), ("theirs", MOVED)])
def test_each_value_says_whose_it_is_and_the_choice_is_in_the_ehr(
    demo: Demo, new_page: Page, side: str, kept: str
) -> None:
    panel = clash(new_page, demo)
    ours, theirs = panel.locator("#choose_phone_mobile label").all()
    for said in (SHOWN, "Yours", "You, today"):
        expect(ours).to_contain_text(said)
    for said in (MOVED, "now", "Front desk, Mercy West, today"):
        expect(theirs).to_contain_text(said)
    assert panel.locator("input[type=radio]:checked").count() == 0
    address = panel.url
    panel.locator(f"#choose_phone_mobile input[value={side}]").check(force=True)
    panel.get_by_role("button", name="Save choices").click()
    expect(panel.locator("#contact")).to_contain_text(kept, timeout=SOON)
    expect(panel.locator("#sent")).not_to_contain_text("Conflict")
    expect(chart_phones(new_page)).to_contain_text(kept, timeout=SOON)
    panel.goto(address)
    past = panel.locator("section", has=panel.get_by_role("heading", name="What was chosen"))
    for said in (SHOWN, MOVED, "Front desk, Mercy West", "Chosen: You, today"):
        expect(past).to_contain_text(said)
    expect(past.locator("dd b")).to_have_text(kept)
    assert find_violations(panel) == []


def test_ours_that_went_out_anew_tells_what_it_was_chosen_over(demo: Demo, new_page: Page) -> None:
    panel = clash(new_page, demo)
    panel.locator("#choose_phone_mobile input[value=ours]").check(force=True)
    panel.get_by_role("button", name="Save choices").click()
    row = panel.locator("#sent li", has_text="In EHR").first
    row.get_by_role("link", name="Open").click(timeout=SOON)
    expect(panel.get_by_role("heading", name="What was chosen")).to_be_visible(timeout=SOON)
    expect(panel.locator("main")).to_contain_text(MOVED)


def test_without_a_choice_nothing_is_sent_and_the_page_says_what_is_left(
    demo: Demo, new_page: Page
) -> None:
    panel = clash(new_page, demo)
    panel.get_by_role("button", name="Save choices").click()
    expect(panel.locator(".save")).to_contain_text("1 left", timeout=SOON)
    expect(chart_phones(new_page)).to_contain_text(MOVED)
    assert find_violations(frame_of(new_page)) == []


@pytest.mark.parametrize(("width", "theme"), [(400, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    demo: Demo, chromium: Browser, width: int, theme: Literal["light", "dark"]
) -> None:
    context = chromium.new_context(
        viewport={"width": width + 320, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    panel = clash(context.new_page(), demo, width=width)
    assert find_violations(panel) == []
    assert panel.evaluate(OVERFLOW) == 0
    context.close()
