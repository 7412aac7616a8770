"""Preferences and consent: recorded in the panel, kept for good, audited, and guarded."""

from app.security.access import Role
from app.store.records.consents import load_consents
from app.store.records.ledger import load_ledger
from app.store.records.standing import load_standing
from app.store.tables.audit import AUDIT
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role

TENANT = "demo-generic"
PATIENT = "elena-vargas"
CELL = "cell_treatment_text"


def fill(browser: MiniBrowser, panel: Page, **typed: str) -> Page:
    page = browser.get(panel.url + "preferences")
    return browser.submit(page, page.form("/preferences"), typed)


def test_an_answer_is_kept_with_its_words_and_audited(world: World, browser: MiniBrowser) -> None:
    panel = world.open(PATIENT, browser)
    page = fill(browser, panel, **{CELL: "agreed", "said": "In the evening", "text_to": "8 PM"})
    assert page.url == panel.url

    async def look() -> tuple[object, ...]:
        async with world.parts.store.read(TENANT) as tx:
            (entry,) = await load_consents(tx, PATIENT)
            preferences, held = await load_standing(tx, PATIENT)
            rows = await tx.all(tx.select(AUDIT).where(AUDIT.c.action == "consent.saved"))
            intent = (await load_ledger(tx, PATIENT))[0]
            return entry, preferences, held, rows, intent

    entry, preferences, held, rows, intent = world.run(look())
    assert entry.action == "agreed" and entry.address in held.checked  # type: ignore[attr-defined]
    assert entry.wording.endswith("“In the evening”")  # type: ignore[attr-defined]
    assert entry.wording_version == "1-es"  # type: ignore[attr-defined]
    assert [s.start for s in preferences.spans] == [1200]  # type: ignore[attr-defined]
    assert len(rows) == 1  # type: ignore[arg-type]
    assert (intent.kind, intent.plan) == ("contact_consent", "consent")  # type: ignore[attr-defined]
    again = browser.get(panel.url + "preferences")
    assert "1 entry so far" in again.text and "Agreed: Text" in again.text
    assert again.form("/preferences").fields[CELL] == "agreed"
    assert again.form("/preferences").fields["text_to"] == "8:00 PM"


def test_what_is_wrong_keeps_what_was_typed(world: World, browser: MiniBrowser) -> None:
    panel = world.open("ruth-abernathy", browser)
    page = fill(browser, panel, text_to="9:30 PM", said="their words")
    assert page.status == 422 and "9:00 PM at the latest" in page.text
    assert "their words" in page.text and "1 thing to correct" in page.text


def test_a_form_filled_in_over_something_older_saves_nothing(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("samir-haddad", browser)
    old = browser.get(panel.url + "preferences")
    assert fill(browser, panel, **{CELL: "refused"}).url == panel.url
    late = browser.submit(old, old.form("/preferences"), {CELL: "agreed"})
    assert late.status == 409 and "Somebody changed this" in late.text
    assert late.form("/preferences").fields[CELL] == "refused"


def test_the_same_form_twice_saves_once(world: World, browser: MiniBrowser) -> None:
    panel = world.open("ines-delgado", browser)
    page = browser.get(panel.url + "preferences")
    form = page.form("/preferences")
    for _ in range(2):
        assert browser.submit(page, form, {CELL: "agreed"}).url == panel.url
    assert "1 entry so far" in browser.get(panel.url + "preferences").text


def test_bob_may_record_it_charlie_may_not(world: World, browser: MiniBrowser) -> None:
    panel = world.open(PATIENT, browser)
    page = browser.get(panel.url + "preferences")
    try:
        set_role(world, Role.COORDINATOR)
        assert browser.get(panel.url + "preferences").status == 200
        for role in (None, Role.AUDITOR):
            set_role(world, role)
            assert browser.get(panel.url + "preferences").status == 403
            form = page.form("/preferences")
            assert browser.submit(page, form, {CELL: "refused"}).status == 403
    finally:
        set_role(world, Role.CLINICIAN)


def test_a_form_of_another_site_changes_nothing(world: World, browser: MiniBrowser) -> None:
    panel = world.open(PATIENT, browser)
    form = browser.get(panel.url + "preferences").form("/preferences")
    wrong = form.fields | {"csrf": "wrong", CELL: "refused"}
    assert browser.post(panel.url + "preferences", wrong).status == 403
