"""What patients write back is seen, taken and closed; nobody's words are guessed, no look is
unrecorded."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec.structs import replace

from app.security.access import Role
from app.store.records.consents import save_consents
from app.store.records.inbound import Inbound, load_inbound, load_work
from app.store.records.outreach import load_patient_outreach
from app.store.tables.audit import AUDIT
from app.store.transactions import TenantTx
from tests.app.sync.post_world import agreed
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role
from tests.flows.test_consent import CELL, TENANT, fill
from tests.flows.test_outreach import planned

ELENA, RUTH = "elena-vargas", "ruth-abernathy"
HERS, OURS = "+16025550148", "+16145550100"
STRANGER, SHARED = "+16025550777", "+16145550155"


def in_tenant(world: World, work: Callable[[TenantTx], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with world.parts.store.write(TENANT) as tx:
            return await work(tx)

    return world.run(run())


@pytest.fixture(scope="module", autouse=True)
def phone(world: World) -> None:
    """The pretend provider knows where replies go; two people share one number."""
    world.sandbox("post", {"inbound_url": f"{world.app}/hooks/texts/reply"})

    async def agree(tx: TenantTx) -> None:
        shared = agreed("text", SHARED)
        for who in (ELENA, RUTH):
            entry = replace(shared, id=f"shared-{who}")
            await save_consents(tx, who, [entry], user_id="u")

    in_tenant(world, agree)
    browser = MiniBrowser()
    fill(browser, world.open(ELENA, browser), **{CELL: "agreed"})
    browser.close()


@pytest.fixture
def panel(world: World, browser: MiniBrowser) -> Page:
    return world.open(ELENA, browser)


def say(world: World, text: str, sender: str = HERS) -> None:
    """They write on their phone."""
    assert world.sandbox("texts", {"from": sender, "to": OURS, "body": text})["status"] == 200


def waiting(world: World) -> tuple[Inbound, ...]:
    found: tuple[Inbound, ...] = in_tenant(world, load_work)
    return found


def find(world: World, text: str) -> Inbound:
    return next(r for r in waiting(world) if r.text == text)


def act(browser: MiniBrowser, panel: Page, row: Inbound, what: str, **more: str) -> Page:
    page = browser.get(panel.url + "replies")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.html)
    assert csrf is not None
    fields = {"csrf": csrf.group(1), "reply": row.inbound_id, "version": str(row.version)}
    return browser.post(panel.url + "replies", {**fields, "show": "open", "act": what, **more})


def test_an_answer_goes_through_the_gate_like_any_message(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "What time is it?")
    row = find(world, "What time is it?")
    assert "Write to them" in browser.get(panel.url + "replies?show=here").text
    url = f"{panel.url}outreach/new?reason=reply:{row.inbound_id}&channel=text"
    page = browser.get(url)
    assert "What they wrote" in page.text and "Write what to say." in page.text
    form = page.form("/outreach")
    refused = browser.submit(page, form, {"words": "Your diabetes visit is at 9:20 on Friday."})
    assert refused.status == 422 and "Names a diagnosis" in refused.text
    assert browser.submit(page, form, {"words": "x" * 121}).status == 422
    done = browser.submit(page, form, {"words": "At 9:20 AM on {{ Friday }}."})
    assert done.url == panel.url
    (sent,) = [o for o in planned(world, ELENA) if o.reason_kind == "reply"]
    assert "At 9:20 AM on {{ Friday }}." in sent.content.body and "STOP" in sent.content.body
    assert "What time is it?" in browser.get(f"{panel.url}outreach/{sent.outreach_id}").text
    assert act(browser, panel, row, "handle", result="wrote").status == 200


def test_an_urgent_reply_stands_first_is_taken_and_closed(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "Can I come on Friday instead?")
    say(world, "my chest hurts")
    page = browser.get(panel.url + "replies")
    assert "2 replies need a person, 1 is urgent" in page.text.replace(" , ", ", ")
    assert page.text.index("my chest hurts") < page.text.index("Can I come on Friday")
    assert page.text.count("not read before") == 2
    assert "not read before" not in browser.get(panel.url + "replies").text
    row = find(world, "my chest hurts")
    assert (row.is_urgent, row.claimed_by, row.patient_key != "") == (True, "", True)
    taken = act(browser, panel, row, "claim")
    assert taken.status == 200 and "With you" in taken.text
    row = find(world, "my chest hurts")
    none = act(browser, panel, row, "handle", note="x")
    assert none.status == 422 and "Say how it was handled." in none.text
    bare = act(browser, panel, row, "handle", result="nothing", note=" ")
    assert bare.status == 422 and "It was marked urgent." in bare.text
    done = act(browser, panel, row, "handle", result="emergency", note="911 is on the way")
    assert done.status == 200 and "my chest hurts" not in done.text
    closed = browser.get(panel.url + "replies?show=handled")
    assert "Emergency help was called" in closed.text and "911 is on the way" in closed.text
    assert act(browser, panel, row, "handle", result="called").status == 409


def test_the_panel_says_what_they_wrote_and_what_was_done(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "<b>I moved</b> & have a new address")
    page = browser.get(panel.url)
    assert "They wrote back" in page.text and "<b>I moved</b> & have a new address" in page.text
    assert "<b>I moved" not in page.html and "Needs a person" in page.text
    here = browser.get(panel.url + "replies?show=here")
    assert "I moved" in here.text
    other = world.open("samir-haddad", browser)
    assert "I moved" not in other.text
    assert "I moved" not in browser.get(other.url + "replies?show=here").text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("HELP", "They asked for help."),
        ("START", "Record a new agreement"),
        ("My knee still aches a little", "My knee still aches a little"),
        ("yes", "They said yes."),
    ],
)
def test_each_kind_is_read_and_waits(
    world: World, browser: MiniBrowser, panel: Page, said: str, shown: str
) -> None:
    say(world, said)
    row = find(world, said)
    assert row.work == "open" and not row.is_urgent
    assert shown in browser.get(panel.url + "replies?show=here").text


def test_a_stop_is_done_and_asks_nobody(world: World, browser: MiniBrowser, panel: Page) -> None:
    say(world, "please stop texting me")

    async def mine(tx: TenantTx) -> tuple[Inbound, ...]:
        return await load_inbound(tx, ELENA)

    row = in_tenant(world, mine)[0]
    assert (row.text, row.work, row.did) == ("please stop texting me", "", "opted_out")
    assert "Opted out" in browser.get(panel.url + "replies?show=here").text


def test_an_unknown_number_is_nobodys_until_a_person_says(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "who is this, I need my medicine", STRANGER)
    row = find(world, "who is this, I need my medicine")
    assert (row.patient_key, row.sharers) == ("", 0)
    page = browser.get(panel.url + "replies")
    assert "A number that no patient here has. From (602) 555-0777" in page.text
    say(world, "STOP", STRANGER)
    assert not [r for r in waiting(world) if r.text == "STOP"]


def test_a_shared_number_is_given_to_one_by_a_person(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    world.open(RUTH, browser)
    say(world, "We will be late", SHARED)
    row = find(world, "We will be late")
    assert (row.patient_key, row.sharers) == ("", 2)
    assert "We will be late" not in browser.get(panel.url).text
    page = act(browser, panel, row, "claim")
    assert "A number that 2 patients have" in page.text and "Whose words are they?" in page.text
    row = find(world, "We will be late")
    assert act(browser, panel, row, "call_back").status == 422
    assert act(browser, panel, row, "belongs", patient="somebody").status == 422

    async def key_of(tx: TenantTx) -> str:
        return tx.patient_key(ELENA)

    assert act(browser, panel, row, "belongs", patient=in_tenant(world, key_of)).status == 200
    assert "We will be late" in browser.get(panel.url + "replies?show=here").text


def test_a_call_back_is_planned_once(world: World, browser: MiniBrowser, panel: Page) -> None:
    say(world, "Please ring me about the form")
    page = act(browser, panel, find(world, "Please ring me about the form"), "claim")
    assert "Plan a call back" in page.text
    row = find(world, "Please ring me about the form")
    assert "A call back is planned." in act(browser, panel, row, "call_back").text
    (call,) = [o for o in planned(world, ELENA) if o.reason_key == row.inbound_id]
    assert (call.channel, call.state, call.content.address) == ("call", "scheduled", HERS)
    assert call.ledger_id
    item = browser.get(f"{panel.url}outreach/{call.outreach_id}")
    assert "Please ring me about the form" in item.text and "What was said" in item.text
    assert act(browser, panel, row, "call_back").status == 409


def test_a_call_back_for_another_patient_opens_no_chart(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    other = world.open("samir-haddad", browser)
    say(world, "Is the clinic open on Monday?")
    act(browser, other, find(world, "Is the clinic open on Monday?"), "claim")
    row = find(world, "Is the clinic open on Monday?")
    page = act(browser, other, row, "call_back")
    assert "Open the chart in" in page.text

    async def rows(tx: TenantTx) -> Any:
        return await load_patient_outreach(tx, ELENA)

    (call,) = [o for o in in_tenant(world, rows) if o.reason_key == row.inbound_id]
    assert call.ledger_id == ""
    assert browser.get(f"{other.url}outreach/{call.outreach_id}").status == 404


def test_who_saw_whose_words_is_on_record(world: World, browser: MiniBrowser, panel: Page) -> None:
    say(world, "A question about the bill")

    async def looks(tx: TenantTx) -> Any:
        mine = tx.select(AUDIT).where(AUDIT.c.action == "reply.view").order_by(AUDIT.c.seq)
        return [(r.patient_key, r.detail) for r in await tx.all(mine)], tx.patient_key(ELENA)

    before, _key = in_tenant(world, looks)
    browser.get(panel.url + "replies")
    after, key = in_tenant(world, looks)
    fresh = after[len(before) :]
    assert fresh[0][1]["rows"] == len(fresh) - 1
    reply_id = find(world, "A question about the bill").inbound_id
    assert (key, {"reply": reply_id}) in fresh
    assert "bill" not in str(after)


def test_bob_may_charlie_and_others_may_not(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "Bob, are you there?")
    try:
        set_role(world, Role.COORDINATOR)
        assert "Bob, are you there?" in browser.get(panel.url + "replies").text
        page = browser.get(panel.url + "worklist")
        assert "need a person" in page.text and "/replies" in page.html
        form = browser.get(panel.url + "replies").form("/replies")
        for role in (None, Role.AUDITOR, Role.ADMIN):
            set_role(world, role)
            assert browser.get(panel.url + "replies").status == 403
            assert browser.post(panel.url + "replies", form.fields).status == 403
    finally:
        set_role(world, Role.CLINICIAN)


@pytest.mark.parametrize("query", ["show=all", "page=-1", "page=99999999999"])
def test_what_no_page_of_ours_asks_is_refused(
    browser: MiniBrowser, panel: Page, query: str
) -> None:
    assert browser.get(panel.url + f"replies?{query}").status == 422


def test_two_people_at_one_reply_do_not_overwrite(
    world: World, browser: MiniBrowser, panel: Page
) -> None:
    say(world, "Two of you read this")
    row = find(world, "Two of you read this")
    assert act(browser, panel, row, "claim").status == 200
    assert act(browser, panel, row, "handle", result="called").status == 409  # the older form
    for wrong in ({"what": "dance"}, {"what": "claim", "version": "x"}):
        what = wrong.pop("what")
        assert act(browser, panel, row, what, **wrong).status == 422
    row = find(world, "Two of you read this")
    assert act(browser, panel, row, "hand_back").status == 200
    assert find(world, "Two of you read this").claimed_by == ""
