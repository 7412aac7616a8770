"""What a ledger row's sealed intent holds, as types, both ways. Builds no payload, sends nothing.

contact_detail and contact_preference hold field changes; the outreach intents hold what is
planned, taken back and done. Only what the EHR needs goes in: no message body, no address.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from app.errors import DataError
from app.outreach.contact import FieldChange

Channel = Literal["text", "call", "email", "letter", "portal", "visit"]
Outcome = Literal["reached", "message_left", "sent", "no_answer", "declined", "not_done"]


class PlannedOutreach(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that is scheduled. Times are UTC. `title` says in staff words what it is about
    ("Reminder: colorectal cancer screening"); it goes into the chart, so no more than that."""

    outreach_id: str
    channel: Channel
    purpose: str
    title: str
    due_at: datetime
    until: datetime | None = None


class CompletedContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that took place, or was tried. `note` is what staff typed about it; `planned` is
    the ledger id of the plan that it follows, "" when there was none."""

    outreach_id: str
    channel: Channel
    purpose: str
    title: str
    outcome: Outcome
    at: datetime
    note: str = ""
    planned: str = ""


class WithdrawnOutreach(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that no longer stands. `planned` is the ledger id that it was planned under; `because`
    says why in staff words. The rest repeats what was planned."""

    outreach_id: str
    channel: Channel
    title: str
    because: str
    planned: str
    due_at: datetime | None = None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that stands. `place` names the number ("Mobile number"), never the number."""

    purpose: str
    channel: str
    agreed: bool
    place: str = ""


class RecordedConsent(msgspec.Struct, frozen=True, kw_only=True):
    """What they agreed to and refused: what changed, in words, and all that stands after it."""

    changes: tuple[str, ...]
    standing: tuple[Agreement, ...] = ()
    do_not_contact: bool = False
    confidential: bool = False


WITHDRAWN = "withdrawn_outreach"
CONSENT = "contact_consent"
Outreach = PlannedOutreach | CompletedContact | WithdrawnOutreach
Intent = tuple[FieldChange, ...] | Outreach | RecordedConsent
_OUTREACH: dict[str, type[Outreach | RecordedConsent]] = {
    CONSENT: RecordedConsent,
    "planned_outreach": PlannedOutreach,
    "completed_contact": CompletedContact,
    WITHDRAWN: WithdrawnOutreach,
}


def build_content(intent: Intent) -> Any:
    """The JSON value to seal in a ledger row."""
    if isinstance(intent, tuple):
        return build_changes(intent)
    return msgspec.to_builtins(intent)


def build_changes(changes: Iterable[FieldChange]) -> list[list[str]]:
    """Field changes as a ledger row holds them."""
    return [[c.field, c.before, c.after] for c in changes]


def parse_intent(intent: object) -> tuple[FieldChange, ...]:
    """The field changes inside a ledger row; () for an intent of another kind."""
    rows = intent if isinstance(intent, list) else []
    return tuple(FieldChange(str(f), str(b), str(a)) for f, b, a in rows)


def parse_content(kind: str, content: object) -> Intent:
    """What a row of that kind wants. Raises DataError when the row does not hold such an intent."""
    model = _OUTREACH.get(kind)
    if model is None:
        return parse_intent(content)
    try:
        return msgspec.convert(content, model)
    except msgspec.ValidationError as exc:
        raise DataError("A saved write cannot be read any more.") from exc
