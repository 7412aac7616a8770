"""One write, opened: its state in words, what a person enters, what may be done, what was tried.

Shows the ledger's row; infers nothing and decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from app.clinical.facts import Patient
from app.outreach.contact import LABELS
from app.store.records.attempts import Attempt
from app.store.records.ledger import SETTLED, LedgerEntry
from app.sync.payloads.work_item import WorkItem
from app.sync.resolve import Past
from app.sync.write_route import NOT_SENT
from app.web.ledger_rows import REASONS, build_row
from app.web.views.conflict import build_by, build_value, name_typed
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.sent import LedgerRow, WriteTrack, build_track
from app.web.views.times import build_when
from app.web.words import lookup
from app.web.words_ledger import EN, LedgerWords

Act = Literal["again", "hand_over", "entered"]


@dataclass(frozen=True, slots=True)
class EnterLine:
    label: str
    value: str
    before: str


@dataclass(frozen=True, slots=True)
class ActButton:
    """`why` says what pressing it does, "" where the word is enough."""

    act: Act
    word: str
    why: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class TryLine:
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class PastSide:
    owner: str
    value: str
    by: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PastField:
    """A field that both sides had changed: each value with whose it was, and which one stands."""

    label: str
    sides: tuple[PastSide, ...]
    chosen_by: str


@dataclass(frozen=True, slots=True)
class WritePage:
    template: ClassVar[str] = "pages/write.html"
    page: Page
    t: LedgerWords
    title: str
    patient: str
    back_url: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    track: WriteTrack
    means: str
    reason: str
    how: str
    enter_title: str
    enter: tuple[EnterLine, ...]
    acts: tuple[ActButton, ...]
    past: tuple[PastField, ...]
    tries: tuple[TryLine, ...]


def build_write_page(
    entry: LedgerEntry,
    attempts: Sequence[Attempt],
    item: WorkItem,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    may_act: bool,
    past: Sequence[Past] = (),
) -> WritePage:
    """`item` is what a person would enter; shown when it is for a person or needs one. `past`:
    conflicts that were settled in this write, or that it settles."""
    row = build_row(entry, scene, links)
    shown = item.entries if needs_hand(entry) else ()
    return WritePage(
        page=page,
        t=EN,
        title=row.title,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        action=links.write_act(entry.ledger_id),
        hidden=(("csrf", links.csrf),),
        track=build_state(entry, row, scene),
        means=lookup(EN.means, name_meaning(entry)).format(ehr=scene.ehr),
        reason=explain(entry, scene),
        how=lookup(EN.plans, entry.plan),
        enter_title=EN.enter.format(ehr=scene.ehr),
        enter=tuple(
            EnterLine(e.label, e.value, EN.enter_before.format(before=e.before) if e.before else "")
            for e in shown
        ),
        acts=build_acts(entry, item, scene) if may_act else (),
        past=tuple(build_past(p, scene) for p in past),
        tries=tuple(build_try(a, scene) for a in reversed(attempts)),
    )


def build_state(entry: LedgerEntry, row: LedgerRow, scene: Scene) -> WriteTrack:
    """The row's state; one that ended by a choice has none of the six."""
    track = build_track(row, scene)
    return replace(track, word=EN.settled, detail="") if entry.state == "cancelled" else track


def needs_hand(entry: LedgerEntry) -> bool:
    """Whether a person may have to type it into the EHR."""
    return entry.state not in SETTLED and (
        entry.plan in ("person", "none") or entry.state == "attention"
    )


def name_meaning(entry: LedgerEntry) -> str:
    """Which sentence says what the state means for this row."""
    if entry.error_code == "outcome_unknown":
        return "asked"
    if entry.state != "saved":
        return "chosen" if entry.error_code == "chosen" else entry.state
    if entry.error_code == "entered_by_person":
        return "entered"
    waits = "saved" if entry.user_id else "saved_reply"
    return {"person": "person", "none": "person", "here": "here"}.get(entry.plan, waits)


def explain(entry: LedgerEntry, scene: Scene) -> str:
    """The reason as a sentence; "" when there is none to tell."""
    code = entry.error_code or (entry.plan_reason if entry.plan in NOT_SENT else "")
    text = REASONS.get(code, "").format(ehr=scene.ehr)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def build_acts(entry: LedgerEntry, item: WorkItem, scene: Scene) -> tuple[ActButton, ...]:
    """What makes sense for the row as it stands; nothing once it is settled or to be chosen."""
    if entry.state in SETTLED or entry.state == "conflict" or entry.plan == "here":
        return ()
    if entry.plan in NOT_SENT:
        if entry.error_code == "entered_by_person":
            return ()
        word, why = (EN.check, EN.check_why) if item.can_check else (EN.entered, EN.entered_why)
        return (ActButton("entered", word, why.format(ehr=scene.ehr), is_primary=True),)
    again = ActButton("again", EN.again, "", is_primary=True)
    if entry.error_code == "outcome_unknown":
        word, why = EN.not_there.format(ehr=scene.ehr), EN.not_there_why.format(ehr=scene.ehr)
        again = ActButton("again", word, why, is_primary=False)
    return (again, ActButton("hand_over", EN.hand_over, "", is_primary=False))


def build_past(past: Past, scene: Scene) -> PastField:
    clash, words = past.conflict, scene.words
    there = build_by(clash.theirs_by, clash.theirs_at, scene, is_exact=clash.theirs_is_exact)
    sides = (
        ("ours", words.yours, clash.ours, build_by(name_typed(past.typed), past.typed.at, scene)),
        ("theirs", EN.past_there.format(ehr=scene.ehr), clash.theirs, there),
    )
    return PastField(
        label=LABELS.get(clash.field, clash.field),
        sides=tuple(
            PastSide(owner, build_value(clash.field, str(v), scene), by, clash.choice == side)
            for side, owner, v, by in sides
        ),
        chosen_by=EN.past_by.format(who=build_by(name_typed(past.chosen), past.chosen.at, scene)),
    )


def build_try(attempt: Attempt, scene: Scene) -> TryLine:
    """`Sent: refused` · `Nov 22, 3:05 PM, answer 422, Epic refused this value`."""
    parts = [build_when(attempt.ended_at, scene)]
    if attempt.status:
        parts.append(EN.status.format(status=attempt.status))
    if reason := REASONS.get(attempt.error_code, "").format(ehr=scene.ehr):
        parts.append(reason)
    outcome = lookup(EN.outcomes, attempt.outcome)
    return TryLine(f"{lookup(EN.kinds, attempt.kind)}: {outcome}", ", ".join(parts))
