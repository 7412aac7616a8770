"""The contact and demographics page, and what apps wrote: rows only, read fresh each time."""

from sandbox.fhir.store import Version
from sandbox.jsontypes import Json
from sandbox.window.chart import Box, Read, read_mrn, wants_interpreter
from sandbox.window.wording import (
    read_code,
    read_day,
    read_label,
    read_name,
    read_time,
    read_visit,
)

SYSTEMS = {"phone": "Phone", "email": "E-mail", "fax": "Fax", "sms": "Text", "url": "Web"}


def build_contact(patient: Json, read: Read, history: list[Version]) -> list[Box]:
    """Everything about reaching this person, and who changed it last."""
    return [
        _telecom(patient),
        _addresses(patient),
        _person(patient),
        _people(patient),
        _wishes(read),
        _messages(read),
        _record(history),
    ]


def _telecom(patient: Json) -> Box:
    rows = [
        (
            SYSTEMS.get(str(t.get("system")), str(t.get("system", ""))),
            str(t.get("value", "")),
            str(t.get("use", "")),
            str(t.get("rank", "")),
            _period(t),
        )
        for t in patient.get("telecom", [])
    ]
    return Box("telecom", "Phone and e-mail", rows, ("Kind", "Value", "Use", "Rank", "Valid"))


def _addresses(patient: Json) -> Box:
    rows = []
    for address in patient.get("address", []):
        place = f"{address.get('city', '')}, {address.get('state', '')}".strip(", ")
        lines = [*address.get("line", []), f"{place} {address.get('postalCode', '')}".strip()]
        rows.append(
            (", ".join(p for p in lines if p), str(address.get("use", "")), _period(address))
        )
    return Box("addresses", "Addresses", rows, ("Address", "Use", "Valid"))


def _person(patient: Json) -> Box:
    spoken = []
    for entry in patient.get("communication", []):
        words = read_label(entry.get("language"))
        spoken.append(words + (", preferred" if entry.get("preferred") else ""))
    if wants_interpreter(patient):
        spoken.append("interpreter needed")
    doctors = [str(d.get("display", "")) for d in patient.get("generalPractitioner", [])]
    rows = [
        ("Birth date", read_day(patient.get("birthDate"))),
        ("Sex", str(patient.get("gender", ""))),
        ("Record number", read_mrn(patient).removeprefix("MRN ")),
        ("Language", "; ".join(spoken)),
        ("Marital status", read_label(patient.get("maritalStatus"))),
        ("Primary care", "; ".join(d for d in doctors if d)),
        ("Also called", "; ".join(str(n["text"]) for n in patient.get("name", []) if "text" in n)),
    ]
    return Box("person", "Demographics", [row for row in rows if row[1]])


def _people(patient: Json) -> Box:
    rows = []
    for person in patient.get("contact", []):
        roles = ", ".join(read_label(r) for r in person.get("relationship", []))
        numbers = ", ".join(str(t.get("value", "")) for t in person.get("telecom", []))
        rows.append((read_name([person.get("name", {})]), roles, numbers))
    return Box("people", "Contacts", rows)


def _wishes(read: Read) -> Box:
    words = {"deny": "Refused", "permit": "Agreed"}
    rows = []
    for consent in read("Consent"):
        kind = str(consent.get("provision", {}).get("type", ""))
        topic = read_label(consent.get("policyRule")) or read_label(consent.get("scope"))
        rows.append((topic, words.get(kind, kind), read_day(consent.get("dateTime"))))
    return Box("wishes", "Consents", rows)


def _messages(read: Read) -> Box:
    found = sorted(read("Communication"), key=_when, reverse=True)
    rows = []
    for message in found[:6]:
        payload = (message.get("payload") or [{}])[0]
        way = "Patient" if "received" in message else "Clinic"
        rows.append((way, str(payload.get("contentString", "")), read_visit(_when(message))))
    return Box("messages", "Messages", rows)


def _when(message: Json) -> str:
    return str(message.get("received") or message.get("sent") or "")


def _record(history: list[Version]) -> Box:
    rows = [
        (f"Version {change.version_id}", read_author(change.author), read_time(change.updated))
        for change in reversed(history)
    ]
    return Box("record", "Changes to this record", rows[:6])


def read_author(author: str) -> str:
    return {"load": "Registration", "ehr": "Front desk"}.get(author, author)


def build_written(changes: list[Version], refused: list[Json]) -> list[Box]:
    """What apps wrote about this person, newest first, and what this EHR refused."""
    rows = [
        (
            c.type,
            "Removed" if c.resource is None else _gist(c.resource),
            f"{c.author}, version {c.version_id}",
            read_time(c.updated),
        )
        for c in sorted(changes, key=lambda c: c.updated, reverse=True)
    ]
    turned = [
        (
            f"{r.get('method')} {r.get('path')}",
            f"Refused, {r.get('status')}",
            str(r.get("client_id") or ""),
        )
        for r in reversed(refused)
    ]
    columns = ("Kind", "What", "By", "When")
    return [
        Box("written", "Written by apps", rows, columns, empty="Nothing written yet"),
        Box("refused", "Refused", turned[:12], empty="Nothing refused"),
    ]


def _gist(resource: Json) -> str:
    status = str(resource.get("status", ""))
    label = read_label(resource.get("code")) or read_label(resource.get("type"))
    if resource["resourceType"] == "Patient":
        return "Contact and demographics"
    return ", ".join(p for p in (label, read_code(resource.get("category")), status) if p) or "New"


def _period(part: Json) -> str:
    period = part.get("period", {})
    start, end = read_day(period.get("start")), read_day(period.get("end"))
    if end:
        return f"{start} to {end}" if start else f"to {end}"
    return f"since {start}" if start else ""
