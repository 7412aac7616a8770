"""What Chartside wrote for this patient and whether the EHR has it. Shows the ledger's states;
never infers one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.times import build_when
from app.web.words import Words, count, lookup

WriteState = Literal["saved", "sending", "in_ehr", "note", "conflict", "attention"]
URGENT: tuple[WriteState, ...] = ("conflict", "attention")
LATE_AFTER = timedelta(minutes=1)
SHOWN = 6


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One write as the ledger knows it; made by whoever reads the store.

    `at` is when it came into `state`: saved, started, read back, refused, or changed there.
    `title` names the datum ("Mobile number"), never its value. `reason` is a sentence part without
    PHI that replaces the usual detail ("Epic takes no edits of this"). `who` changed it there.
    `is_outcome_unknown`: sent, and the EHR did not confirm; it is being checked, not repeated.
    """

    id: str
    title: str
    state: WriteState
    at: datetime
    reason: str = ""
    who: str = ""
    is_outcome_unknown: bool = False
    action_url: str = ""


@dataclass(frozen=True, slots=True)
class WriteTrack:
    """The three-node drawing's state with its word and detail."""

    state: WriteState
    word: str
    detail: str


@dataclass(frozen=True, slots=True)
class SentRow:
    id: str
    title: str
    track: WriteTrack
    action: str
    action_url: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class SentCard:
    """`earlier` is folded. `poll_url` is set while any row can still change by itself."""

    template: ClassVar[str] = "cards/sent.html"
    title: str
    rows: tuple[SentRow, ...]
    earlier: tuple[SentRow, ...]
    earlier_word: str
    needs_you: str
    none_word: str
    poll_url: str


def build_sent(rows: Sequence[LedgerRow], scene: Scene, links: Links) -> SentCard:
    """Rows that need a person first, then the newest first."""
    ranked = sorted(rows, key=lambda r: r.at, reverse=True)
    ranked.sort(key=lambda r: r.state not in URGENT)
    shown = [build_sent_row(row, scene, links) for row in ranked]
    urgent = sum(row.is_urgent for row in shown)
    split = max(SHOWN, urgent)
    words = scene.words
    is_moving = any(row.state == "sending" for row in rows)
    return SentCard(
        title=words.sent.format(ehr=scene.ehr),
        rows=tuple(shown[:split]),
        earlier=tuple(shown[split:]),
        earlier_word=words.earlier_sent.format(n=len(shown) - split),
        needs_you=count(urgent, words.needs_you_one, words.needs_you_many) if urgent else "",
        none_word=words.sent_none,
        poll_url=links.sent if is_moving else "",
    )


def build_sent_row(row: LedgerRow, scene: Scene, links: Links) -> SentRow:
    """One row; the action only where there is something to do or to open."""
    words = scene.words
    actions = {
        "saved": words.enter,
        "conflict": words.choose,
        "attention": words.fix,
        "note": words.open_note,
        "in_ehr": words.open_write,
    }
    action = actions.get(row.state, "")
    needs_page = row.state in URGENT
    url = row.action_url or (links.write(row.id) if needs_page else "")
    return SentRow(
        id=row.id,
        title=row.title,
        track=build_track(row, scene),
        action=action if url else "",
        action_url=url,
        is_urgent=needs_page,
    )


def build_track(row: LedgerRow, scene: Scene) -> WriteTrack:
    """The state's drawing, word and detail, the same wherever a write is mentioned."""
    word = lookup(scene.words.write_states, row.state)
    pattern = row.reason or choose_detail(row, scene)
    when, ehr = build_when(row.at, scene), scene.ehr
    detail = pattern if row.reason else pattern.format(when=when, ehr=ehr, who=row.who)
    return WriteTrack(row.state, word, detail)


def choose_detail(row: LedgerRow, scene: Scene) -> str:
    """The sentence for a state, by what is known about this write."""
    words: Words = scene.words
    if row.state == "sending":
        if row.is_outcome_unknown:
            return words.sending_unknown
        return words.sending_late if scene.now - row.at > LATE_AFTER else words.sending_detail
    if row.state == "conflict" and row.who:
        return words.conflict_by
    return {
        "saved": words.saved_detail,
        "in_ehr": words.in_ehr_detail,
        "note": words.note_detail,
        "conflict": words.conflict_detail,
    }.get(row.state, words.attention_detail)
