"""Plan: one outreach as a state machine, and what each event makes of it. Sends nothing.

draft → scheduled → due → sent → answered → done; cancelled from any state before done. `due` goes
back to `scheduled` when the gate says not now, and straight to `done` when a person made the call.
Nothing leaves `done` or `cancelled`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from app.errors import StaleWrite
from app.outreach.request import Channel

State = Literal["draft", "scheduled", "due", "sent", "answered", "done", "cancelled"]
STATES: tuple[State, ...] = (
    "draft", "scheduled", "due", "sent", "answered", "done", "cancelled",
)  # fmt: skip
OPEN: frozenset[State] = frozenset({"draft", "scheduled", "due", "sent", "answered"})
UNSENT: frozenset[State] = frozenset({"draft", "scheduled", "due"})

Outcome = Literal["reached", "left_message", "no_answer", "wrong_number", "declined", "booked"]
OUTCOMES: tuple[Outcome, ...] = (
    "reached", "left_message", "no_answer", "wrong_number", "declined", "booked",
)  # fmt: skip
ReasonKind = Literal["gap", "vaccines", "visit", "manual", "reply"]
REASON_KINDS: tuple[ReasonKind, ...] = ("gap", "vaccines", "visit", "manual", "reply")
Delivery = Literal["", "unknown", "delivered", "failed"]
"""What is known of a sent message: nothing yet, that we cannot know, or what the vendor said."""


class Reason(Struct, frozen=True):
    """Why they are contacted: a measure, vaccines due on a day, a visit by id, a reply of theirs by
    id, or by hand."""

    kind: ReasonKind
    key: str = ""


class Outreach(Struct, frozen=True, kw_only=True):
    """One planned contact. `assigned_to` is a user or a queue ("queue:outreach"), `claimed_by` the
    one person who works on it. `cancelled_because` is a stable code of CANCEL_CODES."""

    id: str
    state: State = "draft"
    purpose: str
    channel: Channel
    reason: Reason
    address: str = ""
    due_at: datetime | None = None
    zone: str = ""
    sequence: str = ""
    sequence_version: int = 0
    step: int = 0
    assigned_to: str = ""
    claimed_by: str = ""
    sent_at: datetime | None = None
    delivery: Delivery = ""
    outcome: Outcome | Literal[""] = ""
    closed_at: datetime | None = None
    cancelled_because: str = ""


# ---- events: what can happen to one -------------------------------------------------------------


class Schedule(Struct, frozen=True, tag=True):
    """Plan it, or plan it for another moment."""

    due_at: datetime
    zone: str = ""


class FallDue(Struct, frozen=True, tag=True):
    """Its moment has come."""


class Hold(Struct, frozen=True, tag=True):
    """The gate says not now; it comes back at `until`."""

    until: datetime


class Send(Struct, frozen=True, tag=True):
    """It was handed to a sender."""


class Deliver(Struct, frozen=True, tag=True):
    """What became of a sent one."""

    delivery: Delivery


class Answer(Struct, frozen=True, tag=True):
    """They wrote or called back."""


class Finish(Struct, frozen=True, tag=True):
    """A person says how it ended."""

    outcome: Outcome


class Cancel(Struct, frozen=True, tag=True):
    """`because` is one of CANCEL_CODES."""

    because: str


class Assign(Struct, frozen=True, tag=True):
    to: str


class Claim(Struct, frozen=True, tag=True):
    by: str


class HandBack(Struct, frozen=True, tag=True):
    """`by` gives it back; `to` = another queue or person, "" = where it was."""

    by: str
    to: str = ""


Progress = Send | Deliver | Answer | Finish | Cancel
Event = Schedule | FallDue | Hold | Assign | Claim | HandBack | Progress

CANCEL_CODES: Mapping[str, str] = {
    "deceased": "The person has died",
    "death_suspected": "The person may have died",
    "gap_closed": "The gap is closed",
    "not_due": "Nothing is due any more",
    "visit_booked": "A visit is booked",
    "visit_gone": "The visit is no longer booked",
    "visit_past": "The visit has passed",
    "answered": "They answered",
    "declined": "They declined",
    "opted_out": "They asked for no more messages",
    "do_not_contact": "They asked not to be contacted",
    "wrong_number": "The number is somebody else's",
    "refused_by_gate": "The rules do not allow it",
    "sequence_ended": "The sequence was ended",
    "by_person": "Canceled by a person",
}
"""Code → words for staff."""

MAY: Mapping[type, frozenset[State]] = {
    Schedule: frozenset({"draft", "scheduled", "due"}),
    FallDue: frozenset({"scheduled"}),
    Hold: frozenset({"due"}),
    Send: frozenset({"due"}),
    Deliver: frozenset({"sent", "answered"}),
    Answer: frozenset({"sent", "answered"}),
    Finish: frozenset({"due", "sent", "answered"}),
    Cancel: OPEN,
    Assign: OPEN,
    Claim: OPEN,
    HandBack: OPEN,
}


class NotPossible(StaleWrite):
    """The event does not fit the state; someone else was first."""


def may_happen(item: Outreach, event: Event) -> bool:
    """Whether the event fits the state that it is in."""
    if item.state not in MAY[type(event)]:
        return False
    if isinstance(event, Claim):
        return item.claimed_by in ("", event.by)
    return not isinstance(event, HandBack) or item.claimed_by == event.by


def plan_event(item: Outreach, event: Event, at: datetime) -> Outreach:
    """What the event makes of it. Raises NotPossible when it does not fit the state.

    A claim is exclusive: a second person's raises. FallDue before its moment raises too.
    """
    if not may_happen(item, event):
        raise NotPossible(f"This contact is {item.state} now. Reload to see what happened.")
    match event:
        case Schedule() | FallDue() | Hold():
            return _time(item, event, at)
        case Assign() | Claim() | HandBack():
            return _hand(item, event)
        case _:
            return _progress(item, event, at)


def _time(item: Outreach, event: Schedule | FallDue | Hold, at: datetime) -> Outreach:
    match event:
        case Schedule(due_at, zone):
            return replace(item, state="scheduled", due_at=due_at, zone=zone or item.zone)
        case Hold(until):
            return replace(item, state="scheduled", due_at=until)
        case FallDue():
            if item.due_at is None or at < item.due_at:
                raise NotPossible("This contact is not due yet.")
            return replace(item, state="due")


def _hand(item: Outreach, event: Assign | Claim | HandBack) -> Outreach:
    match event:
        case Assign(to):
            return replace(item, assigned_to=to, claimed_by="")
        case Claim(by):
            return replace(item, claimed_by=by)
        case HandBack(_, to):
            return replace(item, claimed_by="", assigned_to=to or item.assigned_to)


def _progress(item: Outreach, event: Progress, at: datetime) -> Outreach:
    match event:
        case Send():
            return replace(item, state="sent", sent_at=at)
        case Deliver(delivery):
            return replace(item, delivery=delivery)
        case Answer():
            return replace(item, state="answered")
        case Finish(outcome):
            return replace(item, state="done", outcome=outcome, closed_at=at)
        case Cancel(because):
            if because not in CANCEL_CODES:
                raise ValueError(f"no cancel code {because!r}")
            return replace(item, state="cancelled", cancelled_because=because, closed_at=at)


class Consequence(Struct, frozen=True, kw_only=True):
    """What an outcome asks for beside itself. `ends_sequence`: no further step. `bad_address`: it
    is somebody else's. `ask_refusal`: offer to record that they do not want this."""

    ends_sequence: bool = False
    bad_address: bool = False
    ask_refusal: bool = False
    cancel_code: str = ""


CONSEQUENCES: Mapping[Outcome, Consequence] = {
    "reached": Consequence(ends_sequence=True, cancel_code="answered"),
    "left_message": Consequence(),
    "no_answer": Consequence(),
    "wrong_number": Consequence(bad_address=True),
    "declined": Consequence(ends_sequence=True, ask_refusal=True, cancel_code="declined"),
    "booked": Consequence(ends_sequence=True, cancel_code="visit_booked"),
}


def is_due(item: Outreach, at: datetime) -> bool:
    """Whether FallDue fits now."""
    return item.state == "scheduled" and item.due_at is not None and at >= item.due_at
