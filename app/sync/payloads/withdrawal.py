"""How a plan that an EHR holds is marked as withdrawn: its status, why, and its narrative. Pure.

Each type has its own word for it (R4): a CommunicationRequest is revoked, a Task or an Appointment
cancelled. What somebody in the EHR has already acted on is left alone.
"""

import copy
from typing import Literal

from app.sync.intents import WithdrawnOutreach
from app.sync.payloads.frame import Frame, Json
from app.sync.payloads.notes import build_narrative
from app.sync.payloads.wording import TITLES, build_lines

WANTED = {"CommunicationRequest": "revoked", "Task": "cancelled", "Appointment": "cancelled"}
REASON_AT = {
    "CommunicationRequest": "statusReason",
    "Task": "statusReason",
    "Appointment": "cancelationReason",
}
PLANS = frozenset({"communication_request", "task", "appointment_request"})
"""Ledger plans whose resource has a status that can be taken back."""

STANDS = frozenset(
    {"draft", "active", "on-hold", "unknown", "requested", "received", "accepted", "ready"}
    | {"proposed", "pending", "waitlist"}
)
GONE = frozenset({"revoked", "cancelled", "rejected", "entered-in-error"})
Standing = Literal["stands", "gone", "moved_on"]


def judge_status(resource: Json) -> Standing:
    """Whether the plan still stands, is withdrawn already, or was taken up by somebody there."""
    status = str(resource.get("status") or "unknown")
    return "gone" if status in GONE else "stands" if status in STANDS else "moved_on"


def build_status_patch(
    resource: Json, intent: WithdrawnOutreach, frame: Frame, *, version_test: bool, bare: bool
) -> list[Json]:
    """JSON Patch. `bare`: the status alone, for servers that take no other path of the type."""
    kind = str(resource["resourceType"])
    status = {"op": "replace", "path": "/status", "value": WANTED[kind]}
    if bare:
        return [status]
    version = (resource.get("meta") or {}).get("versionId")
    guards = [{"op": "test", "path": "/status", "value": resource.get("status")}]
    if version and version_test:
        guards.insert(0, {"op": "test", "path": "/meta/versionId", "value": version})
    return [
        *guards,
        status,
        {"op": "add", "path": f"/{REASON_AT[kind]}", "value": {"text": intent.because}},
        {"op": "add", "path": "/text", "value": build_text(intent, frame)},
    ]


def build_status_put(resource: Json, intent: WithdrawnOutreach, frame: Frame) -> Json:
    """The whole resource as the EHR has it, with the status, the reason and the narrative new."""
    made = copy.deepcopy(resource)
    kind = str(resource["resourceType"])
    made["status"] = WANTED[kind]
    made[REASON_AT[kind]] = {"text": intent.because}
    made["text"] = build_text(intent, frame)
    return made


def build_text(intent: WithdrawnOutreach, frame: Frame) -> Json:
    return build_narrative(build_lines(intent, frame), TITLES[frame.kind])
