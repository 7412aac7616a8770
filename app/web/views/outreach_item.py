"""One planned contact, and the list of them: state, words, what the rules said, what to do next.

Shows rows; moves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from app.clinical.facts import Patient
from app.outreach.contact import LANGUAGES
from app.outreach.plan import CANCEL_CODES, OPEN, UNSENT
from app.outreach.request import Receipt
from app.store.records.outreach import Outreach
from app.store.records.receipts import StoredReceipt
from app.sync.outreach_desk import BY_PEOPLE
from app.sync.outreach_work import Item
from app.web.views.choices import Choice
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.plan_form import GateLine, build_gate_line
from app.web.views.scene import Scene
from app.web.views.sent import LedgerRow, WriteTrack, build_track
from app.web.views.thread import Thread
from app.web.views.times import build_pair
from app.web.words import lookup
from app.web.words_answer import EN as ANSWER
from app.web.words_outreach import EN, OutreachWords


@dataclass(frozen=True, slots=True)
class Act:
    """One button of the page; `act` is the form's."""

    act: str
    label: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The words and what can be made of them; `lang` is the patient's."""

    title: str
    subject: str
    body: str
    lang: str
    script: tuple[str, ...]
    note: str
    letter_url: str
    invitation_url: str


@dataclass(frozen=True, slots=True)
class Move:
    """The form for another time; `may` where it can still be moved."""

    may: bool
    day: str = ""
    clock: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ItemPage:
    template: ClassVar[str] = "pages/outreach_item.html"
    page: Page
    t: OutreachWords
    patient: str
    back_url: str
    action: str
    csrf: str
    mark_kind: str
    state: str
    title: str
    why: str
    lines: tuple[tuple[str, str], ...]
    said: Said
    gate: GateLine | None
    problem: str
    acts: tuple[Act, ...]
    outcomes: tuple[Choice, ...]
    deliveries: tuple[str, ...]
    history: tuple[str, ...]
    write: WriteTrack | None
    thread: Thread | None = None
    move: Move = Move(may=False)


@dataclass(frozen=True, slots=True)
class ListRow:
    mark_kind: str
    state: str
    said: str
    when: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class ListPage:
    template: ClassVar[str] = "pages/outreach_list.html"
    page: Page
    t: OutreachWords
    patient: str
    back_url: str
    rows: tuple[ListRow, ...]
    plan_url: str


def build_item_page(
    item: Item,
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    user_id: str,
    may_plan: bool,
    write: LedgerRow | None = None,
    now: Receipt | None = None,
    problem: str = "",
    thread: Thread | None = None,
) -> ItemPage:
    """`thread` is what was said both ways, once they answered; `now` is the gate's answer at
    this moment, where a person is to act on it."""
    row, words = item.outreach, EN
    there = replace(scene, there=ZoneInfo(row.zone)) if row.zone else scene
    url = f"{links.base}/outreach/{row.outreach_id}"
    return ItemPage(
        page=page,
        t=words,
        patient=build_patient_line(patient, scene),
        back_url=f"{links.base}/outreach",
        action=url,
        csrf=links.csrf,
        mark_kind=lookup(words.marks, row.state),
        state=lookup(words.states, row.state),
        title=build_title(row),
        why=build_end(row, words),
        lines=build_lines(row, there, user_id, words),
        said=build_said(row, url, words),
        gate=build_gate_line(now, there, words) if now else None,
        problem=problem,
        acts=build_acts(row, user_id, words) if may_plan else (),
        outcomes=build_outcomes(row, words) if may_plan else (),
        deliveries=tuple(
            f"{lookup(words.deliveries, o.state)} {build_pair(o.sent_at or o.queued_at, there)}"
            for o in item.outbound
        ),
        history=tuple(build_receipt_line(r, there, words) for r in item.receipts),
        write=build_track(write, scene) if write else None,
        thread=thread,
        move=Move(may=may_plan and row.state in UNSENT),
    )


