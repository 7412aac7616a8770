"""Contact details as one editable set of fields: read from facts, parsed from a form, compared.

Pure. It does not know how an EHR stores them; sync/contact_payload does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import phonenumbers

from app.clinical.elements import Language, Span, Telecom
from app.clinical.facts import Patient

PHONE_FIELDS: Mapping[str, str] = {
    "phone_mobile": "mobile",
    "phone_home": "home",
    "phone_work": "work",
    "phone_other": "",
}
"""Form field → Patient.telecom.use; "" collects numbers whose use the source does not say."""

FIELDS = (*PHONE_FIELDS, "email", "language", "preferred_channel")

CHANNELS: Mapping[str, str] = {
    "text": "Text message",
    "call": "Phone call",
    "email": "E-mail",
    "letter": "Letter",
    "portal": "Portal message",
}

LANGUAGES: Mapping[str, str] = {
    "en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese", "tl": "Tagalog",
    "ko": "Korean", "ru": "Russian", "ar": "Arabic", "fr": "French", "ht": "Haitian Creole",
    "pt": "Portuguese", "pl": "Polish", "hi": "Hindi", "ur": "Urdu", "fa": "Persian",
    "de": "German", "it": "Italian", "ja": "Japanese", "hmn": "Hmong", "so": "Somali",
    "am": "Amharic", "ne": "Nepali", "my": "Burmese", "uk": "Ukrainian", "bn": "Bengali",
    "pa": "Punjabi", "gu": "Gujarati", "te": "Telugu", "km": "Khmer", "nv": "Navajo",
    "ase": "American Sign Language",
}  # fmt: skip
"""BCP-47 primary tags (ISO 639) with the names staff read."""

LABELS: Mapping[str, str] = {
    "phone_mobile": "Mobile number",
    "phone_home": "Home number",
    "phone_work": "Work number",
    "phone_other": "Other number",
    "email": "E-mail",
    "language": "Preferred language",
    "preferred_channel": "Preferred channel",
}

MAX_EMAIL = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One edited field. "" = no value on that side."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ParsedForm:
    """Either `errors` (field → words for the person) or the changes to save; never both."""

    changes: tuple[FieldChange, ...] = ()
    errors: Mapping[str, str] | None = None


def has_ended(period: Span | None, today: date) -> bool:
    """Whether a period's end lies before today."""
    return bool(period and period.end and period.end.day < today)


def pick_telecom(patient: Patient, field: str, *, today: date) -> Telecom | None:
    """The entry that a form field stands for: current, best rank first, then the source's order.

    Only the patient's own entries are looked at; Patient.contact is somebody else.
    """
    if field == "email":
        entries = [t for t in patient.telecom if t.system == "email"]
    else:
        use = PHONE_FIELDS[field]
        entries = [t for t in patient.telecom if t.system in ("phone", "sms") and _use(t) == use]
    current = [t for t in entries if t.use != "old" and not has_ended(t.period, today)]
    return min(current, key=lambda t: (t.rank is None, t.rank or 0, t.index), default=None)


def _use(telecom: Telecom) -> str:
    return telecom.use if telecom.use in ("mobile", "home", "work") else ""


def read_contact(patient: Patient, *, today: date) -> dict[str, str]:
    """Every field of FIELDS that the EHR holds, in canonical form; "" where it holds nothing."""
    values = dict.fromkeys(FIELDS, "")
    for field in (*PHONE_FIELDS, "email"):
        telecom = pick_telecom(patient, field, today=today)
        values[field] = telecom.value if telecom else ""
    language = pick_language(patient)
    values["language"] = language.tag.split("-")[0].lower() if language else ""
    return values


def pick_language(patient: Patient) -> Language | None:
    """The preferred language, or the only one."""
    preferred = [k for k in patient.languages if k.preferred]
    if preferred:
        return preferred[0]
    return patient.languages[0] if len(patient.languages) == 1 else None


def parse_contact_form(form: Mapping[str, str], base: Mapping[str, str]) -> ParsedForm:
    """The fields of a submitted form against the values that it showed.

    A field that is absent from the form is unchanged; an emptied one is a removal.
    """
    changes: list[FieldChange] = []
    errors: dict[str, str] = {}
    for field in FIELDS:
        if field not in form:
            continue
        before, typed = base.get(field, ""), form[field].strip()
        if typed == before:
            continue
        try:
            after = parse_field(field, typed)
        except ValueError as exc:
            errors[field] = str(exc)
            continue
        if after != before:
            changes.append(FieldChange(field, before, after))
    return ParsedForm(errors=errors) if errors else ParsedForm(tuple(changes))


def parse_field(field: str, typed: str) -> str:
    """Canonical value of what a person typed; ValueError says in plain words what is wrong."""
    if not typed:
        return ""
    if field in PHONE_FIELDS:
        return parse_phone(typed)
    if field == "email":
        return parse_email(typed)
    allowed = LANGUAGES if field == "language" else CHANNELS
    if typed not in allowed:
        raise ValueError("Choose one of the list.")
    return typed


def parse_phone(typed: str, *, region: str = "US") -> str:
    """E.164. A number without country code is read in `region`."""
    if len(typed) > 40:
        raise ValueError("This is too long for a phone number.")
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as exc:
        raise ValueError("Type a phone number with its area code, such as 602 555 0148.") from exc
    if number.extension:
        raise ValueError("Leave the extension out; it cannot be texted or dialed by itself.")
    if not phonenumbers.is_possible_number(number):
        raise ValueError("This number has too few or too many digits.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_email(typed: str) -> str:
    """The address, domain in lower case. Only the shape is checked, not that it exists."""
    if len(typed) > MAX_EMAIL or not _EMAIL.fullmatch(typed) or ".." in typed:
        raise ValueError("Type an e-mail address such as name@example.com.")
    local, _, domain = typed.rpartition("@")
    return f"{local.lower()}@{domain.lower()}"


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both sides changed since `before`."""

    field: str
    before: str
    ours: str
    theirs: str


def plan_merge(
    changes: tuple[FieldChange, ...], theirs: Mapping[str, str]
) -> tuple[tuple[FieldChange, ...], tuple[Clash, ...]]:
    """Three-way by field: what still has to be written, and what a person must choose.

    A field the EHR still holds as we showed it is ours to write; one it holds as we want it is
    done; anything else is a clash (two people edited it).
    """
    to_write: list[FieldChange] = []
    clashes: list[Clash] = []
    for change in changes:
        now = theirs.get(change.field, "")
        if now == change.after:
            continue
        if now == change.before:
            to_write.append(change)
        else:
            clashes.append(Clash(change.field, change.before, change.after, now))
    return tuple(to_write), tuple(clashes)
