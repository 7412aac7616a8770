"""The form for contact details. Shows values and what is wrong with them; validates nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from app.clinical.facts import Patient
from app.outreach.contact import CHANNELS, LABELS, LANGUAGES, PHONE_FIELDS
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.people import build_name, build_phone
from app.web.views.scene import Scene
from app.web.words import count

FieldKind = Literal["tel", "email", "text", "select", "choice"]
ALWAYS = ("phone_mobile", "phone_home", "email", "language", "preferred_channel")
ORDER = (*PHONE_FIELDS, "email", "preferred_channel", "language")


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FormField:
    """`name` is the form's and the anchor's name; `error` stands under the field.

    `autocomplete` is always off: the browser knows the clerk's number, not the patient's.
    """

    name: str
    label: str
    kind: FieldKind
    value: str
    error: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    is_first_error: bool = False


@dataclass(frozen=True, slots=True)
class EditPage:
    """`hidden` are the names and values that travel with the form: token, key, shown values."""

    template: ClassVar[str] = "pages/edit.html"
    page: Page
    title: str
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    fields: tuple[FormField, ...]
    note: str
    notice: str
    to_correct: str
    to_correct_fields: tuple[tuple[str, str], ...]


def build_edit_page(
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    values: Mapping[str, str],
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    hidden: Sequence[tuple[str, str]] = (),
    accepts: bool = True,
    leaves_note: bool = False,
    notice: str = "",
) -> EditPage:
    """`values` are canonical, by field; `typed` is what came back with `errors` and wins.

    `accepts`: this EHR takes such edits; `leaves_note`: it takes a note in their place. `notice`
    is one sentence above the fields, or "".
    """
    words, wrong = scene.words, errors or {}
    fields = build_fields(values, typed or {}, wrong, scene)
    bad = tuple((field.name, field.label) for field in fields if field.error)
    closed = words.edit_note_noted if leaves_note else words.edit_note_closed
    note = words.edit_note if accepts else closed
    return EditPage(
        page=page,
        title=words.edit_contact,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        action=links.contact,
        hidden=(("csrf", links.csrf), *hidden),
        fields=fields,
        note=note.format(ehr=scene.ehr),
        notice=notice,
        to_correct=count(len(bad), words.to_correct_one, words.to_correct_many) if bad else "",
        to_correct_fields=bad,
    )


def build_patient_line(patient: Patient, scene: Scene) -> str:
    """`Vargas, Elena M., MRN 4402 7719`: in every place where something is saved."""
    words = scene.words
    mrn = words.mrn.format(mrn=patient.mrn) if patient.mrn else words.mrn_missing
    return f"{build_name(patient.names, words)}, {mrn}"


def build_fields(
    values: Mapping[str, str], typed: Mapping[str, str], errors: Mapping[str, str], scene: Scene
) -> tuple[FormField, ...]:
    """Work and other numbers only where there is one, or where one was just typed."""
    shown = [f for f in ORDER if f in ALWAYS or values.get(f) or typed.get(f) or f in errors]
    first = next((f for f in shown if f in errors), "")
    return tuple(
        build_field(
            name,
            build_typed(name, values, typed, scene),
            scene,
            error=errors.get(name, ""),
            is_first=name == first,
        )
        for name in shown
    )


def build_typed(
    name: str, values: Mapping[str, str], typed: Mapping[str, str], scene: Scene
) -> str:
    """What was typed, exactly; else the stored value as people write it."""
    if name in typed:
        return typed[name]
    value = values.get(name, "")
    return build_phone(value, scene.region) if name in PHONE_FIELDS and value else value


def build_field(name: str, value: str, scene: Scene, *, error: str, is_first: bool) -> FormField:
    words = scene.words
    kinds: dict[str, FieldKind] = {
        "email": "email",
        "language": "select",
        "preferred_channel": "choice",
    }
    options: tuple[Option, ...] = ()
    if name == "language":
        options = build_options(LANGUAGES, value, words.not_recorded)
    elif name == "preferred_channel":
        options = build_options(CHANNELS, value, words.no_preference)
    return FormField(
        name=name,
        label=LABELS[name],
        kind=kinds.get(name, "tel"),
        value=value,
        error=error,
        hint=words.channel_hint.format(ehr=scene.ehr) if name == "preferred_channel" else "",
        options=options,
        is_first_error=is_first,
    )


def build_options(known: Mapping[str, str], value: str, none: str) -> tuple[Option, ...]:
    """None first, then the list; a value that is not in the list stays choosable as it is."""
    pairs = [("", none), *known.items()]
    if value and value not in known:
        pairs.append((value, value))
    return tuple(Option(key, label, key == value) for key, label in pairs)
