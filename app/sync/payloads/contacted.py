"""A contact that took place, or was tried, as a Communication: with the patient, or to staff.

Pure. Oracle's Communication is a message between staff about a patient; the others' is the record
of the contact itself.
"""

import base64

from app.sync.intents import CompletedContact, Intent
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import SYSTEM, Frame, Json, build_instant
from app.sync.payloads.notes import build_narrative
from app.sync.payloads.outreach import build_category, build_medium
from app.sync.payloads.wording import OUTCOMES, TITLES, build_lines, build_text

NOT_DONE = frozenset({"no_answer", "not_done"})
"""Outcomes in which nothing was communicated."""


def build_communication(intent: Intent, frame: Frame) -> Json:
    done = _require_contact(intent)
    lines, title = build_lines(done, frame), TITLES[frame.kind]
    failed = done.outcome in NOT_DONE
    return build_checked(
        {
            "resourceType": "Communication",
            "identifier": [frame.identifier],
            "text": build_narrative(lines, title),
            "basedOn": _based_on(done, frame),
            "status": "not-done" if failed else "completed",
            "statusReason": {"text": OUTCOMES[done.outcome]} if failed else None,
            "category": [build_category("notification")],
            "medium": [build_medium(done.channel)],
            "subject": frame.patient,
            "sent": build_instant(done.at),
            "recipient": [frame.patient],
            "sender": frame.who,
            "payload": [{"contentString": build_text(lines, title)}],
        }
    )


def build_staff_message(intent: Intent, frame: Frame) -> Json:
    """Status completed, sender and recipient staff, the words as a base64 attachment."""
    done = _require_contact(intent)
    lines, title = build_lines(done, frame), TITLES[frame.kind]
    body = base64.b64encode(build_text(lines, title).encode()).decode()
    attachment = {"contentType": "text/plain", "data": body, "title": title}
    return build_checked(
        {
            "resourceType": "Communication",
            "identifier": [frame.identifier],
            "status": "completed",
            "category": [build_category("notification")],
            "priority": "routine",
            "subject": frame.patient,
            "topic": {"text": f"{title} ({frame.ledger_id})"},
            "sent": build_instant(frame.at),
            "recipient": [{"reference": frame.forms.staff_recipient}],
            "sender": frame.who,
            "payload": [{"contentAttachment": attachment}],
        }
    )


def _based_on(done: CompletedContact, frame: Frame) -> list[Json] | None:
    """The plan it follows, by our own identifier; only where references by identifier are known
    to be taken."""
    if not done.planned or frame.vendor != "generic":
        return None
    identifier = {"system": SYSTEM, "value": done.planned}
    return [{"type": "CommunicationRequest", "identifier": identifier}]


def _require_contact(intent: Intent) -> CompletedContact:
    if not isinstance(intent, CompletedContact):
        raise TypeError("only a completed contact becomes a communication")
    return intent
