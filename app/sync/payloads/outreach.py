"""A planned contact as the EHR may hold it: CommunicationRequest, Task or a proposed Appointment.

Pure. None of them is a clinical order, and none sends anything to the patient by itself.
"""

from datetime import datetime, timedelta

from app.sync.intents import Channel, Intent, PlannedOutreach
from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import Frame, Json, build_instant
from app.sync.payloads.notes import build_narrative
from app.sync.payloads.wording import TITLES, WAYS, build_lines, build_text

CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
MODES: dict[Channel, str] = {
    "call": "PHONE",
    "email": "EMAILWRIT",
    "letter": "MAILWRIT",
    "portal": "ONLINEWRIT",
    "text": "WRITTEN",
    "visit": "FACE",
}
WINDOW = timedelta(days=1)
"""How long a plan without an end of its own stays meant."""


def build_communication_request(intent: Intent, frame: Frame) -> Json:
    plan = _require_plan(intent)
    lines = build_lines(plan, frame)
    title = TITLES[frame.kind]
    return build_checked(
        {
            "resourceType": "CommunicationRequest",
            "identifier": [frame.identifier],
            "text": build_narrative(lines, title),
            "status": "active",
            "category": [build_category("reminder")],
            "subject": frame.patient,
            "recipient": [frame.patient],
            "medium": [build_medium(plan.channel)],
            "payload": [{"contentString": build_text(lines, title)}],
            "occurrencePeriod": build_period(plan),
            "authoredOn": build_instant(frame.at),
            "requester": frame.who,
        }
    )


def build_task(intent: Intent, frame: Frame) -> Json:
    plan = _require_plan(intent)
    lines = build_lines(plan, frame)
    return build_checked(
        {
            "resourceType": "Task",
            "identifier": [frame.identifier],
            "text": build_narrative(lines, TITLES[frame.kind]),
            "status": "requested",
            "intent": "plan",
            "code": {"text": "Contact the patient"},
            "description": build_text(lines, TITLES[frame.kind]),
            "for": frame.patient,
            "authoredOn": build_instant(frame.at),
            "requester": frame.who,
            "restriction": {"period": build_period(plan)},
        }
    )


def build_appointment(intent: Intent, frame: Frame) -> Json:
    """Status proposed with a requested period: somebody is to be asked, nothing is booked."""
    plan = _require_plan(intent)
    lines = build_lines(plan, frame)
    patient = {"actor": frame.patient, "required": "required", "status": "needs-action"}
    return build_checked(
        {
            "resourceType": "Appointment",
            "identifier": [frame.identifier],
            "text": build_narrative(lines, TITLES[frame.kind]),
            "status": "proposed",
            "description": plan.title,
            "comment": build_text(lines, TITLES[frame.kind]),
            "created": build_instant(frame.at),
            "participant": [patient],
            "requestedPeriod": [build_period(plan)],
        }
    )


def build_period(plan: PlannedOutreach) -> Json:
    """From when it is due until it no longer makes sense, in UTC."""
    return {"start": build_instant(plan.due_at), "end": build_instant(end_of(plan))}


def end_of(plan: PlannedOutreach) -> datetime:
    return plan.until or plan.due_at + WINDOW


def build_medium(channel: Channel) -> Json:
    return {"coding": [{"system": MODE, "code": MODES[channel]}], "text": WAYS[channel]}


def build_category(code: str) -> Json:
    return {"coding": [{"system": CATEGORY, "code": code}]}


def _require_plan(intent: Intent) -> PlannedOutreach:
    if not isinstance(intent, PlannedOutreach):
        raise TypeError("only a planned outreach becomes a request")
    return intent
