"""The chart page: a patient's resources as boxes of rows, read fresh each time. Writes nothing."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sandbox.jsontypes import Json
from sandbox.window.wording import (
    read_age,
    read_code,
    read_day,
    read_label,
    read_name,
    read_sex,
    read_value,
    read_visit,
)

Read = Callable[[str], list[Json]]
"""All living resources of a type about the patient on screen."""

TABS = {
    "snapshot": "Snapshot",
    "results": "Results",
    "contact": "Contact and demographics",
    "apps": "Written by apps",
}
STATUSES = {
    "booked": "Booked",
    "noshow": "Did not come",
    "fulfilled": "Came",
    "cancelled": "Cancelled",
}
SHOWN = 8
TESTS_SHOWN = 10
CATEGORIES = ("laboratory", "imaging", "vital-signs", "survey")


@dataclass(frozen=True, slots=True)
class Box:
    """A titled table. `columns` empty = no header row; `empty` is said when there are no rows."""

    key: str
    title: str
    rows: Sequence[tuple[str, ...]]
    columns: tuple[str, ...] = ()
    empty: str = "None on file"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """One kind of result; `values` are (when, value), newest first."""

    label: str
    rank: int
    values: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    lines: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)


def build_header(patient: Json, read: Read, today: date) -> Header:
    """Name, the line clinicians check, allergies and language, and what must not be missed."""
    doctors = [str(d.get("display", "")) for d in patient.get("generalPractitioner", [])]
    age_sex = f"{read_age(patient.get('birthDate'), today)} {read_sex(patient.get('gender'))}"
    parts = [age_sex.strip(), read_day(patient.get("birthDate")), read_mrn(patient)]
    if doctors and doctors[0]:
        parts.append(f"PCP {doctors[0]}")
    allergies = [read_label(a.get("code")) for a in read("AllergyIntolerance")]
    language = _read_language(patient)
    details = [f"Allergies: {', '.join(allergies) if allergies else 'none on file'}"]
    if language:
        details.append(f"Language: {language}")
    return Header(
        name=read_name(patient.get("name")),
        lines=[", ".join(p for p in parts if p), ". ".join(details)],
        alerts=_read_alerts(patient, read),
    )


def read_mrn(patient: Json) -> str:
    """The identifier typed MR, or nothing."""
    for identifier in patient.get("identifier", []):
        if read_code(identifier.get("type")) == "MR":
            return f"MRN {identifier.get('value', '')}"
    return ""


def _read_language(patient: Json) -> str:
    for spoken in patient.get("communication", []):
        wants = ", interpreter" if wants_interpreter(patient) else ""
        return read_label(spoken.get("language")) + wants
    return ""


def wants_interpreter(patient: Json) -> bool:
    """The extension of the Patient itself; the spoken language is written elsewhere."""
    return any(
        str(e.get("url", "")).endswith("interpreterRequired") and e.get("valueBoolean") is True
        for e in patient.get("extension", [])
    )


def _read_alerts(patient: Json, read: Read) -> list[str]:
    alerts = [read_label(f.get("code")) for f in read("Flag") if f.get("status") == "active"]
    if died := patient.get("deceasedDateTime"):
        alerts.insert(0, f"Died {read_day(died)}")
    elif patient.get("deceasedBoolean"):
        alerts.insert(0, "Died, date not on file")
    return alerts


def build_snapshot(read: Read, today: date) -> list[Box]:
    """What a clinician glances at: problems, results, medicines, note, visits to come."""
    boxes = [
        Box("problems", "Problems", _problems(read)),
        Box("latest", "Latest results", _latest(read)[:TESTS_SHOWN]),
        Box("medicines", "Medications", _medicines(read)),
        *_note(read),
        Box("visits-ahead", "Appointments", _appointments(read, today)),
        Box("vaccines", "Immunizations", _vaccines(read)[:SHOWN]),
        Box("visits", "Recent visits", _visits(read)[:SHOWN]),
    ]
    return boxes


def build_results(read: Read) -> list[Box]:
    """Every test, latest value first, with the three before it."""
    rows = [
        (t.label, t.values[0][1], read_day(t.values[0][0]), _earlier(t.values[1:4]))
        for t in _by_test(read)
    ]
    columns = ("Test", "Latest", "Date", "Earlier")
    return [Box("results", "Results", rows, columns)]


def _problems(read: Read) -> list[tuple[str, ...]]:
    active = [c for c in read("Condition") if read_code(c.get("clinicalStatus")) == "active"]
    return [(read_label(c.get("code")), read_code(c.get("code"))) for c in active]


def _medicines(read: Read) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for order in read("MedicationRequest"):
        if order.get("status") == "active":
            dose = order.get("dosageInstruction") or [{}]
            rows.append((_drug(order), str(dose[0].get("text", ""))))
    return rows


def _drug(order: Json) -> str:
    named = order.get("medicationReference") or {}
    return read_label(order.get("medicationCodeableConcept")) or str(named.get("display", ""))


def _by_test(read: Read) -> list[Test]:
    """Every test with its values, newest first, both ways."""
    tests: dict[str, Test] = {}
    for result in read("Observation"):
        label = read_label(result.get("code"))
        test = tests.setdefault(label, Test(label, _rank(result)))
        when = str(result.get("effectiveDateTime") or result.get("issued") or "")
        test.values.append((when, read_value(result)))
    for test in tests.values():
        test.values.sort(reverse=True)
    return sorted(tests.values(), key=lambda test: test.values[0][0], reverse=True)


def _rank(result: Json) -> int:
    category = read_code((result.get("category") or [{}])[0])
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


def _latest(read: Read) -> list[tuple[str, ...]]:
    """The latest of each test: laboratory first, then imaging, vital signs and the rest."""
    ranked = sorted(_by_test(read), key=lambda test: test.rank)
    return [(t.label, t.values[0][1], read_day(t.values[0][0])) for t in ranked]


def _earlier(values: list[tuple[str, str]]) -> str:
    return ", ".join(f"{value} ({read_day(when)})" for when, value in values)


def _note(read: Read) -> list[Box]:
    notes = sorted(read("DocumentReference"), key=lambda n: str(n.get("date", "")), reverse=True)
    for note in notes:
        content = (note.get("content") or [{}])[0].get("attachment", {})
        if not str(content.get("contentType", "")).startswith("text/plain"):
            continue
        author = str((note.get("author") or [{}])[0].get("display", ""))
        title = ", ".join(p for p in ("Progress note", read_day(note.get("date")), author) if p)
        return [Box("note", title, [], text=_decode(content.get("data")))]
    return []


def _decode(data: object) -> str:
    try:
        return base64.b64decode(str(data or ""), validate=True).decode("utf-8", "replace")
    except ValueError:
        return "This note cannot be shown."


def _appointments(read: Read, today: date) -> list[tuple[str, ...]]:
    found = sorted(read("Appointment"), key=lambda a: str(a.get("start", "")), reverse=True)
    rows: list[tuple[str, ...]] = []
    for visit in found:
        status = str(visit.get("status", ""))
        what = str(visit.get("description") or read_label((visit.get("serviceType") or [{}])[0]))
        ahead = str(visit.get("start", ""))[:10] >= today.isoformat()
        if ahead or status == "noshow":
            rows.append((what, STATUSES.get(status, status), read_visit(visit.get("start"))))
    return rows[::-1]


def _vaccines(read: Read) -> list[tuple[str, ...]]:
    found = sorted(
        read("Immunization"), key=lambda i: str(i.get("occurrenceDateTime", "")), reverse=True
    )
    return [
        (
            read_label(shot.get("vaccineCode")),
            "Refused" if shot.get("status") == "not-done" else "",
            read_day(shot.get("occurrenceDateTime")),
        )
        for shot in found
    ]


def _visits(read: Read) -> list[tuple[str, ...]]:
    found = sorted(
        read("Encounter"), key=lambda e: str(e.get("period", {}).get("start", "")), reverse=True
    )
    return [
        (
            read_label((visit.get("type") or [{}])[0]),
            read_label((visit.get("reasonCode") or [{}])[0]),
            read_day(visit.get("period", {}).get("start")),
        )
        for visit in found
    ]
