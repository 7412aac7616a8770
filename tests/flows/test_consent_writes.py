"""What they agreed to and refused goes to the EHR as it can take it: once; a change of mind changes
the same record."""

import json
import time
from typing import Any

import pytest

from app.outreach.consent import ConsentEntry
from app.store.records.consents import load_consents
from app.store.records.ledger import LedgerEntry, load_tenant_ledger
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import SOON_S, World
from tests.flows.test_consent import CELL, fill
from tests.flows.test_write_plans import effects, newest, reload, tenant, words_of

BY_HAND = True
KIND = "contact_consent"
TABLE = {
    "generic": ("consent", "Consent", "in_ehr", "In EHR"),
    "smart1": ("consent", "Consent", "in_ehr", "In EHR"),
    "oracle": ("document_note", "DocumentReference", "noted", "Recorded as note"),
    "epic": ("questionnaire_response", "QuestionnaireResponse", "noted", "Recorded as note"),
    "athena": ("questionnaire_response", "QuestionnaireResponse", "noted", "Recorded as note"),
    "ecw": ("questionnaire_response", "QuestionnaireResponse", "noted", "Recorded as note"),
    "meditech": ("questionnaire_response", "QuestionnaireResponse", "noted", "Recorded as note"),
    "nextgen": ("person", "", "saved", "Saved here"),
}


def records(world: World, personality: str, patient: str) -> list[dict[str, Any]]:
    """Every version of a Consent that this personality's app wrote for the patient."""
    found = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    app = f"chartside-{personality}"
    return [
        w
        for w in found
        if w["type"] == "Consent" and patient in w["patients"] and w["client_id"] == app
    ]


def send(world: World, row: LedgerEntry, personality: str = "generic") -> str:
    return str(world.carry(tenant(personality), row.ledger_id).state)


@pytest.mark.parametrize("personality", sorted(TABLE))
def test_the_plan_the_record_and_the_state_beside_the_consent(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    plan, kind, state, word = TABLE[personality]
    panel = world.open("joan-whitfield", browser, personality=personality)
    fill(browser, panel, **{CELL: "agreed", "said": "only short ones"})
    row = newest(world, personality, KIND)
    assert (row.plan, row.ehr_type, row.state) == (plan, kind, state)
    assert word in browser.get(panel.url + "preferences").text
    if not kind:
        page = browser.get(f"{panel.url}writes/{row.ledger_id}").text
        assert "Text message about treatment" in page and "agreed" in page
        return
    made = effects(world, row.ledger_id)
    assert [m["resourceType"] for m in made] == [kind]
    said = words_of(made[0])
    assert "Text message about treatment" in said and row.ledger_id in said
    # Not their words, not the number, not the name.
    assert "only short ones" not in said and "5550" not in said and "Whitfield" not in said
    assert send(world, row, personality) == state
    assert len(effects(world, row.ledger_id)) == 1


@pytest.mark.parametrize("personality", ["generic", "smart1"])
def test_a_change_of_mind_changes_the_same_record(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    patient = "hannah-park"
    panel = world.open(patient, browser, personality=personality)
    fill(browser, panel, **{CELL: "agreed"})
    first = newest(world, personality, KIND)
    assert types_of(world, first) == [("Text message about treatment", "permit")]
    fill(browser, panel, **{CELL: "refused", "do_not_contact": "on"})
    second = newest(world, personality, KIND)
    assert second.ledger_id != first.ledger_id
    assert (second.state, second.ehr_id) == ("in_ehr", first.ehr_id)
    assert second.precondition.startswith('W/"')
    told = types_of(world, second)
    # A refused text ends the other automated messages too: none of them is left as agreed.
    assert (told[0], told[-1]) == (
        ("Text message about treatment", "deny"),
        ("Any contact", "deny"),
    )
    assert {answer for _said, answer in told} == {"deny"}
    written = records(world, personality, patient)
    assert {w["id"] for w in written} == {first.ehr_id}
    assert len(written) == 2
    assert send(world, first, personality) == send(world, second, personality) == "in_ehr"
    assert len(records(world, personality, patient)) == 2


def types_of(world: World, row: LedgerEntry) -> list[tuple[str, str]]:
    """What the record says, each answer without its place; the root says neither."""
    provision = world.resource(f"Consent/{row.ehr_id}")["provision"]
    assert "type" not in provision
    return [(p["code"][0]["text"].split(",")[0], p["type"]) for p in provision["provision"]]


def test_what_took_effect_unheard_is_one_effect(world: World, browser: MiniBrowser) -> None:
    panel = world.open("petra-novak", browser)
    for method, answer in (("POST", "agreed"), ("PATCH", "refused")):
        match = {"method": method, "resource": "Consent", "personality": "generic"}
        slow = {"execute_then_timeout": 0.05}
        world.sandbox("faults", {"match": match, "effect": slow, "times": 1})
        fill(browser, panel, **{CELL: answer})
        assert newest(world, "generic", KIND).state == "in_ehr"
    written = records(world, "generic", "petra-novak")
    assert (len(written), len({w["id"] for w in written})) == (2, 1)
    assert types_of(world, newest(world, "generic", KIND))[0][1] == "deny"


def test_a_newer_answer_stands_for_one_that_never_left(world: World, browser: MiniBrowser) -> None:
    panel = world.open("walter-lindqvist", browser)
    world.sandbox("expire_tokens", {"refresh": True})
    fill(browser, panel, **{CELL: "agreed"})
    fill(browser, panel, **{CELL: "refused"})
    newer, older = newest_two(world)
    assert records(world, "generic", "walter-lindqvist") == []
    until = time.monotonic() + SOON_S
    states: list[str] = []
    while states != ["cancelled", "in_ehr"]:
        assert time.monotonic() < until, states
        # A sign-in takes up both at once. A newer one that was looked at while the older one was
        # still held is put off, and without a worker the next sign-in after that takes it up.
        world.open("walter-lindqvist", browser)
        time.sleep(1)
        states = [reload(world, "generic", r.ledger_id).state for r in (older, newer)]
    (written,) = records(world, "generic", "walter-lindqvist")
    assert newer.ledger_id in json.dumps(written["resource"])


def newest_two(world: World) -> tuple[LedgerEntry, LedgerEntry]:
    async def load() -> tuple[LedgerEntry, LedgerEntry]:
        async with world.parts.store.read("demo-generic") as tx:
            first, second = [r for r in await load_tenant_ledger(tx) if r.kind == KIND][:2]
            return first, second

    return world.run(load())


def test_our_own_record_read_back_is_no_refusal_of_theirs(
    world: World, browser: MiniBrowser
) -> None:
    """One purpose is refused; the EHR's record of it must not come back as "no texts at all"."""
    panel = world.open("ines-delgado", browser)
    fill(browser, panel, **{CELL: "agreed", "cell_payment_text": "refused"})
    assert newest(world, "generic", KIND).state == "in_ehr"
    page: Page = browser.submit(panel, panel.form("/refresh"), {})
    assert "held in" not in page.text.lower()
    assert "refused in" not in page.text.lower()

    async def look() -> tuple[ConsentEntry, ...]:
        async with world.parts.store.read("demo-generic") as tx:
            return await load_consents(tx, "ines-delgado")

    assert {e.action for e in world.run(look())} == {"agreed", "revoked"}
