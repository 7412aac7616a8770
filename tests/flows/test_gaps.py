"""Care gaps in the panel: open first, evidence behind each, unknown never shown as none."""

import pytest

from app.security.access import Role
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role


def gap_links(panel: Page) -> list[str]:
    return [k for k in panel.parsed.links if "/gaps/" in k]


def test_open_gaps_come_with_their_reason_and_their_evidence(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("elena-vargas", browser)
    assert "Care gaps" in panel.text
    links = gap_links(panel)
    assert links
    for link in links:
        page = browser.get(world.app + link)
        assert page.status == 200
        assert "How this was decided" in page.text
        assert "Vargas" in page.text
    assert browser.get(panel.url + "gaps/CMS000").status == 404


def test_what_was_not_granted_leaves_gaps_undecided(world: World, browser: MiniBrowser) -> None:
    granted = "launch openid fhirUser patient/Patient.rs patient/Encounter.rs"
    panel = world.open("joan-whitfield", browser, personality="oracle", grant=granted)
    assert "cannot tell" in panel.text
    link = gap_links(panel)[0]
    assert "would have to be known" in browser.get(world.app + link).text


def test_nobody_who_has_died_has_gaps(world: World, browser: MiniBrowser) -> None:
    panel = world.open("walter-lindqvist", browser)
    assert "Care gaps" not in panel.text


def test_bob_sees_the_name_but_not_the_evidence(world: World, browser: MiniBrowser) -> None:
    panel = world.open("elena-vargas", browser)
    link = gap_links(panel)[0]
    set_role(world, Role.COORDINATOR)
    try:
        page = browser.get(panel.url)
        behind = browser.get(world.app + link)
    finally:
        set_role(world, Role.CLINICIAN)
    assert "Care gaps" in page.text
    assert gap_links(page) == []
    assert [k for k in page.parsed.links if "/outreach/new?reason=gap:" in k], "Bob may plan"
    assert behind.status == 403
    assert "Vargas" not in behind.text


@pytest.mark.parametrize("resource", ["Observation", "Procedure"])
def test_a_failed_search_does_not_hide_behind_a_verdict(
    world: World, browser: MiniBrowser, resource: str
) -> None:
    match = {"resource": resource, "personality": "athena"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    patient = "rita-castellano" if resource == "Observation" else "ruth-abernathy"
    panel = world.open(patient, browser, personality="athena")
    assert panel.html.rstrip().endswith("</html>")
    assert "did not load" in panel.text.lower()


def test_a_contact_is_planned_for_what_is_open_and_for_nothing_else(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("elena-vargas", browser)
    planned = {k.split("reason=gap:")[1] for k in panel.parsed.links if "reason=gap:" in k}
    assert "CMS125" in planned
    for measure, is_open in (("CMS125", True), ("CMS165", False)):
        page = browser.get(f"{panel.url}gaps/{measure}")
        assert ("Open, due" in page.text) == is_open == (measure in planned)
        assert bool([k for k in page.parsed.links if "/outreach/new" in k]) == is_open
    form = browser.get(f"{panel.url}outreach/new?reason=gap:CMS125")
    assert "Breast cancer screening" in form.text


def test_one_contact_is_planned_for_the_doses_of_the_next_visit(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("jaylen-brooks", browser)
    page = browser.get(panel.url + "vaccines")
    for shown in (panel, page):
        (link,) = [k for k in shown.parsed.links if "reason=vaccines:" in k]
        assert browser.get(world.app + link).status == 200
