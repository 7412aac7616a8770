"""The contact answer in words: what is so, why, what helps, and in whose time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as with_changes

from app.clinical.chart import Chart
from app.clinical.elements import Address, Deceased
from app.clinical.facts import Patient
from app.outreach.answer import evaluate_answer
from app.outreach.known import Held, Suspicion
from app.outreach.person import build_person
from app.outreach.request import Preferences, Tenant
from app.settings import ROOT
from app.store.records.outreach import Content, Outreach
from app.sync.rule_files import load_contact_rules
from app.web.render import Renderer
from app.web.samples import LINKS, SCENE
from app.web.views.answer import AnswerCard, Permissions, build_answer_card, with_their_zone
from app.web.views.planned import build_planned_card
from tests.app.sync.test_contact_judge import AGREED, NOON, NUMBER, PATIENT

RULES = load_contact_rules(ROOT)
ALL = Permissions(edit=True, plan=True, clinical=True)
TENANT = Tenant(agreements=(("text", None), ("email", None)))
HELD = Held(checked={NUMBER: NOON - timedelta(days=3)})
NONE = Preferences()
HERE = replace(SCENE, now=NOON)


def build(
    patient: Patient = PATIENT,
    *,
    held: Held = HELD,
    preferences: Preferences = NONE,
    at: datetime = NOON,
    may: Permissions = ALL,
    canceled: tuple[Outreach, ...] = (),
    consents: Any = (AGREED,),
) -> AnswerCard:
    chart = Chart(normalizer_version="1", patient=patient)
    known = build_person(chart, consents, preferences, held, RULES.signs, at.date())
    answer = evaluate_answer(known, RULES.gate, at=at, zone_here="America/New_York", tenant=TENANT)
    scene = replace(HERE, now=at)
    return build_answer_card(answer, patient, scene, LINKS, may=may, canceled=canceled)


def outreach(**over: Any) -> Outreach:
    plain: dict[str, Any] = dict.fromkeys(
        ("zone", "reason_key", "sequence", "sequence_id", "assigned_to", "claimed_by",
         "template_id",
         "template_version", "delivery", "outcome", "cancelled_because", "ledger_id",
         "done_ledger_id", "launch_id"), "",
    )  # fmt: skip
    given = {
        "outreach_id": "o1", "patient_key": "k", "state": "scheduled", "purpose": "treatment",
        "channel": "text", "content": Content(title="A check", language="es"),
        "due_at": NOON + timedelta(days=1), "reason_kind": "manual", "sequence_version": 0,
        "step": 0, "sent_at": None, "created_by": "u1", "version": 1, "created_at": NOON,
        "updated_at": NOON, "closed_at": None,
    }  # fmt: skip
    return Outreach(**{**plain, **given, **over})


def test_a_yes_says_what_it_rests_on_and_until_when(renderer: Renderer) -> None:
    card = build()
    assert (card.mark_kind, card.text) == ("yes", "Yes, by text, call or letter")
    assert card.clock == "12:00\xa0PM there (Phoenix, AZ) / 2:00\xa0PM here"
    text = card.rows[0]
    assert (text.mark, text.verdict, text.address) == ("yes", "Yes", "(602) 555-0148")
    assert text.why.startswith("Agreed Nov\xa021") and "of 3 this week" in text.why
    assert text.when == "Until 9:00\xa0PM there / 11:00\xa0PM here"
    assert text.action is not None and text.action.url.endswith("new?reason=manual&channel=text")
    assert text.behind is not None and ("Recorded by", "staff") in text.behind.lines
    html = renderer.render(card)
    assert "mark-yes" in html and "day-bar" in html


def test_at_night_it_says_when_it_opens_in_both_times() -> None:
    card = build(at=datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    text = card.rows[0]
    assert (text.mark, text.verdict) == ("wait", "Not now")
    assert "8:00\xa0AM there" in text.when and "10:00\xa0AM" in text.when
    assert card.bar is not None and card.bar.now == ""


def test_a_no_says_the_rule_the_fact_and_what_helps() -> None:
    email = build().rows[2]
    assert (email.mark, email.verdict) == ("no", "No")
    assert email.behind is not None and email.behind.lines[0] == ("Rule", "N1")
    assert email.action is not None and email.action.url == LINKS.contact
    text = build(consents=()).rows[0]
    assert text.action is not None and "/preferences?tab=phone_mobile" in text.action.url


def test_without_the_right_nothing_is_offered() -> None:
    card = build(may=Permissions(edit=False, plan=False, clinical=False))
    assert all(row.action is None for row in card.rows) and card.preferences_url == ""


def test_an_unknown_place_waits_and_is_never_a_no() -> None:
    nowhere = with_changes(
        PATIENT,
        addresses=(),
        telecom=(with_changes(PATIENT.telecom[0], value="+18005550148", raw=""),),
    )
    card = build(nowhere, consents=())
    assert card.clock.startswith("We do not know their time zone")
    assert (card.bar, card.rows[1].mark, card.rows[1].verdict) == (None, "unknown", "Waits")


def test_several_places_are_several_clocks() -> None:
    where = Address(use="home", lines=("1 Main",), city="Somewhere", state="TX", postal_code="")
    card = build(with_changes(PATIENT, addresses=(where,)))
    assert " or " in card.clock


def test_death_stops_all_and_tells_what_was_canceled(renderer: Renderer) -> None:
    died = with_changes(PATIENT, deceased=Deceased("deceased"))
    gone = outreach(state="cancelled", cancelled_because="deceased")
    card = build(died, canceled=(gone, gone))
    assert (card.mark_kind, card.text, card.rows, card.bar) == (
        "stopped",
        "All contact is stopped",
        (),
        None,
    )
    assert card.canceled.startswith("2 planned contacts were canceled") and card.canceled_url
    assert "Nothing is planned and nothing goes out" in card.why
    html = renderer.render(card)
    assert "mark-stopped" in html and "555" not in html and "mark-yes" not in html


def test_do_not_contact_says_so() -> None:
    card = build(preferences=Preferences(do_not_contact=True))
    assert (card.text, card.mark_kind) == ("Do not contact", "stopped")
    assert card.why.startswith("They asked not to be contacted")


@pytest.mark.parametrize("clinical", [True, False])
def test_a_suspected_death_pauses_and_its_fact_is_for_those_who_may_see_it(clinical: bool) -> None:
    held = with_changes(HELD, suspicions=(Suspicion("reported", NOON, "a neighbor"),))
    card = build(held=held, may=Permissions(edit=True, plan=True, clinical=clinical))
    assert card.text == "All contact is paused"
    assert ("neighbor" in card.why) is clinical


def test_what_was_not_read_whole_is_named() -> None:
    chart = Chart(normalizer_version="1", patient=PATIENT)
    known = build_person(chart, (), Preferences(), HELD, RULES.signs, NOON.date())
    known = with_changes(known, missing=("encounters",))
    answer = evaluate_answer(known, RULES.gate, at=NOON, zone_here="UTC", tenant=TENANT)
    card = build_answer_card(answer, PATIENT, HERE, LINKS, may=ALL)
    assert card.missing == "Not read whole: past visits. What it might say is not known."
    assert with_their_zone(HERE, answer).there is not None


def test_planned_contacts_the_next_first(renderer: Renderer) -> None:
    late = outreach(outreach_id="o2", state="due", due_at=NOON, channel="call", assigned_to="u1")
    done = outreach(outreach_id="o3", state="done")
    card = build_planned_card((outreach(), late, done), HERE, LINKS, may_plan=True, user_id="u1")
    assert card.all_word == "All 3"
    assert [row.said for row in card.rows] == ["Call: A check", "Text: A check"]
    assert card.rows[0].is_late and card.rows[0].note == "Assigned to you"
    assert card.rows[1].note == "In Spanish. Checked again just before it goes."
    assert "/l/sample/outreach/o1" in renderer.render(card)
    empty = build_planned_card((), HERE, LINKS, may_plan=False, user_id="", is_stopped=True)
    assert (empty.none_word, empty.plan_url) == ("Nothing is planned.", "")
    other = outreach(channel="call", assigned_to="queue:outreach")
    notes = [
        build_planned_card((row,), HERE, LINKS, may_plan=True, user_id="u1").rows[0].note
        for row in (other, replace(other, claimed_by="u2"))
    ]
    assert notes == ["In the queue", "Assigned to a colleague"]
