"""A gap from end to end in a real browser: opened, its evidence read, a contact planned, the result
arrives in the EHR, and a refresh closes the gap and calls the contact off."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_look import OVERFLOW, find_violations
from tests.flows.running import World, running_world

pytestmark = pytest.mark.browser
SOON = 60_000
MAMMOGRAM = "Observation/elena-vargas-mammogram-1"
NAME = "Breast cancer screening"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as found:
        yield found


def gaps(page: Page) -> Locator:
    return page.locator("#gaps")


def planned(page: Page) -> Locator:
    """The card of planned contacts."""
    return page.locator("section", has=page.get_by_role("heading", name="What have we planned?"))


def plan_letter(page: Page) -> None:
    """From the gap's page: a letter at the next allowed moment."""
    page.get_by_role("link", name="Plan outreach").click()
    expect(page.get_by_text(f"About: {NAME}")).to_be_visible(timeout=SOON)
    letter = page.locator("input[name=channel][value=letter]")
    if not letter.is_checked():  # at night it is what is offered
        with page.expect_navigation():  # what is chosen is shown: the page comes anew
            letter.check(force=True)
    expect(page.get_by_text("The rules allow it then")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Plan", exact=True).click()


def test_a_gap_is_planned_for_and_closes_when_the_result_arrives(
    world: World, new_page: Page
) -> None:
    page = new_page
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(world.launch_url("elena-vargas"))
    gaps(page).get_by_role("link", name=NAME, exact=True).click()

    expect(page.get_by_text("Nearest: Screening mammogram")).to_be_visible(timeout=SOON)
    assert find_violations(page) == []
    assert page.evaluate(OVERFLOW) == 0
    plan_letter(page)

    expect(planned(page)).to_contain_text(NAME, timeout=SOON)
    today = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    world.sandbox(f"patch/{MAMMOGRAM}", {"effectiveDateTime": today})
    page.get_by_role("button", name="Read again").click()

    expect(planned(page)).not_to_contain_text(NAME, timeout=SOON)
    expect(gaps(page).get_by_role("link", name="Plan")).not_to_have_count(0)
    expect(gaps(page).get_by_role("link", name=f"Plan: {NAME}")).to_have_count(0)
    met = gaps(page).locator("details", has_text=" met")
    met.locator("summary").click()
    expect(met.locator("li", has_text=NAME)).to_be_visible()


def test_a_gap_is_set_aside_and_put_back_without_a_script_error(
    world: World, new_page: Page
) -> None:
    page = new_page
    page.goto(world.launch_url("ruth-abernathy"))
    link = gaps(page).locator(".quiet-link").first
    name = link.inner_text()
    link.click()
    page.get_by_text("Dismiss", exact=True).click()
    page.locator("#dismissed-reason").select_option("declined")
    page.get_by_role("button", name="Dismiss this gap").click()
    expect(page.get_by_role("heading", name="Dismissed until")).to_be_visible(timeout=SOON)
    assert find_violations(page) == []
    page.get_by_role("link", name="Panel").click()
    expect(gaps(page).get_by_text("1 set aside")).to_be_visible(timeout=SOON)
    gaps(page).get_by_text("1 set aside").click()
    gaps(page).locator("details[open] li", has_text=name).get_by_role("link").click()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_role("link", name="Plan outreach")).to_be_visible(timeout=SOON)
