"""A text is planned in Spanish, arrives when the clock says so, and a reply stops the next one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.demo import Demo, running_demo
from tests.browser.test_demo import SOON, choose_patient, frame_of

pytestmark = pytest.mark.browser
PHOENIX, CLINIC = ZoneInfo("America/Phoenix"), ZoneInfo("America/New_York")
REPLY = "ya no me escriban"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("outreach") / "data") as running:
        yield running


def texts(demo: Demo) -> list[dict[str, Any]]:
    """What the pretend provider carried to the patient."""
    rows = httpx.get(f"{demo.ehr}/_sandbox/texts", trust_env=False, timeout=60).json()
    return [row for row in rows if row["direction"] == "outbound-api"]


def move_wall(demo: Demo, moment: datetime) -> None:
    """The clock on the EHR's wall, by which patients are contacted."""
    ahead = (moment - datetime.now(UTC)).total_seconds()
    url = f"{demo.ehr}/_sandbox/settings"
    assert httpx.post(url, json={"window_clock_s": ahead}, timeout=60).status_code == 200


def agree_to_texts(panel: Frame) -> None:
    """As staff record it: one cell of the grid."""
    panel.locator("#contact-now").get_by_role("link", name="Preferences").click()
    cell = panel.locator("#cell_treatment_text")
    cell.wait_for(state="attached", timeout=SOON)
    cell.select_option("agreed", force=True)
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator("#contact-now")).to_contain_text("Text", timeout=SOON)


def plan_text(panel: Frame, after: datetime) -> datetime:
    """Plan a text at the first moment offered after `after`; that moment."""
    base = panel.url.split("?")[0].rstrip("/")
    panel.goto(f"{base}/outreach/new?reason=manual&channel=text")
    expect(panel.locator("#preview")).to_contain_text("STOP", timeout=SOON)
    offers = [
        value
        for radio in panel.locator("input[name=due]").all()
        if (value := radio.get_attribute("value")) not in (None, "other")
    ]
    due = min(d for d in map(datetime.fromisoformat, filter(None, offers)) if d > after)
    moment = panel.locator(f"input[name=due][value='{due.isoformat()}']")
    if not moment.is_checked():
        with panel.expect_navigation():  # what is chosen is shown: the page comes anew
            moment.check(force=True)
    expect(panel.locator("#preview")).to_contain_text("The rules allow it then", timeout=SOON)
    panel.get_by_role("button", name="Plan", exact=False).last.click()
    expect(panel.locator("#outreach")).to_be_visible(timeout=SOON)
    return due


def wait_for_texts(page: Page, demo: Demo, count: int) -> None:
    for _ in range(1200):
        if len(texts(demo)) >= count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{len(texts(demo))} texts arrived, {count} were due")


def test_a_spanish_text_arrives_in_their_time_and_a_reply_stops_the_next(
    demo: Demo, new_page: Page
) -> None:
    page = new_page
    panel = choose_patient(page, demo, "elena-vargas")
    expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    agree_to_texts(panel)
    now = datetime.now(UTC)
    first = plan_text(panel, now + timedelta(hours=4))
    second = plan_text(panel, first + timedelta(hours=20))
    assert 8 <= first.astimezone(PHOENIX).hour < 21

    move_wall(demo, first - timedelta(minutes=5))
    page.wait_for_timeout(4_000)
    assert texts(demo) == []
    move_wall(demo, first + timedelta(seconds=30))
    wait_for_texts(page, demo, 1)
    (text,) = texts(demo)
    assert "Responda" in text["body"] and "STOP" in text["body"]
    bubble = page.get_by_test_id("text-out")
    expect(bubble).to_have_count(1, timeout=SOON)
    there = first.astimezone(CLINIC)
    expect(bubble).to_contain_text(f"{there:%b} {there.day}, {there.hour % 12 or 12}:")

    page.get_by_test_id("reply-body").fill(REPLY)
    page.get_by_test_id("reply-send").click()
    expect(page.get_by_test_id("text-in")).to_contain_text(REPLY, timeout=SOON)
    move_wall(demo, second + timedelta(minutes=1))
    page.wait_for_timeout(6_000)
    assert len(texts(demo)) == 1

    page.reload()
    panel = frame_of(page)
    card = panel.locator("#contact-now")
    row = card.locator("ul.answers > li").first
    expect(row).to_contain_text("They withdrew their agreement.", timeout=SOON)
    expect(row).to_contain_text("Reply by text")
    expect(row.locator(".verdict")).to_have_text("No")
