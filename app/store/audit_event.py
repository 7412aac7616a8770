"""A row of the log as a FHIR AuditEvent in the shapes of IHE BALP 1.1. Pure; loads nothing."""

from typing import Any

from app.store.records.disclosures import AuditRecord

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_REST = "http://hl7.org/fhir/restful-interaction"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_OUTCOMES = {"success": "0", "denied": "4", "failure": "8"}
_VERBS = {"R": "read", "C": "create", "U": "update", "D": "delete"}
_PROFILES = {
    "R": "IHE.BasicAudit.PatientRead",
    "C": "IHE.BasicAudit.PatientCreate",
    "U": "IHE.BasicAudit.PatientUpdate",
    "D": "IHE.BasicAudit.PatientDelete",
}
_CHANGES = ("saved", "edited", "chosen", "sent", "written", "updated", "swapped", "refreshed")


def build_audit_event(
    record: AuditRecord, *, patient_id: str = "", person: str = "", site: str = "Chartside"
) -> dict[str, Any]:
    """The AuditEvent as plain JSON.

    `patient_id` fills the patient entity (BALP wants exactly one for a patient's data), `person`
    is a reference or name of whoever acted. Without them the log's own opaque keys stand there.
    """
    action = classify_action(record.action)
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "type": _coding(_DCM, "110100" if action == "E" else "110110", _TYPES[action == "E"]),
        "subtype": [_coding("https://chartside.example/audit", record.action)],
        "action": action,
        "recorded": record.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": _OUTCOMES.get(record.outcome, "8"),
        "purposeOfEvent": [{"coding": [_coding(_PURPOSE, record.purpose)]}],
        "agent": _build_agents(record, person, site),
        "source": {"observer": {"display": site}},
        "entity": _build_entities(record, patient_id),
    }
    if action in _PROFILES:
        event["subtype"].insert(0, _coding(_REST, _VERBS[action]))
        if record.patient_key:
            event["meta"] = {"profile": [BALP + _PROFILES[action]]}
    return event


def classify_action(action: str) -> str:
    """AuditEvent.action of one of ours: R, C, U, D, or E for what touches no patient's data."""
    verb = action.rpartition(".")[2].rpartition("_")[2]
    if verb in ("viewed", "read", "opened", "listed", "exported"):
        return "R"
    if verb in ("created", "added", "planned"):
        return "C"
    if verb in _CHANGES:
        return "U"
    return "D" if verb in ("deleted", "removed") else "E"


_TYPES = {True: "Application Activity", False: "Patient Record"}


def _build_agents(record: AuditRecord, person: str, site: str) -> list[dict[str, Any]]:
    app = {"type": {"coding": [_coding(_DCM, "110153", "Source Role ID")]}, "requestor": False}
    user = {
        "type": {
            "coding": [
                _coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")
            ]
        },
        "who": {"display": person or record.actor_id or "unknown"},
        "requestor": True,
    }
    return [{**app, "who": {"display": site}}, user]


def _build_entities(record: AuditRecord, patient_id: str) -> list[dict[str, Any]]:
    trace = {
        "what": {"identifier": {"value": f"{record.tenant_id}/{record.seq}"}},
        "type": _coding(_ENTITY, "4", "Other"),
        "detail": [
            {"type": name, "valueString": str(value)}
            for name, value in (*sorted(record.detail.items()), ("request", record.request_id))
            if str(value)
        ],
    }
    if not trace["detail"]:
        del trace["detail"]
    if not record.patient_key:
        return [trace]
    known: dict[str, Any] = {"reference": f"Patient/{patient_id}"}
    patient = {
        "what": known if patient_id else {"identifier": {"value": record.patient_key}},
        "type": _coding(_ENTITY, "1", "Person"),
        "role": _coding(_ROLE, "1", "Patient"),
    }
    return [patient, trace]


def _coding(system: str, code: str, display: str = "") -> dict[str, str]:
    coding = {"system": system, "code": code}
    return {**coding, "display": display} if display else coding