def build_said(row: Outreach, url: str, words: OutreachWords) -> Said:
    language = LANGUAGES.get(row.content.language.split("-")[0], "")
    is_visit = row.reason_kind == "visit" and row.state != "cancelled"
    asks_call = row.channel == "call" and row.state in UNSENT
    return Said(
        title=words.item_words.format(language=language) if language else words.preview,
        subject=row.content.subject,
        body=row.content.body,
        lang=row.content.language,
        script=(words.call_script,) if asks_call else (),
        note=row.content.note,
        letter_url=f"{url}/letter" if row.channel == "letter" and row.content.body else "",
        invitation_url=f"{url}/invitation.ics" if is_visit else "",
    )


def build_title(row: Outreach) -> str:
    channel = lookup(ANSWER.channels, row.channel)
    return ANSWER.outreach_line.format(channel=channel, title=row.content.title)


def build_end(row: Outreach, words: OutreachWords) -> str:
    """How it ended, or why it was canceled, or what is known of its delivery."""
    if row.cancelled_because:
        return words.because.format(
            why=CANCEL_CODES.get(row.cancelled_because, row.cancelled_because)
        )
    if row.outcome:
        return words.because.format(why=lookup(words.outcomes, row.outcome))
    return lookup(words.deliveries, row.delivery) if row.delivery else ""


def build_lines(
    row: Outreach, scene: Scene, user_id: str, words: OutreachWords
) -> tuple[tuple[str, str], ...]:
    lines = [(words.item_when, build_pair(row.due_at, scene))] if row.due_at else []
    if row.content.shown:
        lines.append((words.item_to, row.content.shown))
    lines.append((words.item_about, lookup(words.reasons, row.reason_kind)))
    lines.append((words.item_with, build_holder(row, user_id, words)))
    return tuple(lines)


def build_holder(row: Outreach, user_id: str, words: OutreachWords) -> str:
    if row.channel not in BY_PEOPLE:
        return words.with_system
    holder = row.claimed_by or row.assigned_to
    if holder == user_id:
        return words.with_you
    return words.with_queue if not holder or holder.startswith("queue:") else words.with_other


def build_acts(row: Outreach, user_id: str, words: OutreachWords) -> tuple[Act, ...]:
    """What may be done next, in the order in which it is done."""
    if row.state not in OPEN:
        return ()
    acts: list[Act] = []
    if row.channel in BY_PEOPLE and row.state in UNSENT:
        begun = row.state == "due" and row.claimed_by == user_id
        if not begun:
            word = words.start_call if row.channel == "call" else words.start_letter
            acts.append(Act("start", word, primary=True))
        if begun and row.channel != "call":
            acts.append(Act("mailed", words.mailed, primary=True))
        if not row.claimed_by:
            acts.append(Act("claim", words.claim))
        elif row.claimed_by == user_id:
            acts.append(Act("hand_back", words.hand_back))
    return (*acts, Act("cancel", words.cancel_item))


def build_outcomes(row: Outreach, words: OutreachWords) -> tuple[Choice, ...]:
    """Asked of a call that was begun, and of anything that was sent or answered."""
    asks = row.state in ("sent", "answered") or (row.state == "due" and row.channel == "call")
    if not asks:
        return ()
    return tuple(Choice("outcome", word, False, key) for key, word in words.outcomes)


def build_receipt_line(stored: StoredReceipt, scene: Scene, words: OutreachWords) -> str:
    receipt = stored.receipt
    when = build_pair(receipt.at, scene)
    if receipt.allowed:
        return words.receipt_yes.format(when=when)
    return words.receipt_no.format(when=when, reason=receipt.denials[0].reason)


def build_list_page(
    rows: Sequence[Outreach],
    patient: Patient,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    may_plan: bool,
) -> ListPage:
    return ListPage(
        page=page,
        t=EN,
        patient=build_patient_line(patient, scene),
        back_url=links.panel,
        rows=tuple(build_list_row(row, scene, links, EN) for row in rows),
        plan_url=f"{links.base}/outreach/new?reason=manual" if may_plan else "",
    )


def build_list_row(row: Outreach, scene: Scene, links: Links, words: OutreachWords) -> ListRow:
    there = replace(scene, there=ZoneInfo(row.zone)) if row.zone else scene
    return ListRow(
        mark_kind=lookup(words.marks, row.state),
        state=lookup(words.states, row.state),
        said=build_title(row),
        when=build_pair(row.due_at, there) if row.due_at else "",
        note=build_end(row, words),
        url=f"{links.base}/outreach/{row.outreach_id}",
    )
