"""A mail arrives in the pretend mailbox; its link is opened and pressed; the panel says why not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import Demo, running_demo
from tests.browser.test_demo import SOON, choose_patient, frame_of
from tests.browser.test_look import OVERFLOW
from tests.browser.test_outreach import move_wall
from tests.browser.test_reach import find_violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("stop") / "data") as running:
        yield running


def plan_mail(page: Page, demo: Demo) -> None:
    """Elena agrees to e-mail, and one is planned for the first moment offered, which comes."""
    panel = choose_patient(page, demo, "elena-vargas")
    expect(panel.locator("h1")).to_contain_text("Vargas", timeout=SOON)
    base = panel.url.split("?")[0].rstrip("/")
    panel.goto(f"{base}/preferences?tab=other")
    panel.locator("#cell_treatment_email").select_option("agreed", force=True)
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel.locator("#contact-now")).to_be_visible(timeout=SOON)
    panel.goto(f"{base}/outreach/new?reason=gap:CMS130&channel=email")
    expect(panel.locator("#preview")).to_contain_text("Para dejar de recibir estos correos")
    panel.get_by_role("button", name="Plan", exact=False).last.click()
    expect(panel.locator("#outreach")).to_be_visible(timeout=SOON)
    move_wall(demo, datetime.now(UTC) + timedelta(hours=2))


def wait_for_mail(page: Page, demo: Demo) -> None:
    for _ in range(1200):
        if httpx.get(f"{demo.ehr}/_sandbox/mails", trust_env=False, timeout=60).json():
            return
        page.wait_for_timeout(100)
    raise AssertionError("no mail arrived")


def test_a_link_in_a_mail_is_pressed_and_the_panel_says_why_no_mail_goes(
    demo: Demo, new_page: Page
) -> None:
    page = new_page
    plan_mail(page, demo)
    wait_for_mail(page, demo)
    page.goto(f"{demo.ehr}/?patient=elena-vargas")
    page.get_by_test_id("mail").locator("summary").click()
    with page.expect_popup() as opened:
        page.get_by_test_id("mail").get_by_role("link").click()
    stop = opened.value
    for width in (320, 1280):
        stop.set_viewport_size({"width": width, "height": 900})
        expect(stop.get_by_role("heading")).to_have_text("¿Dejar de recibir estos correos?")
        assert find_violations(stop) == [] and stop.evaluate(OVERFLOW) == 0
    stop.get_by_role("button", name="Dejar de recibir estos correos").click()
    expect(stop.get_by_role("heading")).to_have_text("Listo. No más correos.")
    assert find_violations(stop) == []

    panel = choose_patient(page, demo, "elena-vargas")
    answers = panel.locator("#contact-now ul.answers > li")
    row = answers.filter(has_text="e.vargas@example.com")
    expect(row).to_contain_text("They withdrew their agreement.", timeout=SOON)
    expect(row).to_contain_text("Link in an e-mail")
    expect(frame_of(page).locator("#replies")).to_contain_text("By the link in an e-mail")
