"""FHIR values in the words of an old EHR screen. Takes whatever is there; raises nothing."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sandbox.jsontypes import Json

CLINIC_ZONE = ZoneInfo("America/New_York")


def read_label(concept: object) -> str:
    """What a person reads of a CodeableConcept."""
    if not isinstance(concept, dict):
        return ""
    codings = [c for c in concept.get("coding", []) if isinstance(c, dict)]
    shown = next((c["display"] for c in codings if c.get("display")), "")
    return str(concept.get("text") or shown or next((c.get("code", "") for c in codings), ""))


def read_code(concept: object) -> str:
    """The first code, bare."""
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return str(codings[0].get("code", "")) if codings else ""


def read_day(text: object) -> str:
    """MM/DD/YYYY from the day part of any FHIR date; a year or a month stays as it is."""
    written = str(text or "")[:10]
    try:
        return date.fromisoformat(written).strftime("%m/%d/%Y")
    except ValueError:
        return written


def read_time(moment: datetime) -> str:
    """A moment as the clinic's wall clock shows it: 11/24/2026 2:10 PM."""
    here = moment.astimezone(CLINIC_ZONE)
    return f"{here:%m/%d/%Y} {read_clock(moment)}"


def read_clock(moment: datetime) -> str:
    here = moment.astimezone(CLINIC_ZONE)
    return f"{here.hour % 12 or 12}:{here:%M %p}"


def read_visit(text: object) -> str:
    """Date and clock time of a FHIR dateTime; the date alone where there is no time."""
    written = str(text or "")
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return read_day(written)
    return read_time(moment) if "T" in written and moment.tzinfo else read_day(written)


def read_name(names: object) -> str:
    """ "Vargas, Elena M." of a list of HumanName, the official one first."""
    found = [n for n in names if isinstance(n, dict)] if isinstance(names, list) else []
    ranked = sorted(
        found,
        key=lambda n: (
            ("official", "usual").index(n["use"]) if n.get("use") in ("official", "usual") else 2
        ),
    )
    if not ranked:
        return "No name"
    first = ranked[0]
    given = " ".join(str(part) for part in first.get("given", []))
    family = str(first.get("family", ""))
    return ", ".join(p for p in (family, given) if p) or str(first.get("text", "No name"))


def read_age(born: object, today: date) -> str:
    """ "58 y", "7 mo" below two years, or nothing where the birth date is not a day."""
    try:
        day = date.fromisoformat(str(born or ""))
    except ValueError:
        return ""
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    return f"{months // 12} y" if months >= 24 else f"{max(months, 0)} mo"


def read_sex(gender: object) -> str:
    return {"male": "M", "female": "F", "other": "X"}.get(str(gender), "")


def read_value(resource: Json) -> str:
    """value[x] of an Observation or one of its components, components joined by a slash."""
    quantity = resource.get("valueQuantity")
    if isinstance(quantity, dict):
        return _read_quantity(quantity)
    if "valueCodeableConcept" in resource:
        return read_label(resource["valueCodeableConcept"])
    for key in ("valueString", "valueInteger", "valueBoolean", "valueDateTime"):
        if key in resource:
            return str(resource[key])
    parts = resource.get("component", [])
    return _read_components(parts) if parts else read_label(resource.get("dataAbsentReason"))


def _read_quantity(quantity: Json) -> str:
    number = quantity.get("value")
    shown = f"{round(number, 2):g}" if isinstance(number, int | float) else str(number or "")
    unit = str(quantity.get("unit") or quantity.get("code") or "")
    unit = {"{score}": "", "mL/min/{1.73_m2}": "mL/min", "mm[Hg]": "mmHg"}.get(unit, unit)
    return f"{quantity.get('comparator', '')}{shown} {unit}".strip()


def _read_components(parts: Iterable[Json]) -> str:
    """Systolic before diastolic, whatever order they came in."""
    ranked = sorted(parts, key=lambda part: read_code(part.get("code")) == "8462-4")
    values = [read_value(part) for part in ranked]
    units = {v.partition(" ")[2] for v in values}
    if len(units) == 1:
        numbers = "/".join(v.partition(" ")[0] for v in values)
        return f"{numbers} {units.pop()}".strip()
    return ", ".join(values)
