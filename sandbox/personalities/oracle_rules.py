"""What Millennium refuses in searches and in bodies, beyond the table. Pure checks."""

import re
from typing import Any

from sandbox.jsontypes import Json
from sandbox.outcomes import Refusal
from sandbox.personalities.model import Query

PREFERENCE = "https://fhir-ehr.cerner.com/r4/StructureDefinition/communication-preference"
_TELECOM_FIELD = re.compile(r"/telecom/(\d+)/(value|rank|period|extension)$")
_ELEMENT = re.compile(r"/(telecom|extension|address|name|identifier)/(\d+)(/|$)")
_HTTP_CODE_SYSTEM = re.compile(r"https://fhir\.cerner\.com/.+/codeSet/\d+$")


def refuse_search(type_: str, query: Query) -> Refusal | None:
    """Combinations the server does not do."""
    if type_ == "Observation" and "date" in query and "_lastUpdated" in query:
        return Refusal(400, "date and _lastUpdated may not be used together.", "invalid")
    if type_ == "Encounter" and "status" in query and not {"patient", "subject"} & set(query):
        return Refusal(400, "status needs patient.", "required")
    for value in query.get("_lastUpdated", []):
        if type_ == "Immunization" and value[:2] not in ("gt", "ge"):
            return Refusal(400, "_lastUpdated takes gt or ge only.", "value")
        if type_ == "MedicationRequest" and (value[:2] not in ("ge", "le") or "T" not in value):
            return Refusal(400, "_lastUpdated takes ge or le with a time.", "value")
    return None


def refuse_write(
    type_: str, interaction: str, body: Json | list[Json], current: Json | None
) -> Refusal | None:
    """Bodies and patches the server does not take; all are 422."""
    if isinstance(body, list):
        return _refuse_patch(type_, body, current or {})
    for banned in ("modifierExtension", "implicitRules"):
        if banned in body:
            return Refusal(422, f"{banned} is not supported.")
    if _mixed_coding(body):
        return Refusal(422, "A standard and a proprietary coding may not be sent together.")
    if type_ == "Communication" and interaction == "create":
        return _refuse_communication(body)
    return None


def _mixed_coding(node: Any) -> bool:
    if isinstance(node, list):
        return any(_mixed_coding(item) for item in node)
    if not isinstance(node, dict):
        return False
    systems = [str(c.get("system", "")) for c in node.get("coding", []) if isinstance(c, dict)]
    own = [bool(_HTTP_CODE_SYSTEM.match(s)) for s in systems]
    return (any(own) and not all(own)) or any(_mixed_coding(v) for v in node.values())


def _refuse_communication(body: Json) -> Refusal | None:
    """Only a completed message between staff, with an attachment, about a patient."""
    if body.get("status") != "completed":
        return Refusal(422, "status must be completed.")
    if not str(body.get("sender", {}).get("reference", "")).startswith("Practitioner/"):
        return Refusal(422, "sender must be a Practitioner.")
    recipients = [str(r.get("reference", "")) for r in body.get("recipient", [])]
    if not recipients or not all(r.startswith(("Practitioner/", "Group/")) for r in recipients):
        return Refusal(422, "recipient must be a Practitioner or a Group.")
    if not all("data" in p.get("contentAttachment", {}) for p in body.get("payload", [{}])):
        return Refusal(422, "payload must be a base64 attachment.")
    return None


def _refuse_patch(type_: str, operations: list[Json], current: Json) -> Refusal | None:
    tested: set[str] = set()
    for op in operations:
        path, kind = str(op.get("path", "")), op.get("op")
        if kind == "test":
            tested.add(path)
            continue
        if type_ == "Patient" and not _patient_path(str(kind), path, op, current):
            return Refusal(422, f"{kind} is not supported at {path}.")
        element = _ELEMENT.match(path)
        if element and f"/{element[1]}/{element[2]}/id" not in tested:
            return Refusal(422, f"{path} needs a preceding test of the element's id.")
    return None


def _patient_path(kind: str, path: str, op: Json, current: Json) -> bool:
    """The paths of a Patient that may change."""
    if path in ("/telecom/-", "/extension/-"):
        return kind == "add" and (path != "/extension/-" or _is_preference(op.get("value")))
    if path == "/communication":
        value = op.get("value")
        only_one = isinstance(value, list) and len(value) == 1
        return only_one and kind in (("replace",) if "communication" in current else ("add",))
    if path == "/telecom" and "telecom" not in current:
        return kind == "add"
    if path == "/extension" and "extension" not in current:
        added = op.get("value")
        return kind == "add" and isinstance(added, list) and all(map(_is_preference, added))
    if _TELECOM_FIELD.match(path):
        return kind in ("add", "replace", "remove")
    return kind in ("remove", "replace") and bool(re.match(r"/(telecom|extension)/\d+$", path))


def _is_preference(value: Any) -> bool:
    return isinstance(value, dict) and value.get("url") == PREFERENCE
