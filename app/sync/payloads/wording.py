"""An intent in words that a chart may hold: labelled lines, plain text, XHTML. Pure.

The least that staff need (45 CFR 164.502(b)): no name, no birth date; an address only where the
intent is to change that address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import phonenumbers

from app.outreach.contact import CHANNELS, LABELS, LANGUAGES, PHONE_FIELDS, FieldChange
from app.sync.intents import (
    CONSENT,
    WITHDRAWN,
    Agreement,
    CompletedContact,
    Intent,
    PlannedOutreach,
    RecordedConsent,
    WithdrawnOutreach,
)
from app.sync.payloads.frame import Frame, build_local

TITLES = {
    "contact_detail": "Contact details changed in Chartside",
    "contact_preference": "Contact preference recorded in Chartside",
    "planned_outreach": "Outreach planned in Chartside",
    "completed_contact": "Contact recorded in Chartside",
    WITHDRAWN: "Planned outreach withdrawn in Chartside",
    CONSENT: "Contact permissions recorded in Chartside",
}
WAYS = dict(CHANNELS) | {"visit": "Visit"}
OUTCOMES = {
    "reached": "Reached",
    "message_left": "Message left",
    "sent": "Sent",
    "no_answer": "No answer",
    "declined": "Declined",
    "not_done": "Not done",
}
EMPTY = "none"
_NOT_TEXT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (§2.2 Char) cannot hold, and carriage returns, which it would change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled value. `key` is stable and names the line on a form (its linkId)."""

    key: str
    label: str
    value: str


def build_lines(intent: Intent, frame: Frame) -> tuple[Line, ...]:
    """What a person reads, in order; the last line leads back to our ledger."""
    if isinstance(intent, PlannedOutreach):
        lines = _planned(intent, frame)
    elif isinstance(intent, CompletedContact):
        lines = _completed(intent, frame)
    elif isinstance(intent, WithdrawnOutreach):
        lines = _withdrawn(intent, frame)
    elif isinstance(intent, RecordedConsent):
        lines = _consented(intent)
    else:
        lines = [line for change in intent for line in _changed(change)]
    recorded = Line("recorded", "Recorded", build_local(frame.at, frame.zone))
    reference = Line("reference", "Chartside reference", frame.ledger_id)
    return tuple(Line(k.key, k.label, clean(k.value)) for k in (*lines, recorded, reference))


def clean(text: str) -> str:
    """Typed text as every EHR can hold it: no control characters."""
    return _NOT_TEXT.sub("", text)


def build_text(lines: Sequence[Line], title: str) -> str:
    """Plain text, a line each."""
    return "\n".join([title, *(f"{line.label}: {line.value}" for line in lines)])


def build_div(lines: Sequence[Line], title: str) -> str:
    """The XHTML of a narrative: elements closed, no style, no script (FHIR R4 narrative)."""
    rows = "".join(f"<p><b>{escape(k.label)}:</b> {escape(k.value)}</p>" for k in lines)
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(title)}</p>{rows}</div>'


def show_value(field: str, value: str) -> str:
    """A field's canonical value as staff would write it."""
    if not value:
        return EMPTY
    if field in PHONE_FIELDS and value.startswith("+1"):
        number = phonenumbers.parse(value)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    names = LANGUAGES if field == "language" else CHANNELS if field == "preferred_channel" else {}
    return names.get(value, value)


def _changed(change: FieldChange) -> list[Line]:
    label = LABELS.get(change.field, change.field)
    now = Line(change.field, label, show_value(change.field, change.after))
    if change.field == "preferred_channel":
        caution = "A preference, not a permission to contact"
        return [now, Line("meaning", "Meaning", caution)]
    before = show_value(change.field, change.before)
    return [now, Line(f"{change.field}.before", f"{label} before", before)]


def _planned(intent: PlannedOutreach, frame: Frame) -> list[Line]:
    lines = [
        Line("about", "About", intent.title),
        Line("channel", "By", WAYS[intent.channel]),
        Line("due", "Planned for", build_local(intent.due_at, frame.zone)),
    ]
    if intent.until is not None:
        lines.append(Line("until", "Not after", build_local(intent.until, frame.zone)))
    return lines


def _completed(intent: CompletedContact, frame: Frame) -> list[Line]:
    lines = [
        Line("about", "About", intent.title),
        Line("channel", "By", WAYS[intent.channel]),
        Line("outcome", "Outcome", OUTCOMES[intent.outcome]),
        Line("at", "When", build_local(intent.at, frame.zone)),
    ]
    if intent.note:
        lines.append(Line("note", "Note", intent.note))
    return lines


def _withdrawn(intent: WithdrawnOutreach, frame: Frame) -> list[Line]:
    lines = [
        Line("about", "About", intent.title),
        Line("channel", "By", WAYS[intent.channel]),
        Line("because", "Withdrawn because", intent.because),
        Line("planned", "Reference of the plan", intent.planned),
    ]
    if intent.due_at is not None:
        lines.insert(2, Line("due", "Was planned for", build_local(intent.due_at, frame.zone)))
    return lines


def _consented(intent: RecordedConsent) -> list[Line]:
    """What changed, then all that stands, so that the newest record alone tells everything."""
    lines = [Line(f"change.{n}", "Changed", said) for n, said in enumerate(intent.changes, 1)]
    for number, stands in enumerate(intent.standing, 1):
        answer = "agreed" if stands.agreed else "refused"
        lines.append(Line(f"stands.{number}", show_agreement(stands), answer))
    asked = "asked for; see Chartside before any contact" if intent.confidential else "not asked"
    stop = "yes" if intent.do_not_contact else "no"
    return [
        *lines,
        Line("do_not_contact", "Do not contact", stop),
        Line("confidential", "Confidential communications", asked),
    ]


def show_agreement(stands: Agreement) -> str:
    """`Text about treatment, mobile number`."""
    way = WAYS.get(stands.channel, stands.channel.capitalize())
    place = f", {stands.place[:1].lower()}{stands.place[1:]}" if stands.place else ""
    return f"{way} about {stands.purpose}{place}"
