"""A planned contact that is canceled leaves the EHR too: once, and only if it was there."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.errors import NotFound
from app.outreach import plan
from app.store.records.ledger import LedgerEntry, Progress, claim_intent, load_intent, save_state
from app.store.records.outreach import Content, NewOutreach, load_outreach
from app.store.records.outreach import save_outreach as keep_outreach
from app.store.records.outreach import save_outreach_changes as change_outreach
from app.sync.intents import PlannedOutreach
from app.sync.outreach_events import apply_event
from app.sync.outreach_intents import (
    build_outreach_intent,
    build_withdrawal_id,
    plan_withdrawal,
    save_outreach_intent,
)
from app.sync.patient_write import WriteResult
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import World
from tests.flows.test_write_plans import DUE, effects, reload, tenant, visit_of, words_of

BY_HAND = True
PATIENT = "joan-whitfield"
TITLE = "Reminder: colorectal cancer screening"
STATUS = {
    "generic": ("CommunicationRequest", "revoked", "statusReason"),
    "smart1": ("CommunicationRequest", "revoked", "statusReason"),
    "oracle": ("Appointment", "cancelled", ""),
}
"""Personality → what the plan became, its status after the withdrawal, where it says why."""

NOTES = ("epic", "athena", "ecw", "meditech")


@dataclass(frozen=True)
class Plan:
    """One contact that was planned: its outreach row and its ledger row."""

    personality: str
    outreach_id: str
    ledger_id: str
    panel: Page

    @property
    def withdrawal(self) -> str:
        return build_withdrawal_id(self.ledger_id)

    @property
    def url(self) -> str:
        """Where the panel shows the withdrawal."""
        return f"{self.panel.url}writes/{self.withdrawal}"


def plan_contact(world: World, browser: MiniBrowser, personality: str, name: str) -> Plan:
    """As the outreach desk plans, without its page; the page's job is left to the test."""
    panel = world.open(PATIENT, browser, personality=personality)
    visit = visit_of(world, panel)
    outreach_id = f"{name}-{personality}"
    intent = PlannedOutreach(
        outreach_id=outreach_id, channel="call", purpose="treatment", title=TITLE, due_at=DUE
    )
    new = NewOutreach(
        outreach_id=outreach_id,
        patient_id=PATIENT,
        state="scheduled",
        purpose="treatment",
        channel="call",
        content=Content(title=TITLE),
        created_by=visit.actor.user_id,
        due_at=DUE,
    )

    async def save() -> str:
        route = await world.parts.desk.plan(visit, "planned_outreach")
        async with world.parts.store.write(tenant(personality)) as tx:
            await keep_outreach(tx, new)
            entry = await save_outreach_intent(tx, build_outreach_intent(visit, intent, route))
            changes = {"ledger_id": entry.ledger_id}
            await change_outreach(tx, outreach_id, changes, version=1)
            # A page opened beside keeps its hands off until the test says so.
            await claim_intent(tx, entry.ledger_id, worker="test", until=tx.now.replace(year=2090))
            return entry.ledger_id

    return Plan(personality, outreach_id, world.run(save()), panel)


def let_go(world: World, planned: Plan) -> None:
    """The row is nobody's any more."""

    async def free() -> None:
        async with world.parts.store.write(tenant(planned.personality)) as tx:
            entry = await claim_intent(tx, planned.ledger_id, worker="test", until=tx.now)
            assert entry is not None

    world.run(free())


def send(world: World, planned: Plan, ledger_id: str = "") -> WriteResult:
    return world.carry(tenant(planned.personality), ledger_id or planned.ledger_id)


def send_plan(
    world: World, browser: MiniBrowser, personality: str, name: str
) -> tuple[Plan, WriteResult]:
    """A contact that was planned and sent, with what became of it in the EHR."""
    planned = plan_contact(world, browser, personality, name)
    let_go(world, planned)
    return planned, send(world, planned)


def cancel(world: World, planned: Plan, because: str = "by_person") -> None:
    """The event, as every way of canceling brings it about."""
    visit = visit_of(world, planned.panel)

    async def happen() -> None:
        async with world.parts.store.write(tenant(planned.personality)) as tx:
            row = await load_outreach(tx, planned.outreach_id)
            person = visit.actor.user_id if because == "by_person" else "system:reasons"
            launch_id = visit.opened.launch_id if because == "by_person" else ""
            cause = plan.Cancel(because)
            await apply_event(tx, row, cause, actor_id=person, launch_id=launch_id)

    world.run(happen())


