"""Vaccines in the panel and on their page: due only over complete doses, refusals respected."""

from collections.abc import Iterator

import pytest

from app.security.access import Role
from app.store.tables.audit import AUDIT
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_access import set_role

SHOT = "Immunization/jaylen-brooks-shot-20"


@pytest.fixture
def bob(world: World, browser: MiniBrowser) -> Iterator[Page]:
    """The child's chart, opened by somebody who is then a coordinator."""
    panel = world.open("jaylen-brooks", browser)
    set_role(world, Role.COORDINATOR)
    yield panel
    set_role(world, Role.CLINICIAN)


def actions(world: World) -> list[tuple[str, str]]:
    async def rows() -> list[tuple[str, str]]:
        async with world.parts.store.read("demo-generic") as tx:
            found = await tx.all(tx.select(AUDIT).order_by(AUDIT.c.seq))
            return [(row.action, row.outcome) for row in found]

    return world.run(rows())


def test_the_card_tells_what_is_due_and_leads_to_the_schedule(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("jaylen-brooks", browser)
    assert "Due now Flu, MenACWY dose 1" in panel.text
    assert "Declined HPV dose 1" in panel.text
    link = next(k for k in panel.parsed.links if k.endswith("/vaccines"))
    before = len(actions(world))
    page = browser.get(world.app + link)
    assert page.status == 200
    assert actions(world)[before:] == [("chart.view", "success")]
    for said in (
        "2 vaccines due now",
        "From today, one visit serves Flu, MenACWY dose 1.",
        "Not asked again: HPV dose 1",
        "Mother wants to read about it first",
        "version 4.64",
        "Season switch on",
        "Any ofHPV9",
        "given, countsDTaP Oct 23, 2014",
    ):
        assert said in page.text
    assert "style=" not in page.html


def test_a_dose_that_arrives_closes_what_was_declined(world: World, browser: MiniBrowser) -> None:
    panel = world.open("jaylen-brooks", browser)
    before = world.resource(SHOT)
    world.sandbox(f"patch/{SHOT}", {"status": "completed", "statusReason": None})
    try:
        shown = browser.submit(panel, panel.form("/refresh"), {})
        page = browser.get(shown.url + "vaccines")
    finally:
        world.sandbox(
            f"patch/{SHOT}", {"status": "not-done", "statusReason": before["statusReason"]}
        )
    assert "Declined" not in shown.text
    assert "Not asked again" not in page.text
    assert "HPV Later" in page.text


def test_doses_that_were_not_granted_forecast_nothing(world: World, browser: MiniBrowser) -> None:
    granted = "launch openid fhirUser patient/Patient.rs patient/Condition.rs"
    panel = world.open("luc-moreau", browser, personality="oracle", grant=granted)
    page = browser.get(panel.url + "vaccines")
    for shown in (panel, page):
        assert "Cannot tell what is due" in shown.text
        assert "Nothing due" not in shown.text
        assert "Due now" not in shown.text


def test_doses_that_failed_to_load_forecast_nothing(world: World, browser: MiniBrowser) -> None:
    match = {"resource": "Immunization", "personality": "athena"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    panel = world.open("petra-novak", browser, personality="athena")
    assert "Cannot tell what is due" in panel.text
    assert "Nothing due" not in panel.text
    assert panel.html.rstrip().endswith("</html>")


def test_a_reason_against_vaccines_that_could_not_be_read_is_said(
    world: World, browser: MiniBrowser
) -> None:
    match = {"resource": "Procedure", "personality": "athena"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    panel = world.open("erik-sorensen", browser, personality="athena")
    page = browser.get(panel.url + "vaccines")
    assert "Procedures were not read completely" in page.text


def test_nobody_who_has_died_has_a_forecast(world: World, browser: MiniBrowser) -> None:
    panel = world.open("walter-lindqvist", browser)
    page = browser.get(panel.url + "vaccines")
    assert "Due now" not in panel.text
    assert "No forecast" in page.text
    assert "Next visit" not in page.text


def test_bob_sees_no_doses(world: World, browser: MiniBrowser, bob: Page) -> None:
    panel = browser.get(bob.url)
    page = browser.get(bob.url + "vaccines")
    assert "Due now Flu" not in panel.text
    assert page.status == 403
    assert "Brooks" not in page.text
    assert ("vaccines.view", "denied") in actions(world)
