"""A person and the ledger: enter by hand and be checked, send again, hand over, look at it all."""

import uuid
from datetime import timedelta

from msgspec import structs

from app.security.access import Role
from app.store.records.ledger import claim_intent
from app.store.records.users import assign_role, load_users
from app.sync.intents import CompletedContact
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_spine import edit
from tests.flows.test_write_plans import CONTACTED, effects, newest, reload, save

BY_HAND = True


def write_link(panel: Page, ledger_id: str) -> str:
    return f"{panel.url}writes/{ledger_id}"


def press(browser: MiniBrowser, page: Page, do: str) -> Page:
    assert offers(page, do)
    return browser.submit(page, page.form("/act"), {"do": do})


def offers(page: Page, do: str) -> bool:
    return f'name="do" value="{do}"' in page.html


def contacted() -> CompletedContact:
    return structs.replace(CONTACTED, outreach_id=str(uuid.uuid4()))


def front_desk_types(world: World, patient: str, email: str) -> None:
    telecom = [
        t for t in world.resource(f"Patient/{patient}").get("telecom", []) if t["system"] != "email"
    ]
    world.sandbox(
        f"patch/Patient/{patient}", {"telecom": [*telecom, {"system": "email", "value": email}]}
    )


def test_what_a_person_enters_is_in_the_ehr_only_once_it_is_read_there(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("luc-moreau", browser, personality="nextgen")
    shown = edit(browser, panel, email="luc.by.hand@example.com")
    row = newest(world, "nextgen", "contact_detail")
    assert any(row.ledger_id in link for link in shown.parsed.links)
    page = browser.get(write_link(panel, row.ledger_id))
    assert "To enter in NextGen" in page.text
    assert "luc.by.hand@example.com" in page.text
    early = press(browser, page, "entered")
    assert "NextGen does not show it yet" in early.text
    assert reload(world, "nextgen", row.ledger_id).state == "saved"
    front_desk_types(world, "luc-moreau", "luc.by.hand@example.com")
    done = press(browser, browser.get(write_link(panel, row.ledger_id)), "entered")
    assert "In EHR" in done.text
    settled = reload(world, "nextgen", row.ledger_id)
    assert (settled.state, settled.read_back) == ("in_ehr", "matched")
    writes = [e for e in world.log() if e["method"] not in ("GET",) and "nextgen" in e["path"]]
    assert [e for e in writes if "/fhir/" in e["path"]] == []


def test_what_cannot_be_read_stays_a_persons_word(world: World, browser: MiniBrowser) -> None:
    panel = world.open("luc-moreau", browser, personality="nextgen")
    row = save(world, panel, contacted())
    page = browser.get(write_link(panel, row.ledger_id))
    assert "Will book next week." in page.text
    done = press(browser, page, "entered")
    assert "A person says it is entered" in done.text
    assert "In EHR" not in done.text.replace("“In EHR”", "")
    kept = reload(world, "nextgen", row.ledger_id)
    assert (kept.state, kept.error_code) == ("saved", "entered_by_person")
    assert kept.detail["entered_by"]
    assert not offers(done, "entered")


def test_an_outcome_that_only_a_person_can_find_out(world: World, browser: MiniBrowser) -> None:
    panel = world.open("hannah-park", browser, personality="oracle")
    row = save(world, panel, contacted())
    match = {"method": "POST", "resource": "Communication", "personality": "oracle"}
    world.sandbox("faults", {"match": match, "effect": {"status": 504}, "times": 1})
    world.carry("demo-oracle", row.ledger_id)
    page = browser.get(write_link(panel, row.ledger_id))
    assert "look in Oracle Health before sending it again" in page.text
    assert "answer 504" in page.text
    assert effects(world, row.ledger_id) == []
    done = press(browser, page, "again")
    assert "Recorded as note" in done.text
    assert len(effects(world, row.ledger_id)) == 1


def test_a_refused_write_can_be_handed_over(world: World, browser: MiniBrowser) -> None:
    panel = world.open("petra-novak", browser, personality="epic")
    match = {"method": "POST", "resource": "QuestionnaireResponse", "personality": "epic"}
    world.sandbox("faults", {"match": match, "effect": {"status": 422}})
    edit(browser, panel, email="petra.handed@example.com")
    row = newest(world, "epic", "contact_detail")
    page = browser.get(write_link(panel, row.ledger_id))
    assert "Needs attention" in page.text
    assert "Epic refused this value" in page.text
    handed = press(browser, page, "hand_over")
    assert "To enter in Epic" in handed.text
    after = reload(world, "epic", row.ledger_id)
    assert (after.plan, after.plan_reason, after.state) == ("person", "handed_over", "saved")
    gone = browser.submit(page, page.form("/act"), {"do": "again"})
    assert gone.status == 404


def test_a_row_in_a_workers_hand_is_left_alone(world: World, browser: MiniBrowser) -> None:
    panel = world.open("petra-novak", browser, personality="nextgen")
    row = save(world, panel, contacted())
    page = browser.get(write_link(panel, row.ledger_id))

    async def claim() -> None:
        async with world.parts.store.write("demo-nextgen") as tx:
            await claim_intent(tx, row.ledger_id, worker="other", until=tx.now + timedelta(hours=1))

    world.run(claim())
    assert press(browser, page, "entered").status == 409


def test_another_patients_write_is_not_found(world: World, browser: MiniBrowser) -> None:
    theirs = world.open("luc-moreau", browser, personality="nextgen")
    row = save(world, theirs, contacted())
    other = world.open("petra-novak", browser, personality="nextgen")
    assert browser.get(write_link(other, row.ledger_id)).status == 404


def test_the_tenants_ledger_names_states_and_nobody(world: World, browser: MiniBrowser) -> None:
    panel = world.open("joan-whitfield", browser, personality="epic")
    edit(browser, panel, email="joan.ledger@example.com")
    assert browser.get(panel.url + "ledger").status == 403
    set_role(world, Role.ADMIN)
    try:
        page = browser.get(panel.url + "ledger")
        noted = browser.get(panel.url + "ledger?state=noted")
        odd = browser.get(panel.url + "ledger?state=%27")
    finally:
        set_role(world, Role.CLINICIAN)
    assert "Recorded as note" in page.text
    assert "Answered form, as a note" in page.text
    for shown in (page, noted, odd):
        assert shown.status == 200
        assert "Whitfield" not in shown.html
        assert "joan.ledger" not in shown.html
    assert "Needs attention" not in noted.text.replace("Needs attention 1", "")


def set_role(world: World, role: Role) -> None:
    async def give() -> None:
        async with world.parts.store.write("demo-epic") as tx:
            for user in await load_users(tx):
                await assign_role(tx, user.user_id, role)

    world.run(give())


def test_what_was_typed_in_is_found_by_the_next_reading_of_the_chart(
    world: World, browser: MiniBrowser
) -> None:
    """Nobody presses the button: the refresh shows it. What is not there yet stays as it is."""
    panel = world.open("petra-novak", browser, personality="nextgen")
    edit(browser, panel, email="petra.by.hand@example.com")
    row = newest(world, "nextgen", "contact_detail")
    assert (row.plan, row.state) == ("person", "saved")
    page = browser.submit(panel, panel.form("/refresh"), {})
    assert reload(world, "nextgen", row.ledger_id).state == "saved"
    front_desk_types(world, "petra-novak", "petra.by.hand@example.com")
    page = browser.submit(page, page.form("/refresh"), {})
    found = reload(world, "nextgen", row.ledger_id)
    assert (found.state, found.read_back, found.plan) == ("in_ehr", "matched", "person")
    assert "In EHR" in page.text
    assert "Read back: done" in browser.get(write_link(panel, row.ledger_id)).text
