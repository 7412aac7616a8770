"""The page of signed papers: what holds, a form with every element, what was recorded before.

Shows values and what is missing; validates and saves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from app.clinical.facts import Patient
from app.outreach.consent import ConsentEntry
from app.outreach.signed_form import STATEMENTS, VERSION, WORDING, SignedKind
from app.sync.signed_desk import SignedSheet
from app.web.views.choices import Choice
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.times import build_day, build_stamp
from app.web.words import count, lookup
from app.web.words_consent import EN as CONSENT
from app.web.words_signed import EN, SignedWords

TEXTS = ("description", "discloser", "recipient", "purpose")


@dataclass(frozen=True, slots=True)
class TextField:
    name: str
    label: str
    value: str
    error: str = ""
    hint: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Standing:
    kind: str
    title: str
    mark_kind: str
    said: str
    without: str
    record_url: str
    record_word: str
    is_open: bool
    revokes: bool


@dataclass(frozen=True, slots=True)
class SignedFields:
    kind: str
    title: str
    paper: tuple[TextField, ...]
    ends: tuple[TextField, ...]
    signers: tuple[Choice, ...]
    signer_error: str
    signature: tuple[TextField, ...]
    paid: tuple[Choice, ...]
    paid_error: str
    says: tuple[Choice, ...]
    words: tuple[TextField, ...]


@dataclass(frozen=True, slots=True)
class SignedLine:
    said: str
    lines: tuple[str, ...]
    wording: str


@dataclass(frozen=True, slots=True)
class SignedPage:
    template: ClassVar[str] = "pages/signed.html"
    page: Page
    t: SignedWords
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    standings: tuple[Standing, ...]
    form: SignedFields | None
    history: tuple[SignedLine, ...]
    to_correct: str
    to_correct_fields: tuple[tuple[str, str], ...]


def build_signed_page(
    sheet: SignedSheet,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    key: str,
    kind: SignedKind | None = None,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SignedPage:
    """`kind` is the paper whose form is open; `typed` is the form as it came back."""
    wrong = errors or {}
    bad = tuple((name, lookup(EN.fields, name)) for name in wrong)
    sums = (scene.words.to_correct_one, scene.words.to_correct_many)
    return SignedPage(
        page=page,
        t=EN,
        patient=build_patient_line(patient, scene),
        back_url=f"{links.base}/preferences",
        action=links.signed,
        hidden=(("csrf", links.csrf), ("key", key)),
        standings=tuple(
            build_standing(name, sheet, scene, links, is_open=name == kind)
            for name in sheet.standings
        ),
        form=build_fields(kind, typed or {}, wrong) if kind else None,
        history=tuple(build_signed_line(e, scene) for e in sheet.entries),
        to_correct=count(len(bad), *sums) if bad else "",
        to_correct_fields=bad,
    )


def build_standing(
    kind: SignedKind, sheet: SignedSheet, scene: Scene, links: Links, *, is_open: bool
) -> Standing:
    found = sheet.standings[kind]
    entry = found.entry
    until = ""
    if entry is not None:
        until = build_end(entry, scene) if found.state == "agreed" else stamp(entry, scene)
    return Standing(
        kind=kind,
        title=lookup(EN.kinds, kind),
        mark_kind={"agreed": "yes", "revoked": "no"}.get(found.state, "unknown"),
        said=lookup(EN.standings, found.state).format(until=until),
        without="" if found.state == "agreed" else lookup(EN.without, kind),
        record_url=f"{links.signed}?kind={kind}",
        record_word=lookup(EN.record_kind, kind),
        is_open=is_open,
        revokes=found.state == "agreed",
    )


def build_end(entry: ConsentEntry, scene: Scene) -> str:
    """The last day on which it counts, where the practice is."""
    if entry.expires_at is None:
        return ""
    last = entry.expires_at.astimezone(scene.here) - timedelta(seconds=1)
    return build_day(last.date(), scene)


def stamp(entry: ConsentEntry, scene: Scene) -> str:
    return build_stamp(entry.recorded_at, scene)


def build_fields(
    kind: SignedKind, typed: Mapping[str, str], errors: Mapping[str, str]
) -> SignedFields:
    given = {"wording": WORDING[kind], "wording_version": VERSION, **typed}

    def field(name: str, kind_of: str = "text") -> TextField:
        hint = dict(EN.hints).get(name, "")
        label = lookup(EN.fields, name)
        return TextField(name, label, given.get(name, ""), errors.get(name, ""), hint, kind_of)

    is_marketing = kind == "authorization"
    said = (*STATEMENTS[kind], *(("paid",) if is_marketing else ()))
    return SignedFields(
        kind=kind,
        title=lookup(EN.record_kind, kind),
        paper=tuple(field(name) for name in TEXTS),
        ends=(field("until_day", "date"), field("until_event")),
        signers=build_options("signer", EN.signers, given),
        signer_error=errors.get("signer", ""),
        signature=(field("signed_by"), field("authority"), field("signed_on", "date")),
        paid=build_options("is_paid", EN.yes_no, given) if is_marketing else (),
        paid_error=errors.get("is_paid", ""),
        says=tuple(build_says(f"says_{name}", given, errors) for name in said),
        words=(field("wording", "long"), field("wording_version"), field("scan")),
    )


def build_options(
    name: str, words: tuple[tuple[str, str], ...], given: Mapping[str, str]
) -> tuple[Choice, ...]:
    return tuple(Choice(name, word, given.get(name) == key, key) for key, word in words)


def build_says(name: str, given: Mapping[str, str], errors: Mapping[str, str]) -> Choice:
    label = lookup(EN.fields, name)
    return Choice(name, label, given.get(name) == "on", error=errors.get(name, ""))


def build_signed_line(entry: ConsentEntry, scene: Scene) -> SignedLine:
    when = stamp(entry, scene)
    title = lookup(EN.kinds, entry.kind)
    form = entry.form
    if entry.action == "revoked" or form is None:
        how = lookup(CONSENT.hows, entry.how)
        line = EN.revoked_line.format(how=how.lower(), when=when, staff=entry.recorded_by)
        return SignedLine(title, (line,), entry.wording)
    signed = EN.signed_line.format(
        day=build_day(form.signed_on, scene),
        who=form.signed_by,
        when=when,
        staff=entry.recorded_by,
        version=entry.wording_version,
    )
    said = [
        EN.element.format(label=lookup(EN.fields, name), said=getattr(form, name))
        for name in (*TEXTS, "scan")
        if getattr(form, name)
    ]
    ends = [EN.ends.format(day=build_end(entry, scene))]
    ends += [EN.ends_event.format(event=form.until_event)] if form.until_event else []
    ends += [EN.authority.format(why=form.authority)] if form.authority else []
    ends += [EN.paid] if form.is_paid else []
    return SignedLine(title, (signed, *said, *ends), entry.wording)
