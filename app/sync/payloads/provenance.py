"""Provenance of a resource of ours: who saved it, and that Chartside sent it. Pure."""

from app.sync.payloads.checked import build_checked
from app.sync.payloads.frame import Frame, Json, build_instant

ROLES = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def build_provenance(target: str, frame: Frame) -> Json:
    """`target` is a relative reference such as "Consent/12". The entity names our ledger row."""
    agents = [_agent("author", frame.who)] if frame.who else []
    agents.append(_agent("assembler", {"display": "Chartside"}))
    return build_checked(
        {
            "resourceType": "Provenance",
            "target": [{"reference": target}],
            "recorded": build_instant(frame.at),
            "agent": agents,
            "entity": [{"role": "source", "what": {"identifier": frame.identifier}}],
        }
    )


def _agent(role: str, who: Json) -> Json:
    return {"type": {"coding": [{"system": ROLES, "code": role}]}, "who": who}
