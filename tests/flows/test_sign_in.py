"""Tokens that die, grants that are partial, and data that is somebody else's."""

import time

from app.store.tables.audit import AUDIT
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import SOON_S, World
from tests.flows.test_spine import edit


def test_an_expired_token_is_refreshed_once_and_nobody_notices(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("elena-vargas", browser)
    world.sandbox("expire_tokens")
    saved = edit(browser, panel, email="after.expiry@example.com")
    assert "In EHR" in saved.text
    asked = [e for e in world.log() if e["path"].endswith("/token")]
    assert sum("refresh" in str(e) for e in asked) >= 1


def test_without_a_living_sign_in_the_edit_waits_and_the_next_launch_sends_it(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("ruth-abernathy", browser)
    world.sandbox("expire_tokens", {"refresh": True})
    saved = edit(browser, panel, email="ruth.later@example.com")
    assert "Saved here" in saved.text
    assert "connected again" in saved.text
    assert "sign-in ended" in saved.text
    assert "/launch/demo-generic" in saved.parsed.links
    again, end = world.open("ruth-abernathy", browser), time.monotonic() + SOON_S
    while "In EHR" not in again.text and time.monotonic() < end:  # it goes out beside the page
        time.sleep(0.1)
        again = browser.get(again.url)
    emails = [t["value"] for t in world.resource("Patient/ruth-abernathy")["telecom"]]
    assert "ruth.later@example.com" in emails
    assert "In EHR" in again.text
    assert "sign-in ended" not in again.text


def test_a_partial_grant_is_not_permitted_and_not_none(world: World, browser: MiniBrowser) -> None:
    granted = "launch openid fhirUser patient/Patient.rs patient/Observation.rs"
    panel = world.open("elena-vargas", browser, personality="oracle", grant=granted)
    assert "Not permitted" in panel.text
    assert "None recorded" not in panel.text
    asked = [e for e in world.log() if e["personality"] == "oracle" and "Condition" in e["path"]]
    assert not asked


def test_another_patients_data_is_refused_and_on_record(world: World, browser: MiniBrowser) -> None:
    match = {"resource": "Condition", "personality": "ecw"}
    world.sandbox("faults", {"match": match, "effect": {"wrong_patient": True}})
    panel = world.open("joan-whitfield", browser, personality="ecw")
    launch_id = panel.url.rstrip("/").rsplit("/", 1)[1]

    world.kept()

    async def refused() -> int:
        async with world.parts.store.read("demo-ecw") as tx:
            query = tx.select(AUDIT).where(
                AUDIT.c.action == "chart.foreign_refused", AUDIT.c.launch_id == launch_id
            )
            return len(await tx.all(query))

    assert world.run(refused()) >= 1


def test_a_wrong_patient_record_is_never_shown(world: World, browser: MiniBrowser) -> None:
    match = {"resource": "Patient", "personality": "athena"}
    world.sandbox("faults", {"match": match, "effect": {"wrong_patient": True}})
    panel = world.open("noelani-kealoha", browser, personality="athena")
    assert panel.status == 200
    assert "Did not load" in panel.text
    assert "Kealoha" not in panel.html


def test_one_failing_search_fails_alone(world: World, browser: MiniBrowser) -> None:
    match = {"resource": "Immunization"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    panel = world.open("jaylen-brooks", browser, personality="smart1")
    assert "did not load" in panel.text.lower()
    assert "Brooks" in panel.text
    assert panel.html.rstrip().endswith("</html>")
