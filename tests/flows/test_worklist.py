"""The worklist: due across patients, taken and handed back, the landing where no patient is."""

import re
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from app.cli.demo import Demo, build_clients
from app.outreach import plan
from app.security.access import Role
from app.store.records.charts import load_chart
from app.store.records.outreach import Content, NewOutreach, load_outreach, save_outreach
from app.store.records.tenants import load_tenant, save_tenant
from app.sync.outreach_events import apply_event
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role
from tests.flows.test_consent import TENANT


def add(world: World, outreach_id: str, patient: str, **over: str) -> None:
    async def save() -> None:
        async with world.parts.store.write(TENANT) as tx:
            await save_outreach(
                tx,
                NewOutreach(
                    outreach_id=outreach_id,
                    patient_id=patient,
                    state=over.get("state", "scheduled"),
                    purpose="treatment",
                    channel=over.get("channel", "call"),
                    content=Content(title=over.get("title", "A check that is due")),
                    created_by="u",
                    due_at=tx.now + timedelta(hours=int(over.get("hours", "1"))),
                    assigned_to="queue:outreach",
                ),
            )

    world.run(save())


def holder(world: World, outreach_id: str) -> tuple[str, str]:
    async def load() -> tuple[str, str]:
        async with world.parts.store.read(TENANT) as tx:
            row = await load_outreach(tx, outreach_id)
            return row.claimed_by, row.assigned_to

    return world.run(load())


@pytest.fixture(scope="module", autouse=True)
def three(world: World) -> None:
    add(world, "w1", "ruth-abernathy")
    add(world, "w2", "elena-vargas", title="A booked visit", channel="letter")
    add(world, "w3", "never-opened", hours="2")
    add(world, "w4", "ruth-abernathy", hours="48", title="Much later")
    add(world, "w5", "ruth-abernathy", state="done", title="Long done")


@pytest.fixture
def panel(world: World, browser: MiniBrowser) -> Page:
    world.open("ruth-abernathy", browser)
    opened = world.open("elena-vargas", browser)
    world.run(keep_all(world))
    return opened


async def keep_all(world: World) -> None:
    """A chart is kept after its page was sent; the list names people out of kept charts."""
    with anyio.fail_after(100):
        for patient in ("ruth-abernathy", "elena-vargas"):
            while True:
                async with world.parts.store.read(TENANT) as tx:
                    if await load_chart(tx, patient) is not None:
                        break
                await anyio.sleep(0.02)


def act(browser: MiniBrowser, panel: Page, item: str, what: str) -> Page:
    page = browser.get(panel.url + "worklist")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.html)
    assert csrf is not None
    fields = {"csrf": csrf.group(1), "item": item, "act": what, "whose": "all", "channel": ""}
    return browser.post(panel.url + "worklist", fields)


def test_what_is_due_is_listed_with_whom_it_is_about(browser: MiniBrowser, panel: Page) -> None:
    text = browser.get(panel.url + "worklist").text
    assert "Abernathy" in text and "Vargas" in text
    assert "A patient whose chart is not kept here" in text
    assert "Much later" not in text and "Long done" not in text
    letters = browser.get(panel.url + "worklist?whose=queue&channel=letter").text
    assert "Vargas" in letters and "Abernathy" not in letters
    assert browser.get(panel.url + "worklist?whose=mine").text.count("Nothing is due") == 1
    for wrong in ("whose=theirs", "channel=pigeon", "page=-1", "page=99999999999"):
        assert browser.get(panel.url + f"worklist?{wrong}").status == 422


def test_the_lists_lead_to_each_other_and_none_is_said_once(
    browser: MiniBrowser, panel: Page
) -> None:
    for here in ("needs", "worklist", "replies"):
        page = browser.get(panel.url + here)
        tabs = re.findall(r'<a href="[^"]*/(\w+)"( aria-current="page")?>', page.html)
        assert [name for name, _here in tabs] == ["needs", "worklist", "replies"]
        assert [name for name, current in tabs if current] == [here]
        assert ("No reply needs a person" in page.text) == (here == "replies")
        assert "replies need a person" not in page.text
    assert "No reply is with you" in browser.get(panel.url + "replies?show=mine").text


def test_what_no_moment_allows_is_not_called_a_matter_of_time(
    browser: MiniBrowser, panel: Page
) -> None:
    item = browser.get(panel.url + "outreach/w2")
    assert "No address is on file" in item.text and "The rules do not allow it" in item.text
    assert "Not now" not in item.text


def test_one_is_taken_and_handed_back(world: World, browser: MiniBrowser, panel: Page) -> None:
    taken = act(browser, panel, "w1", "claim")
    assert "Hand back" in taken.text
    claimed, assigned = holder(world, "w1")
    assert claimed == assigned != ""
    assert "Abernathy" in browser.get(panel.url + "worklist?whose=mine").text
    act(browser, panel, "w1", "hand_back")
    assert holder(world, "w1") == ("", "queue:outreach")
    assert act(browser, panel, "w1", "dance").status == 422
    assert act(browser, panel, "nothing", "claim").status == 404


def test_what_a_colleague_took_is_theirs(world: World, browser: MiniBrowser, panel: Page) -> None:
    async def take() -> None:
        async with world.parts.store.write(TENANT) as tx:
            row = await load_outreach(tx, "w2")
            for event in (plan.Assign("bob"), plan.Claim("bob")):
                row = await apply_event(tx, row, event, actor_id="bob")

    world.run(take())
    refused = act(browser, panel, "w2", "claim")
    assert refused.status == 409 and "A colleague has taken this one." in refused.text
    assert holder(world, "w2") == ("bob", "bob")


def ask_for_no_chart(world: World, name: str) -> None:
    """Registers the app there with scopes of a worklist: a person's, of no one patient."""
    scopes = ("launch", "openid", "fhirUser", "online_access", "user/Patient.rs")
    demo = Demo(world.parts.services.settings, int(world.ehr.rsplit(":", 1)[1]), "")
    client = next(c for c in build_clients(demo) if c["client_id"] == f"chartside-{name}")
    world.sandbox("clients", client | {"scopes": " ".join(scopes)})

    async def change() -> None:
        async with world.parts.store.write(f"demo-{name}") as tx:
            tenant = await load_tenant(tx)
            registration = replace(tenant.registration, scopes_v2=scopes)
            await save_tenant(tx, replace(tenant, registration=registration))
        await world.parts.directory.load()

    world.run(change())


def test_without_a_patient_it_is_the_landing(world: World, browser: MiniBrowser) -> None:
    ask_for_no_chart(world, "oracle")
    asked = {"personality": "oracle", "client_id": "chartside-oracle"}
    landed = browser.get(str(world.sandbox("launches", asked)["launch_url"]))
    assert landed.url.endswith("/worklist") and "Nothing is due" in landed.text
    assert landed.status == 200 and "Panel" not in landed.text
    assert browser.get(landed.url.replace("worklist", "outreach")).status == 401


def test_bob_may_charlie_may_not(world: World, browser: MiniBrowser, panel: Page) -> None:
    try:
        set_role(world, Role.COORDINATOR)
        assert browser.get(panel.url + "worklist").status == 200
        for role in (Role.AUDITOR, Role.ADMIN, None):
            set_role(world, role)
            page = browser.get(panel.url + "worklist")
            assert page.status == 403 and "Abernathy" not in page.html
    finally:
        set_role(world, Role.CLINICIAN)
