"""Two values for one field: field by field, with the differing characters marked. Nothing is
chosen beforehand, and nothing is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from app.clinical.facts import Patient
from app.outreach.contact import CHANNELS, LABELS, LANGUAGES, PHONE_FIELDS
from app.sync.resolve import Typed
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.people import build_phone
from app.web.views.scene import Scene
from app.web.views.times import build_stamp_inline
from app.web.words import count

Side = Literal["ours", "theirs"]
ALIKE = 0.5
WHOLE_WORDS = ("language", "preferred_channel")
YOU = "You"
SOMEBODY = "Another user of Chartside"
WHO_UNKNOWN = "Who is not known"
WHEN_UNKNOWN = "when is not known"
NEITHER_KNOWN = "Who and when are not known"
AT_LATEST = "{when} at the latest"


@dataclass(frozen=True, slots=True)
class ClashRow:
    """One field that both sides changed; values canonical, "" = nothing. `chosen` after a submit
    that left another field open. Names and times "" or None when they are not known."""

    field: str
    before: str
    ours: str
    theirs: str
    ours_by: str = ""
    ours_at: datetime | None = None
    theirs_by: str = ""
    theirs_at: datetime | None = None
    theirs_is_exact: bool = True
    chosen: Side | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters; `differs` from the other side."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Choice:
    side: Side
    pieces: tuple[Piece, ...]
    owner: str
    by: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ClashField:
    """`name` is the form's name for the choice."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    before: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """`left` names the fields still to choose, after a submit that missed them."""

    template: ClassVar[str] = "pages/conflict.html"
    page: Page
    title: str
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    text: str
    clear: str
    fields: tuple[ClashField, ...]
    effect: str
    to_correct: str
    to_correct_fields: tuple[tuple[str, str], ...]


def build_conflict_page(
    clashes: Sequence[ClashRow],
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    ledger_id: str,
    clear: int = 0,
    is_incomplete: bool = False,
    hidden: Sequence[tuple[str, str]] = (),
) -> ConflictPage:
    """`clear` other fields of the same save had no clash. `is_incomplete`: a submit left some."""
    words = scene.words
    fields = tuple(build_clash_field(clash, scene) for clash in clashes)
    left = tuple((f.name, f.label) for f in fields if f.is_open) if is_incomplete else ()
    text = count(len(fields), words.conflict_one, words.conflict_many)
    return ConflictPage(
        page=page,
        title=words.conflict_title.format(ehr=scene.ehr),
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        action=links.write(ledger_id),
        hidden=(("csrf", links.csrf), *hidden),
        text=text.format(ehr=scene.ehr),
        clear=count(clear, words.clear_one, words.clear_many) if clear else "",
        fields=fields,
        effect=words.conflict_effect.format(ehr=scene.ehr),
        to_correct=count(len(left), words.left_one, words.left_many) if left else "",
        to_correct_fields=left,
    )


def build_clash_field(clash: ClashRow, scene: Scene) -> ClashField:
    words = scene.words
    ours, theirs = (build_value(clash.field, v, scene) for v in (clash.ours, clash.theirs))
    mine, other = build_pieces(ours, theirs)
    if clash.field in WHOLE_WORDS:
        mine, other = (Piece(ours, False),), (Piece(theirs, False),)
    by_us = build_by(clash.ours_by, clash.ours_at, scene)
    by_them = build_by(clash.theirs_by, clash.theirs_at, scene, is_exact=clash.theirs_is_exact)
    return ClashField(
        name=f"choose_{clash.field}",
        label=LABELS.get(clash.field, clash.field),
        choices=(
            Choice("ours", mine, words.yours, by_us, clash.chosen == "ours"),
            Choice(
                "theirs",
                other,
                words.theirs.format(ehr=scene.ehr),
                by_them,
                clash.chosen == "theirs",
            ),
        ),
        before=build_value(clash.field, clash.before, scene),
        is_open=not clash.chosen,
    )


def build_value(field: str, value: str, scene: Scene) -> str:
    """A canonical value as people read it."""
    if not value:
        return scene.words.empty_value
    if field in PHONE_FIELDS:
        return build_phone(value, scene.region)
    names: Mapping[str, str] = {"language": LANGUAGES, "preferred_channel": CHANNELS}.get(field, {})
    return names.get(value, value)


def name_typed(typed: Typed) -> str:
    """The name of whoever did it here; without one, whether it was the reader."""
    return typed.by or (YOU if typed.is_mine else SOMEBODY)


def build_by(who: str, at: datetime | None, scene: Scene, *, is_exact: bool = True) -> str:
    """`Dana Okafor, RN, today 1:36 PM`; what is not known of it is said. A time that is not exact
    is the latest that it can be."""
    if at is None:
        return NEITHER_KNOWN if not who else f"{who}, {WHEN_UNKNOWN}"
    when = build_stamp_inline(at, scene)
    return f"{who or WHO_UNKNOWN}, {when if is_exact else AT_LATEST.format(when=when)}"


def build_pieces(ours: str, theirs: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both values cut into the common start, the part that differs, and the common end. Values
    that share little are marked nowhere: then everything would be, and nothing would stand out."""
    start = count_common(ours, theirs)
    end = count_common(ours[start:][::-1], theirs[start:][::-1])
    if start + end < ALIKE * max(len(ours), len(theirs)):
        return (Piece(ours, False),), (Piece(theirs, False),)
    return cut(ours, start, end), cut(theirs, start, end)


def count_common(one: str, other: str) -> int:
    """Length of the common start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def cut(text: str, start: int, end: int) -> tuple[Piece, ...]:
    """Start, middle and end of `text`, without empty pieces."""
    stop = len(text) - end
    parts = ((text[:start], False), (text[start:stop], True), (text[stop:], False))
    return tuple(Piece(part, differs) for part, differs in parts if part)
