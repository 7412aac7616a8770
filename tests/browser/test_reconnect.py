"""The sign-in to the EHR has ended for good: what was saved waits and says so, "Reconnect" goes
through the EHR's own sign-in and back, and the queue goes out."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.demo import Demo, running_demo
from tests.browser.test_demo import (
    SOON,
    chart_phones,
    choose_patient,
    find_violations,
    frame_of,
    save_email,
)

pytestmark = pytest.mark.browser
ADDRESS = "elena.waits@example.org"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("reconnect") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _first_day(demo: Demo) -> None:
    demo.reset()


def end_for_good(demo: Demo) -> None:
    """Access and refresh tokens are dead: only a new sign-in helps."""
    answer = httpx.post(f"{demo.ehr}/_sandbox/expire_tokens", json={"refresh": True}, timeout=60)
    assert answer.status_code == 200


def writes(demo: Demo) -> int:
    """How often an app changed her record."""
    found = httpx.get(f"{demo.ehr}/_sandbox/writes", timeout=60).json()
    return sum((w["type"], w["id"]) == ("Patient", "elena-vargas") for w in found)


def save_while_disconnected(page: Page, demo: Demo) -> Frame:
    panel = choose_patient(page, demo, "elena-vargas")
    expect(panel.locator("footer")).to_be_attached(timeout=SOON)
    end_for_good(demo)
    save_email(panel, ADDRESS)
    expect(panel.get_by_text("sign-in ended")).to_be_visible(timeout=SOON)
    return panel


def test_what_was_saved_waits_and_goes_out_after_reconnecting(demo: Demo, new_page: Page) -> None:
    panel = save_while_disconnected(new_page, demo)
    row = panel.locator("#sent li", has_text="E-mail").first
    expect(row).to_contain_text("Saved here")
    expect(row).to_contain_text("connected again")
    expect(panel.locator("#contact")).to_contain_text(ADDRESS)
    assert find_violations(panel) == []
    assert writes(demo) == 0

    panel.get_by_role("link", name="Reconnect").click()
    page = frame_of(new_page)
    page.locator("button, a", has_text="Vargas").first.click(timeout=SOON)
    panel = frame_of(new_page)
    expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    row = panel.locator("#sent li", has_text="E-mail").first
    expect(row).to_contain_text("In EHR", timeout=SOON)
    expect(panel.get_by_text("sign-in ended")).to_have_count(0)
    expect(chart_phones(new_page)).to_contain_text(ADDRESS, timeout=SOON)
    assert writes(demo) == 1
