"""Each EHR and each intent: the plan chosen, the resource as the EHR stored it, the state shown."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from app.store.records.ledger import LedgerEntry, load_intent, load_tenant_ledger
from app.sync.intents import CompletedContact, PlannedOutreach
from app.sync.outreach_intents import build_outreach_intent, save_outreach_intent
from app.sync.visits import Visit
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_spine import edit

BY_HAND = True
DUE = datetime(2027, 1, 12, 15, 30, tzinfo=UTC)
PLANNED = PlannedOutreach(
    outreach_id="o-1",
    channel="call",
    purpose="care_reminder",
    title="Reminder: colorectal cancer screening",
    due_at=DUE,
)
CONTACTED = CompletedContact(
    outreach_id="o-1",
    channel="call",
    purpose="care_reminder",
    title="Reminder: colorectal cancer screening",
    outcome="reached",
    at=datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
    note="Will book next week.",
)
PERSON = ("person", "", "saved")
NOTE = ("questionnaire_response", "QuestionnaireResponse", "noted")
TABLE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "generic": (
        ("patch", "Patient", "in_ehr"),
        ("consent", "Consent", "in_ehr"),
        ("communication_request", "CommunicationRequest", "in_ehr"),
        ("communication", "Communication", "in_ehr"),
    ),
    "smart1": (
        ("put", "Patient", "in_ehr"),
        ("consent", "Consent", "in_ehr"),
        ("communication_request", "CommunicationRequest", "in_ehr"),
        ("communication", "Communication", "in_ehr"),
    ),
    "oracle": (
        ("patch", "Patient", "in_ehr"),
        ("patient_preference", "Patient", "in_ehr"),
        ("appointment_request", "Appointment", "in_ehr"),
        ("staff_message", "Communication", "noted"),
    ),
    "epic": (NOTE, NOTE, NOTE, ("communication", "Communication", "in_ehr")),
    "athena": (NOTE, NOTE, NOTE, NOTE),
    "ecw": (NOTE, NOTE, NOTE, NOTE),
    "meditech": (NOTE, NOTE, NOTE, NOTE),
    "nextgen": (PERSON, PERSON, PERSON, PERSON),
}
"""Personality → (plan, resource type in the EHR, ledger state) of the four intents."""

INTENTS = ("contact_detail", "contact_preference", "planned_outreach", "completed_contact")
CELLS = [(p, k, *TABLE[p][i]) for p in TABLE for i, k in enumerate(INTENTS)]
PATIENT = "joan-whitfield"
SHOWN = {"in_ehr": "In EHR", "noted": "Recorded as note", "saved": "Saved here"}
SAID = {
    "contact_detail": "@example.com",
    "contact_preference": "Letter",
    "planned_outreach": "colorectal cancer screening",
    "completed_contact": "colorectal cancer screening",
}


@dataclass(frozen=True)
class Sent:
    entry: LedgerEntry
    panel: Page


def tenant(personality: str) -> str:
    return f"demo-{personality}"


def visit_of(world: World, panel: Page) -> Visit:
    """The launch behind an opened panel, as work without a browser sees it."""

    async def load() -> Visit:
        visit = await world.parts.sender.launches.load_unattended(launch_of(panel))
        assert visit is not None
        return visit

    return world.run(load())


def launch_of(panel: Page) -> str:
    return panel.url.split("/l/")[1].split("/")[0]


def save(world: World, panel: Page, intent: PlannedOutreach | CompletedContact) -> LedgerEntry:
    """An outreach intent as the outreach use cases save it."""
    visit = visit_of(world, panel)
    kind = "planned_outreach" if isinstance(intent, PlannedOutreach) else "completed_contact"

    async def save_it() -> LedgerEntry:
        plan = await world.parts.desk.plan(visit, kind)
        async with world.parts.store.write(visit.opened.tenant_id) as tx:
            return await save_outreach_intent(tx, build_outreach_intent(visit, intent, plan))

    return world.run(save_it())


def reload(world: World, personality: str, ledger_id: str) -> LedgerEntry:
    async def load() -> LedgerEntry:
        async with world.parts.store.read(tenant(personality)) as tx:
            return await load_intent(tx, ledger_id)

    return world.run(load())


def newest(world: World, personality: str, kind: str) -> LedgerEntry:
    async def load() -> LedgerEntry:
        async with world.parts.store.read(tenant(personality)) as tx:
            rows = await load_tenant_ledger(tx)
        return next(r for r in rows if r.kind == kind)

    return world.run(load())


def carry_out(
    world: World, browser: MiniBrowser, personality: str, kind: str, *, turn: int = 1
) -> Sent:
    """Does what a person (or a job) would, and returns the row."""
    panel = world.open(PATIENT, browser, personality=personality)
    if kind == "contact_detail":
        mark = "" if turn == 1 else str(turn)
        edit(browser, panel, email=f"joan{mark}.{personality}@example.com")
        return Sent(newest(world, personality, kind), panel)
    if kind == "contact_preference":
        edit(browser, panel, preferred_channel=("letter", "text", "email")[turn - 1])
        return Sent(newest(world, personality, kind), panel)
    intent = PLANNED if kind == "planned_outreach" else CONTACTED
    saved = save(world, panel, structs.replace(intent, outreach_id=f"o-{turn}"))
    world.carry(tenant(personality), saved.ledger_id)
    return Sent(reload(world, personality, saved.ledger_id), panel)


def effects(world: World, ledger_id: str) -> list[dict[str, Any]]:
    """What apps created that carries our identifier."""
    found: list[dict[str, Any]] = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    rows = [w["resource"] for w in found if w["resource"] and w["type"] != "Provenance"]
    return [r for r in rows if ledger_id in json.dumps(r.get("identifier", ""))]


def words_of(resource: dict[str, Any]) -> str:
    """Everything a person could read in it, attachments too."""
    text = json.dumps(resource)
    for part in resource.get("content", []) + resource.get("payload", []):
        attachment = part.get("attachment") or part.get("contentAttachment")
        text += base64.b64decode(attachment["data"]).decode() if attachment else ""
    return text


@pytest.mark.parametrize(("personality", "kind", "plan", "resource_type", "state"), CELLS)
def test_the_plan_the_resource_and_the_state(
    world: World,
    browser: MiniBrowser,
    personality: str,
    kind: str,
    plan: str,
    resource_type: str,
    state: str,
) -> None:
    sent = carry_out(world, browser, personality, kind)
    row = sent.entry
    assert (row.plan, row.ehr_type, row.state) == (plan, resource_type, state)
    assert SHOWN[state] in browser.get(sent.panel.url).text
    again = world.carry(tenant(personality), row.ledger_id)
    if plan == "person":
        assert (again.reason, effects(world, row.ledger_id)) == ("no_route", [])
        return
    assert (again.state, row.read_back) == (state, "matched")
    stored = world.resource(f"{resource_type}/{row.ehr_id}")
    assert (stored["resourceType"], row.ehr_id) == (resource_type, stored["id"])
    if resource_type == "Patient":
        require_patient_holds(stored, kind, personality)
        return
    assert effects(world, row.ledger_id) == [stored]
    assert f"Patient/{PATIENT}" in json.dumps(stored)
    require_words(words_of(stored), kind, row.ledger_id)


def require_patient_holds(patient: dict[str, Any], kind: str, personality: str) -> None:
    if kind == "contact_detail":
        values = [t["value"] for t in patient["telecom"]]
        assert f"joan.{personality}@example.com" in values
        return
    held = [e for e in patient["extension"] if e["url"].endswith("communication-preference")]
    codes = [p["valueCodeableConcept"]["coding"][0]["code"] for p in held[0]["extension"][:1]]
    assert (len(held), codes) == (1, ["other"])


def require_words(words: str, kind: str, ledger_id: str) -> None:
    """What staff must know is there; who it is about stands in the reference only."""
    assert ledger_id in words
    assert SAID[kind] in words
    assert "Whitfield" not in words
    assert "1948" not in words


CREATED = [c for c in CELLS if c[3] not in ("Patient", "")]
CANNOT_SEARCH = {("oracle", "completed_contact")}
"""Oracle finds a staff message by category, recipient, time and e-mail status only."""


@pytest.mark.parametrize(("personality", "kind", "plan", "resource_type", "state"), CREATED)
def test_a_create_that_took_effect_unheard_is_adopted_and_not_repeated(
    world: World,
    browser: MiniBrowser,
    personality: str,
    kind: str,
    plan: str,
    resource_type: str,
    state: str,
) -> None:
    match = {"method": "POST", "resource": resource_type, "personality": personality}
    effect = {"execute_then_timeout": 0.05}
    world.sandbox("faults", {"match": match, "effect": effect, "times": 1})
    row = carry_out(world, browser, personality, kind, turn=2).entry
    assert len(effects(world, row.ledger_id)) == 1
    expected = "attention" if (personality, kind) in CANNOT_SEARCH else state
    assert row.state == expected
    if expected == "attention":
        assert row.error_code == "outcome_unknown"
    else:
        assert row.ehr_id == effects(world, row.ledger_id)[0]["id"]
    again = world.carry(tenant(personality), row.ledger_id)
    assert again.state == expected
    assert len(effects(world, row.ledger_id)) == 1


def test_a_create_that_took_no_effect_is_sent_again_after_a_search_shows_so(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open(PATIENT, browser, personality="epic")
    row = save(world, panel, structs.replace(PLANNED, outreach_id="o-lost"))
    match = {"method": "POST", "resource": "QuestionnaireResponse", "personality": "epic"}
    world.sandbox("faults", {"match": match, "effect": {"status": 502}, "times": 1})
    first = world.carry("demo-epic", row.ledger_id)
    assert (first.state, effects(world, row.ledger_id)) == ("unknown", [])
    second = world.carry("demo-epic", row.ledger_id)
    assert (second.state, len(effects(world, row.ledger_id))) == ("noted", 1)


def test_provenance_goes_along_where_it_is_taken(world: World, browser: MiniBrowser) -> None:
    row = carry_out(world, browser, "generic", "planned_outreach", turn=3).entry
    found = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    target = f"CommunicationRequest/{row.ehr_id}"
    made = [w["resource"] for w in found if w["type"] == "Provenance"]
    ours = [p for p in made if p["target"] == [{"reference": target}]]
    assert len(ours) == 1
    assert ours[0]["entity"][0]["what"]["identifier"]["value"] == row.ledger_id
    assert ours[0]["agent"][0]["who"]["reference"].endswith("Practitioner/dana-okafor")
    carry_out(world, browser, "epic", "planned_outreach", turn=3)
    again = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    assert len([w for w in again if w["type"] == "Provenance"]) == len(made)


def test_a_preference_is_never_written_as_permission(world: World, browser: MiniBrowser) -> None:
    row = carry_out(world, browser, "generic", "contact_preference", turn=3).entry
    consent = world.resource(f"Consent/{row.ehr_id}")
    assert "type" not in consent["provision"]
    assert "neither permits nor forbids" in consent["policyRule"]["text"]
