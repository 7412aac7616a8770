"""Ledger entries as the page shows them. Chooses words by state and code; changes nothing."""

from collections.abc import Sequence

from app.outreach.contact import LABELS
from app.store.records.due import OPEN, WAITS_FOR_SIGN_IN
from app.store.records.ledger import LedgerEntry
from app.sync.intents import parse_intent
from app.sync.resolve import AFTER
from app.web.views.contact import PendingEdit
from app.web.views.contact_answer import KeptChannel
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.sent import LedgerRow, WriteState

STATES: dict[str, WriteState] = {
    "saved": "saved",
    "sending": "sending",
    "unknown": "sending",
    "in_ehr": "in_ehr",
    "noted": "note",
    "conflict": "conflict",
    "attention": "attention",
}
"""Ledger state → what the track draws. `cancelled` is not shown: a newer row stands for it."""

TITLES = dict(LABELS) | {
    "planned_outreach": "Planned outreach",
    "completed_contact": "Contact made",
    "message_sent": "Message sent",
    "withdrawn_outreach": "Planned outreach, withdrawn",
    "consent": "Consent",
    "consent_reply": "Refused by a reply",
    "consent_link": "Refused by the link in an e-mail",
    "do_not_contact": "Do not contact",
    "confidential": "Confidential communications",
    "hours": "Hours for contact",
    "proxy": "Who may act for them",
}
"""A row's subject → what it is called."""

REASONS = {
    "kept_here": "kept in Chartside only",
    "not_supported": "{ehr} takes no edits of this from apps",
    "not_granted": "your sign-in does not include this edit",
    "no_launch": "nobody who may send it has opened this chart here",
    "no_chart": "no chart is kept here that names their numbers",
    "switched_off": "switched off for this site",
    "sign_in_ended": "waits until {ehr} is connected again",
    "role_ended": "waits: the person who saved it may no longer send it",
    "not_this_person": "the record in {ehr} is not recognizably this person",
    "gave_up": "{ehr} did not take it in a day of tries",
    "app_error": "Chartside could not build this write",
    "fhir_forbidden": "{ehr} does not permit this with your sign-in",
    "fhir_not_found": "{ehr} no longer has this record",
    "fhir_rejected": "{ehr} refused this value",
    "fhir_throttled": "{ehr} asked us to slow down",
    "fhir_unavailable": "{ehr} did not answer",
    "fhir_malformed": "{ehr} answered in a way that cannot be read",
    "not_taken": "{ehr} answered, but did not keep what was sent",
    "not_ours": "{ehr} shows another record in its place",
    "not_built": "this write could not be put together; tell support",
    "no_route": "{ehr} no longer takes this from apps",
    "no_backend_token": "{ehr} gave this practice no sign-in of its own for it",
    "value_unknown": "{ehr} holds a value that Chartside does not know",
    "handed_over": "handed over to a person",
    "entered_by_person": "entered in {ehr} by a person, which Chartside cannot read there",
    "not_there_yet": "{ehr} does not show it yet",
    "outcome_unknown": "sent without an answer; look in {ehr} before sending it again",
    "found_twice": "{ehr} shows it twice",
    "under_way": "waits until the plan itself is there",
    "moved_on": "somebody in {ehr} has acted on it already",
    "withdrawn": "marked as entered in error in {ehr}",
}
"""Error or plan code → the detail beside the state. A test holds it against the codes in use."""


def build_rows(entries: Sequence[LedgerEntry], scene: Scene, links: Links) -> list[LedgerRow]:
    """The rows of "Sent to …", in the ledger's order."""
    return [build_row(e, scene, links) for e in entries if e.state in STATES]


def is_disconnected(entries: Sequence[LedgerEntry], launch_id: str) -> bool:
    """Whether a write of this very launch waits because its sign-in to the EHR has ended. What an
    earlier launch left waiting goes out by this one."""
    return any(
        e.launch_id == launch_id and e.state in OPEN and e.error_code == WAITS_FOR_SIGN_IN
        for e in entries
    )


def build_row(entry: LedgerEntry, scene: Scene, links: Links) -> LedgerRow:
    state = STATES.get(entry.state, "saved")  # an ended row is only shown for its history
    code = entry.error_code or (entry.plan_reason if state == "saved" else "")
    reason = REASONS.get(code, "")
    at = entry.read_back_at if state == "in_ehr" and entry.read_back_at else entry.updated_at
    return LedgerRow(
        id=entry.ledger_id,
        title=build_title(entry.subject),
        state=state,
        at=at,
        reason="" if state == "in_ehr" else reason.format(ehr=scene.ehr),
        is_outcome_unknown=entry.state == "unknown",
        action_url=links.write(entry.ledger_id) if opens(entry) else "",
    )


def opens(entry: LedgerEntry) -> bool:
    """Whether the row leads to its page: it waits for somebody, or tells what was chosen."""
    return needs_person(entry) or AFTER in entry.detail


def needs_person(entry: LedgerEntry) -> bool:
    """Whether the row waits for somebody to choose, to mend or to enter it."""
    by_hand = entry.state == "saved" and entry.plan == "person"
    is_entered = entry.error_code == "entered_by_person"
    return entry.state in ("conflict", "attention") or (by_hand and not is_entered)


def build_title(subject: str) -> str:
    """`phone_mobile,email` → "Mobile number, e-mail"; names data, never values."""
    names = [TITLES.get(field, field) for field in subject.split(",") if field]
    tail = [name[:1].lower() + name[1:] for name in names[1:]]
    return ", ".join([*names[:1], *tail])


def build_edits(
    entries: Sequence[LedgerEntry], scene: Scene, links: Links
) -> tuple[PendingEdit, ...]:
    """What was saved here and the EHR does not show yet: the newest edit of each field."""
    edits: dict[str, PendingEdit] = {}
    for entry in entries:
        if entry.state not in STATES or entry.state == "in_ehr" or entry.kind != "contact_detail":
            continue
        row = build_row(entry, scene, links)
        for change in parse_intent(entry.intent):
            edits.setdefault(change.field, PendingEdit(change.field, change.after, row))
    return tuple(edits.values())


def build_kept(entries: Sequence[LedgerEntry]) -> KeptChannel | None:
    """The preferred channel as last recorded here; None when nobody recorded one."""
    for entry in entries:
        for change in parse_intent(entry.intent):
            if change.field == "preferred_channel":
                return KeptChannel(change.after, entry.created_at) if change.after else None
    return None
