"""Both sides edit: nothing is overwritten without a choice, whatever the server makes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World, running_world
from tests.flows.test_spine import edit, mobile


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One answer never comes here: it is not waited for as long as elsewhere."""
    with running_world(tmp_path_factory.mktemp("conflict"), fhir_deadline_s=10.0) as found:
        yield found


def front_desk_sets(world: World, patient: str, value: str) -> None:
    telecom = world.resource(f"Patient/{patient}")["telecom"]
    for entry in telecom:
        if entry.get("use") == "mobile":
            entry["value"] = value
    world.sandbox(f"patch/Patient/{patient}", {"telecom": telecom})


def clash(world: World, browser: MiniBrowser, patient: str) -> Page:
    """Both change the mobile number; ours also changes the e-mail, which nobody else touches."""
    panel = world.open(patient, browser)
    form = browser.get(panel.url + "contact")
    front_desk_sets(world, patient, "(602) 555-0184")
    values = {"phone_mobile": "602 555 0149", "email": "new@example.com"}
    return browser.submit(form, form.form("/contact"), values)


def test_a_clash_is_shown_and_the_rest_is_written(world: World, browser: MiniBrowser) -> None:
    panel = clash(world, browser, "elena-vargas")
    assert "Conflict" in panel.text
    assert mobile(world, "elena-vargas") == ["(602) 555-0184"]
    emails = [
        t["value"]
        for t in world.resource("Patient/elena-vargas")["telecom"]
        if t["system"] == "email"
    ]
    assert emails == ["new@example.com"]


@pytest.mark.parametrize(
    ("patient", "choice", "kept"),
    [
        ("noelani-kealoha", "ours", "(602) 555-0149"),
        ("joan-whitfield", "theirs", "(602) 555-0184"),
    ],
)
def test_the_choice_decides(
    world: World, browser: MiniBrowser, patient: str, choice: str, kept: str
) -> None:
    panel = clash(world, browser, patient)
    link = next(k for k in panel.parsed.links if "/writes/" in k)
    page = browser.get(world.app + link)
    assert "changed while you were editing" in page.text
    form = page.form(link)
    missing = browser.submit(page, form, {})
    assert missing.status == 422
    done = browser.submit(page, form, {"choose_phone_mobile": choice})
    assert mobile(world, patient) == [kept]
    assert "Conflict" not in done.text
    again = browser.get(world.app + link)
    assert "Settled" in again.text
    for said in (
        "(602) 555-0149",
        "(602) 555-0184",
        "Chosen: You, today",
        "Who is not known",
    ):
        assert said in again.text


@pytest.mark.parametrize(
    "effect",
    [
        {"status": 409},
        {"status": 412},
        {"status": 500},
        {"status": 503},
        {"execute_then_timeout": True},
        {"status": 400},
        {"cut": True},
    ],
    ids=lambda e: "-".join(f"{k}{v}" for k, v in e.items()),
)
def test_one_bad_answer_to_a_write_ends_in_one_true_effect(
    world: World, browser: MiniBrowser, effect: dict[str, Any]
) -> None:
    panel = world.open("hannah-park", browser)
    match = {"method": "PATCH", "resource": "Patient"}
    world.sandbox("faults", {"match": match, "effect": effect, "times": 1})
    number = f"({600 + len(str(effect))}) 555-01{len(str(effect)) % 90 + 10}"
    saved = edit(browser, panel, phone_mobile=number)
    shown = mobile(world, "hannah-park") == [number]
    if effect == {"status": 400}:
        assert not shown
        assert "Needs attention" in saved.text
    else:
        assert shown
        assert "In EHR" in saved.text


def test_an_edit_that_the_server_takes_and_drops_is_not_called_synced(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("walter-lindqvist", browser)
    match = {"method": "PATCH", "resource": "Patient"}
    body = {"resourceType": "Patient", "id": "walter-lindqvist"}
    world.sandbox("faults", {"match": match, "effect": {"status": 200, "body": body}})
    form = browser.get(panel.url + "contact")
    saved = browser.submit(form, form.form("/contact"), {"email": "w@example.com"})
    assert "In EHR" not in saved.text
    assert "Needs attention" in saved.text


def test_where_no_history_can_be_read_the_time_is_the_latest_that_it_can_be(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("rita-castellano", browser, personality="oracle")
    form = browser.get(panel.url + "contact")
    front_desk_sets(world, "rita-castellano", "(602) 555-0184")
    panel = browser.submit(form, form.form("/contact"), {"phone_mobile": "602 555 0149"})
    link = next(k for k in panel.parsed.links if "/writes/" in k)
    said = browser.get(world.app + link).text
    assert "Who is not known, today" in said
    assert "at the latest" in said
