"""Someone else edits the chart at the same time: the front desk's own change of a number."""

import copy

from sandbox.fhir.store import Store, Version
from sandbox.jsontypes import Json

DESK = "Front desk, Mercy West"
AGENTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def build_moved(patient: Json) -> tuple[Json, str]:
    """The Patient with another number in the first phone, and that number.

    The last two digits count up within 00 to 99, so the number stays one of the invented ones.
    """
    moved = copy.deepcopy(patient)
    telecom = moved.setdefault("telecom", [])
    phone = next((t for t in telecom if t.get("system") == "phone"), None)
    if phone is None:
        phone = {"system": "phone", "value": "(614) 555-0199", "use": "mobile"}
        telecom.append(phone)
    value = str(phone.get("value", ""))
    tail = value[-2:] if value[-2:].isascii() and value[-2:].isdigit() else "99"
    phone["value"] = f"{value[:-2]}{(int(tail) + 1) % 100:02}"
    return moved, str(phone["value"])


def move_phone(store: Store, patient: str) -> str:
    """Store the change as the front desk; the new number, or nothing if there is no such chart."""
    current = store.get("Patient", patient)
    if current is None or current.resource is None:
        return ""
    moved, number = build_moved(current.resource)
    version = store.put(moved, "ehr")
    store.put(build_provenance(version), "ehr")
    return number


def build_provenance(version: Version) -> Json:
    """Who made that version, as a record system notes it beside the record."""
    return {
        "resourceType": "Provenance",
        "target": [{"reference": f"{version.key}/_history/{version.version_id}"}],
        "recorded": version.updated.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "agent": [
            {"type": {"coding": [{"system": AGENTS, "code": "author"}]}, "who": {"display": DESK}}
        ],
    }
