"""The main job: launch beside a chart, see the patient, change a contact detail, the EHR has it."""

import pytest

from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import ALL_PERSONALITIES, World


def edit(browser: MiniBrowser, panel: Page, **values: str) -> Page:
    form = browser.get(panel.url + "contact")
    return browser.submit(form, form.form("/contact"), values)


def mobile(world: World, patient: str) -> list[str]:
    telecom = world.resource(f"Patient/{patient}")["telecom"]
    return [t["value"] for t in telecom if t.get("use") == "mobile"]


def test_a_changed_phone_number_is_in_the_ehr(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    assert panel.status == 200
    assert "Vargas, Elena" in panel.text
    saved = edit(browser, panel, phone_mobile="602 555 0177")
    assert saved.url == panel.url
    assert mobile(world, "elena-vargas") == ["(602) 555-0177"]
    assert "In EHR" in saved.text
    assert "(602) 555-0177" in saved.text


@pytest.mark.parametrize("personality", ALL_PERSONALITIES)
def test_every_personality_opens_with_no_failed_card(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    panel = world.open("ruth-abernathy", browser, personality=personality)
    assert "Abernathy, Ruth" in panel.text
    assert "Did not load" not in panel.text
    assert "This card" not in panel.text


def test_an_ehr_that_takes_no_edits_gets_none_and_the_page_says_so(
    world: World, browser: MiniBrowser
) -> None:
    before = world.resource("Patient/joan-whitfield")
    panel = world.open("joan-whitfield", browser, personality="nextgen")
    saved = edit(browser, panel, email="joan.new@example.com")
    assert "Saved here" in saved.text
    assert "NextGen takes no edits of this" in saved.text
    assert world.resource("Patient/joan-whitfield") == before


@pytest.mark.parametrize("personality", ["epic", "athena"])
def test_a_note_in_place_of_an_edit_is_called_a_note_and_changes_nothing(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    before = world.resource("Patient/joan-whitfield")
    panel = world.open("joan-whitfield", browser, personality=personality)
    assert "a note about it is put into the chart" in browser.get(panel.url + "contact").text
    saved = edit(browser, panel, email=f"joan.{personality}@example.com")
    assert "Recorded as note" in saved.text
    assert "In EHR" not in saved.text
    assert world.resource("Patient/joan-whitfield") == before


def test_what_is_typed_wrong_comes_back_with_words(world: World, browser: MiniBrowser) -> None:
    panel = world.open("samir-haddad", browser)
    before = world.resource("Patient/samir-haddad")
    again = edit(browser, panel, phone_mobile="call me", email="not an address")
    assert again.status == 422
    assert "area code" in again.text
    form = again.form("/contact")
    assert form.fields["phone_mobile"] == "call me"
    assert world.resource("Patient/samir-haddad") == before


def test_double_click_and_resubmit_write_once(world: World, browser: MiniBrowser) -> None:
    panel = world.open("grace-adeyemi", browser)
    form = browser.get(panel.url + "contact")
    values = {"email": "grace.once@example.com"}
    for _click in range(3):
        browser.submit(form, form.form("/contact"), values)
    versions = int(world.resource("Patient/grace-adeyemi")["meta"]["versionId"])
    assert versions == 2
    writes = [
        e for e in world.log() if e["method"] in ("PATCH", "PUT") and "grace-adeyemi" in e["path"]
    ]
    assert len(writes) == 1


def test_the_same_form_with_other_values_is_refused(world: World, browser: MiniBrowser) -> None:
    panel = world.open("luc-moreau", browser)
    form = browser.get(panel.url + "contact")
    browser.submit(form, form.form("/contact"), {"email": "luc.one@example.com"})
    other = browser.submit(form, form.form("/contact"), {"email": "luc.two@example.com"})
    assert other.status == 409


def test_a_second_opening_shows_the_stored_chart_with_its_age(
    world: World, browser: MiniBrowser
) -> None:
    world.open("petra-novak", browser)
    world.sandbox("faults", {"match": {"resource": "Observation"}, "effect": {"status": 500}})
    second = world.open("petra-novak", browser)
    assert "Novak, Petra" in second.text
    assert "A1c" in second.text or "BP" in second.text


def test_preferred_channel_is_kept_here_and_told_to_the_ehr(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("erik-sorensen", browser)
    saved = edit(browser, panel, preferred_channel="letter")
    assert "In EHR" in saved.text
    assert "Recorded in Chartside" in saved.text
    assert "letters" in saved.text.lower()


def test_language_goes_to_the_ehr(world: World, browser: MiniBrowser) -> None:
    panel = world.open("joan-whitfield", browser)
    edit(browser, panel, language="fr")
    spoken = world.resource("Patient/joan-whitfield")["communication"]
    preferred = [c["language"]["coding"][0]["code"] for c in spoken if c.get("preferred")]
    assert preferred == ["fr"]
