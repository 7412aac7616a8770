"""Invented ledger rows for the style guide: one refused write, and a tenant's ledger."""

from dataclasses import replace
from datetime import timedelta

from app.security.access import Actor, Role
from app.store.records.attempts import Attempt
from app.store.records.ledger import LedgerEntry
from app.sync.payloads.work_item import build_work_item
from app.web.render import View
from app.web.samples import LINKS, NOW, PATIENT, SCENE
from app.web.views.desk import STYLES, build_desk_head
from app.web.views.ledger_page import build_ledger_page
from app.web.views.page import Page
from app.web.views.write_page import build_write_page
from app.web.words_codes import EN as CODE_WORDS

SAVED = NOW - timedelta(minutes=34)
REFUSED = LedgerEntry(
    ledger_id="5d0f6f7e-6a1a-4d5b-9f43-0d9a2f1c7b11",
    patient_key="",
    launch_id="",
    user_id="",
    kind="contact_detail",
    subject="phone_mobile,email",
    intent=[
        ["phone_mobile", "+16025550111", "+16025550148"],
        ["email", "", "a.okonkwo@example.com"],
    ],
    plan="questionnaire_response",
    plan_reason="questionnaire_response",
    precondition="",
    state="attention",
    error_code="fhir_rejected",
    attempts=2,
    next_attempt_at=None,
    ehr_type="",
    ehr_id="",
    ehr_version="",
    read_back="",
    read_back_at=None,
    detail={},
    claimed_by="",
    claimed_until=None,
    fence=2,
    version=5,
    created_at=SAVED,
    updated_at=SAVED + timedelta(minutes=4),
)
BY_HAND = replace(
    REFUSED, state="saved", plan="person", plan_reason="not_supported", error_code="", attempts=0
)
ASKED = replace(
    REFUSED,
    kind="completed_contact",
    subject="completed_contact",
    plan="staff_message",
    error_code="outcome_unknown",
    intent={
        "outreach_id": "o1",
        "channel": "call",
        "purpose": "care",
        "title": "Reminder: colorectal cancer screening",
        "outcome": "reached",
        "at": "2026-11-24T18:40:00Z",
    },
)
TRIES = tuple(
    Attempt(
        kind="write",
        outcome=outcome,
        started_at=SAVED + timedelta(minutes=n),
        ended_at=SAVED + timedelta(minutes=n, seconds=3),
        status=status,
        error_code=code,
    )
    for n, outcome, status, code in (
        (1, "unavailable", 503, "fhir_throttled"),
        (4, "refused", 422, "fhir_rejected"),
    )
)
ROWS = (
    REFUSED,
    BY_HAND,
    ASKED,
    replace(REFUSED, state="noted", error_code="", subject="preferred_channel"),
    replace(REFUSED, state="in_ehr", error_code="", plan="patch", read_back_at=SAVED),
    replace(REFUSED, state="conflict", error_code="both_sides_changed", plan="patch"),
    replace(REFUSED, state="unknown", error_code="fhir_unavailable", attempts=1),
)


def show_write(page: Page, entry: LedgerEntry = REFUSED) -> tuple[View, ...]:
    item = build_work_item(
        entry.kind, entry.intent, ledger_id=entry.ledger_id, saved_at=SAVED, zone=SCENE.here
    )
    tries = TRIES if entry.attempts else ()
    view = build_write_page(entry, tries, item, PATIENT, SCENE, LINKS, page=page, may_act=True)
    return (view,)


def show_write_by_hand(page: Page) -> tuple[View, ...]:
    return show_write(page, BY_HAND)


def show_write_asked(page: Page) -> tuple[View, ...]:
    return show_write(page, ASKED)


def show_ledger(page: Page) -> tuple[View, ...]:
    admin = Actor("u", "t", Role.ADMIN)
    head = build_desk_head(admin, SCENE, LINKS, CODE_WORDS, url=LINKS.ledger, who="Dana Okafor, RN")
    counts = {"saved": 1, "unknown": 1, "in_ehr": 1, "noted": 1, "conflict": 1, "attention": 2}
    view = build_ledger_page(
        ROWS,
        counts,
        SCENE,
        LINKS,
        head,
        page=replace(page, styles=STYLES),
        chosen="",
        may_act=True,
    )
    return (view,)