def settle(world: World, planned: Plan) -> LedgerEntry:
    """The withdrawal, sent by us or by a page that was opened, until it is over."""
    for _turn in range(50):
        send(world, planned, planned.withdrawal)
        entry = reload(world, planned.personality, planned.withdrawal)
        if entry.state in ("in_ehr", "noted", "attention", "cancelled") or entry.plan == "person":
            return entry
    raise AssertionError(f"{entry.state} {entry.error_code}")


def writes_of(world: World, resource_type: str, id_: str) -> list[dict[str, Any]]:
    found = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    return [w for w in found if (w["type"], w["id"]) == (resource_type, id_)]


@pytest.mark.parametrize("personality", sorted(STATUS))
def test_a_plan_in_the_ehr_gets_the_status_of_its_type_and_says_why(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    kind, wanted, reason_at = STATUS[personality]
    planned, made = send_plan(world, browser, personality, "held")
    assert made.state == "in_ehr"
    cancel(world, planned)
    entry = settle(world, planned)
    assert (entry.kind, entry.plan, entry.state) == ("withdrawn_outreach", "withdraw", "in_ehr")
    assert (entry.read_back, entry.precondition[:3]) == ("matched", 'W/"')
    stored = world.resource(f"{kind}/{entry.ehr_id}")
    assert stored["status"] == wanted
    if reason_at:
        assert stored[reason_at] == {"text": "Canceled by a person"}
        assert "withdrawn" in stored["text"]["div"]
    assert len(writes_of(world, kind, entry.ehr_id)) == 2
    assert send(world, planned, planned.withdrawal).state == "in_ehr"
    assert len(writes_of(world, kind, entry.ehr_id)) == 2
    shown = browser.get(planned.panel.url).text
    assert "Planned outreach, withdrawn" in shown


@pytest.mark.parametrize("personality", NOTES)
def test_a_note_of_the_plan_is_followed_by_a_note_that_it_is_withdrawn(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    planned, made = send_plan(world, browser, personality, "noted")
    assert made.state == "noted"
    cancel(world, planned)
    entry = settle(world, planned)
    assert (entry.plan, entry.state) == ("questionnaire_response", "noted")
    (note,) = effects(world, planned.withdrawal)
    for said in ("withdrawn because", "canceled by a person", planned.ledger_id, TITLE.lower()):
        assert said in words_of(note).lower()


@pytest.mark.parametrize("personality", ["generic", "epic", "nextgen"])
def test_canceled_before_it_was_sent_it_is_never_sent(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    planned = plan_contact(world, browser, personality, "early")
    let_go(world, planned)
    cancel(world, planned)
    assert reload(world, personality, planned.ledger_id).state == "cancelled"
    assert send(world, planned).state == "cancelled"
    assert effects(world, planned.ledger_id) == []
    with pytest.raises(NotFound):
        reload(world, personality, planned.withdrawal)


def test_a_withdrawal_that_took_effect_unheard_is_one_effect(
    world: World, browser: MiniBrowser
) -> None:
    for number, personality in enumerate(sorted(STATUS)):
        kind, wanted, _at = STATUS[personality]
        planned = plan_contact(world, browser, personality, f"unheard{number}")
        let_go(world, planned)
        send(world, planned)
        match = {"resource": kind, "personality": personality}
        for method in ("PATCH", "PUT"):
            effect = {"execute_then_timeout": 0.05}
            world.sandbox(
                "faults", {"match": match | {"method": method}, "effect": effect, "times": 1}
            )
        cancel(world, planned)
        entry = settle(world, planned)
        assert entry.state == "in_ehr"
        assert world.resource(f"{kind}/{entry.ehr_id}")["status"] == wanted
        assert len(writes_of(world, kind, entry.ehr_id)) == 2
        world.http.delete(f"{world.ehr}/_sandbox/faults")


def test_a_plan_whose_create_was_not_heard_of_is_found_and_withdrawn(
    world: World, browser: MiniBrowser
) -> None:
    planned = plan_contact(world, browser, "generic", "lost")
    let_go(world, planned)
    match = {"resource": "CommunicationRequest", "personality": "generic"}
    slow = {"execute_then_timeout": 0.05}
    world.sandbox("faults", {"match": match | {"method": "POST"}, "effect": slow, "times": 1})
    down = {"status": 500}
    world.sandbox("faults", {"match": match | {"method": "GET"}, "effect": down, "times": 1})
    assert send(world, planned).state == "unknown"
    cancel(world, planned)
    first = send(world, planned, planned.withdrawal)
    assert (first.state, first.reason) == ("waiting", "under_way")
    assert send(world, planned).state == "in_ehr"
    entry = settle(world, planned)
    made = effects(world, planned.ledger_id)
    assert (entry.state, {r["id"] for r in made}) == ("in_ehr", {entry.ehr_id})
    assert world.resource(f"CommunicationRequest/{entry.ehr_id}")["status"] == "revoked"


def test_a_plan_that_may_be_there_and_is_not_is_not_created_to_be_withdrawn(
    world: World, browser: MiniBrowser
) -> None:
    planned = plan_contact(world, browser, "generic", "never")
    let_go(world, planned)
    match = {"resource": "CommunicationRequest", "personality": "generic"}
    down = {"status": 502}
    world.sandbox("faults", {"match": match, "effect": down, "times": 2})
    assert send(world, planned).state == "unknown"
    cancel(world, planned)
    assert send(world, planned).state == "cancelled"
    assert settle(world, planned).state == "cancelled"
    assert effects(world, planned.ledger_id) == []


def test_what_somebody_there_has_acted_on_is_left_to_a_person(
    world: World, browser: MiniBrowser
) -> None:
    planned, made = send_plan(world, browser, "oracle", "booked")
    world.sandbox(f"patch/Appointment/{made.resource_id}", {"status": "booked"})
    cancel(world, planned)
    entry = settle(world, planned)
    assert (entry.state, entry.error_code) == ("attention", "moved_on")
    assert world.resource(f"Appointment/{made.resource_id}")["status"] == "booked"
    page = browser.get(planned.url)
    assert "acted on it already" in page.text
    assert planned.ledger_id in page.text


def test_without_the_right_to_change_it_a_person_takes_it_out(
    world: World, browser: MiniBrowser
) -> None:
    """A grant from before plans could be taken back."""
    planned, made = send_plan(world, browser, "generic", "narrow")
    visit = visit_of(world, planned.panel)
    grant = visit.opened.scope.replace("CommunicationRequest.crus", "CommunicationRequest.crs")
    assert grant != visit.opened.scope
    later = world.open(PATIENT, browser, personality="generic", grant=grant)
    cancel(world, Plan("generic", planned.outreach_id, planned.ledger_id, later))
    entry = settle(world, planned)
    assert (entry.plan, entry.plan_reason, entry.state) == ("person", "not_granted", "saved")
    assert world.resource(f"CommunicationRequest/{made.resource_id}")["status"] == "active"
    page = browser.get(f"{later.url}writes/{planned.withdrawal}")
    assert "It is entered" in page.text
    assert planned.ledger_id in page.text


def test_a_reason_that_is_gone_withdraws_with_the_planners_sign_in(
    world: World, browser: MiniBrowser
) -> None:
    planned, made = send_plan(world, browser, "generic", "gone")
    cancel(world, planned, "deceased")
    entry = settle(world, planned)
    assert (entry.state, entry.user_id) == ("in_ehr", visit_of(world, planned.panel).actor.user_id)
    stored = world.resource(f"CommunicationRequest/{made.resource_id}")
    assert (stored["status"], stored["statusReason"]) == (
        "revoked",
        {"text": "The person has died"},
    )


def test_asking_twice_is_asking_once(world: World, browser: MiniBrowser) -> None:
    planned, _made = send_plan(world, browser, "generic", "twice")

    async def ask(because: str) -> str:
        async with world.parts.store.write("demo-generic") as tx:
            row = await load_outreach(tx, planned.outreach_id)
            entry = await plan_withdrawal(tx, row, because)
            assert entry is not None
            return entry.ledger_id

    first, second = world.run(ask("by_person")), world.run(ask("They asked for another time"))
    assert first == second == planned.withdrawal
    settle(world, planned)


def test_while_a_worker_has_the_plan_in_hand_the_withdrawal_waits(
    world: World, browser: MiniBrowser
) -> None:
    planned = plan_contact(world, browser, "generic", "held-now")
    cancel(world, planned)
    waits = send(world, planned, planned.withdrawal)
    assert (waits.state, waits.reason) == ("waiting", "under_way")
    let_go(world, planned)
    assert send(world, planned).state == "cancelled"
    assert settle(world, planned).state == "cancelled"
    assert effects(world, planned.ledger_id) == []


def test_a_plan_that_a_person_typed_in_a_person_takes_out(
    world: World, browser: MiniBrowser
) -> None:
    planned = plan_contact(world, browser, "nextgen", "typed")
    let_go(world, planned)

    async def say_entered() -> None:
        async with world.parts.store.write("demo-nextgen") as tx:
            entry = await load_intent(tx, planned.ledger_id)
            said = Progress(error_code="entered_by_person")
            await save_state(tx, planned.ledger_id, said, version=entry.version)

    world.run(say_entered())
    cancel(world, planned)
    entry = reload(world, "nextgen", planned.withdrawal)
    assert (entry.plan, entry.state) == ("person", "saved")
    assert json.dumps(effects(world, planned.withdrawal)) == "[]"
    page = browser.get(planned.url)
    assert "To enter in" in page.text
