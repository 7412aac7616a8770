"""A patient writes on the phone; a coordinator sees it first, takes it and closes it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.cli.demo import ADMINISTRATOR
from app.security.access import Role
from app.store.records.consents import save_consents
from sandbox.post.phone import ACCOUNT, TOKEN
from tests.app.sync.post_world import agreed
from tests.browser.test_look import OVERFLOW
from tests.browser.test_reach import find_violations
from tests.flows.running import World, running_world
from tests.flows.test_access import set_role
from tests.flows.test_consent import TENANT

pytestmark = pytest.mark.browser
HERS, OURS = "+16025550148", "+16145550100"
SAID = "my chest hurts"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Elena agreed to texts, has had one, and another reply of hers is waiting."""
    with running_world(tmp_path_factory.mktemp("replies")) as found:
        found.sandbox("post", {"inbound_url": f"{found.app}/hooks/texts/reply"})

        async def agree() -> None:
            async with found.parts.store.write(TENANT) as tx:
                await save_consents(tx, "elena-vargas", [agreed("text", HERS)], user_id="u")

        found.run(agree())
        url = f"{found.ehr}/texts/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        sent = {"From": OURS, "To": HERS, "Body": "Mercy West: please call (614) 555-0100."}
        assert found.http.post(url, data=sent, auth=(ACCOUNT, TOKEN)).status_code == 201
        earlier = {"from": HERS, "to": OURS, "body": "Can I come on Friday instead?"}
        assert found.sandbox("texts", earlier)["status"] == 200
        yield found


def write_on_the_phone(page: Page, world: World, text: str) -> None:
    page.goto(f"{world.ehr}/?patient=elena-vargas")
    page.get_by_test_id("reply-body").fill(text)
    page.get_by_test_id("reply-send").click()
    expect(page.get_by_test_id("text-in").last).to_contain_text(text)


def test_an_urgent_text_is_seen_first_taken_and_marked_as_handled(
    world: World, new_page: Page
) -> None:
    page = new_page
    write_on_the_phone(page, world, SAID)
    page.goto(world.launch_url("elena-vargas"))
    expect(page.locator("#replies blockquote").first).to_have_text(SAID)
    set_role(world, Role.COORDINATOR)  # Bob
    page.goto(world.launch_url("ruth-abernathy"))
    expect(page.locator("#contact-now")).to_be_visible()
    page.goto(page.url.split("?")[0] + "worklist")
    page.get_by_role("link", name="2 replies need a person, 1 is urgent").click()
    first = page.locator("ul.replies > li").first
    expect(first).to_contain_text(SAID)
    expect(first).to_contain_text("Urgent")
    first.get_by_role("button", name="Take").click()
    expect(first).to_contain_text("With you")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert find_violations(page) == [] and page.evaluate(OVERFLOW) == 0
    first.get_by_role("button", name="Mark as handled").click()
    expect(first).to_contain_text("Say how it was handled.")
    assert find_violations(page) == []
    first.get_by_label("How it was handled").select_option("emergency")
    first.get_by_label("Note").fill("911 is with them")
    first.get_by_role("button", name="Mark as handled").click()
    expect(page.get_by_role("status")).to_have_text("1 reply needs a person")
    expect(page.locator("ul.replies")).not_to_contain_text(SAID)


def test_the_page_of_messages_has_nothing_for_axe(world: World, new_page: Page) -> None:
    page = new_page
    set_role(world, Role.ADMIN)
    page.goto(world.launch_url("joan-whitfield", user=ADMINISTRATOR))
    page.wait_for_url("**/mappings")
    base = page.url.split("mappings")[0]
    page.goto(f"{base}messages?key=screening_due&place=1")
    page.get_by_label("Text", exact=True).fill("{{ clinic_name }}: su cáncer")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#look")).to_contain_text("Names a diagnosis")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert find_violations(page) == [] and page.evaluate(OVERFLOW) == 0
