"""What patients wrote back: the queue, the panel's card, and the thread of one contact.

Shows rows; judges and moves nothing. A reply is shown in the patient's own words, escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from app.outreach.reply_work import RESULTS
from app.store.records.inbound import OPEN, Inbound
from app.sync.consent_wording import write_phone
from app.sync.reply_desk import Replies, ReplyRow, Wanted
from app.web.views.choices import Choice, build_choices
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.outreach_item import build_title
from app.web.views.page import Page
from app.web.views.reply_line import ReplyLine, build_reply_line
from app.web.views.scene import Scene
from app.web.views.work_tabs import Tab, build_tabs
from app.web.words import count, lookup
from app.web.words_replies import EN, ReplyWords

ON_PANEL = 2


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What may be done with it now; empty words where it may not. `acts` are (act, word)."""

    reply_id: str
    version: int
    acts: tuple[tuple[str, str], ...] = ()
    results: tuple[Choice, ...] = ()
    note: str = ""
    error_result: str = ""
    error_note: str = ""
    sharers: tuple[Choice, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    person: str
    about: str
    line: ReplyLine
    form: ReplyForm


@dataclass(frozen=True, slots=True)
class RepliesPage:
    template: ClassVar[str] = "pages/replies.html"
    page: Page
    t: ReplyWords
    back_url: str
    tabs: tuple[Tab, ...]
    action: str
    csrf: str
    hidden: tuple[tuple[str, str], ...]
    shows: tuple[Choice, ...]
    waiting: str
    urgent: str
    none_word: str
    rows: tuple[QueueRow, ...]
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class RepliesCard:
    """The panel's card: the latest few."""

    template: ClassVar[str] = "cards/replies.html"
    t: ReplyWords
    rows: tuple[ReplyLine, ...]
    all_url: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks at the queue, and what came of the form that they sent: `typed` and `errors` are
    of the reply `wrong_id`."""

    user_id: str
    may_handle: bool
    has_patient: bool
    wrong_id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def build_replies_page(
    found: Replies, wanted: Wanted, scene: Scene, links: Links, *, page: Page, desk: Desk
) -> RepliesPage:
    words, url = EN, links.replies
    query = f"{url}?show={wanted.show}&page="
    none = {
        "mine": words.none_mine,
        "here": words.none_here,
        "handled": words.none_handled,
    }.get(wanted.show, words.none)
    shows = [s for s in words.shows if s[0] != "here" or desk.has_patient]
    return RepliesPage(
        page=page,
        t=words,
        back_url=links.panel if desk.has_patient else "",
        tabs=build_tabs("replies", links),
        action=url,
        csrf=links.csrf,
        hidden=(("show", wanted.show),),
        shows=build_choices("show", shows, wanted.show),
        waiting=build_count(found.waiting, words.waiting_one, words.waiting_many),
        urgent=build_count(found.urgent, words.urgent_one, words.urgent_many),
        none_word="" if found.rows else none,
        rows=tuple(build_queue_row(row, scene, links, desk) for row in found.rows),
        previous_url=f"{query}{wanted.page - 1}" if wanted.page else "",
        next_url=f"{query}{wanted.page + 1}" if found.has_more else "",
    )


def build_waiting(waiting: int, urgent: int) -> str:
    """`3 replies need a person, 1 is urgent`, for pages that lead there; "" where none does."""
    said = (
        build_count(waiting, EN.waiting_one, EN.waiting_many),
        build_count(urgent, EN.urgent_one, EN.urgent_many),
    )
    return ", ".join(part for part in said if part)


def build_count(n: int, one: str, many: str) -> str:
    """In words, "" for none."""
    return count(n, one, many) if n else ""


def build_queue_row(row: ReplyRow, scene: Scene, links: Links, desk: Desk) -> QueueRow:
    zone = row.about.zone if row.about else ""
    there = replace(scene, there=ZoneInfo(zone)) if zone else scene
    number = EN.from_number.format(number=write_phone(row.inbound.address))
    about = [f"{number}."] if row.inbound.patient_key and row.inbound.address else []
    about += [EN.answers.format(title=build_title(row.about))] if row.about else []
    return QueueRow(
        person=build_person(row, scene),
        about=" ".join(about),
        line=build_reply_line(row.inbound, there, desk.user_id),
        form=build_reply_form(row, scene, links, desk),
    )


def build_person(row: ReplyRow, scene: Scene) -> str:
    """Who wrote, as far as it is known; else the number."""
    if row.patient is not None:
        return build_patient_line(row.patient, scene)
    if row.inbound.patient_key:
        return EN.no_chart
    number = EN.from_number.format(number=write_phone(row.inbound.address))
    n = row.inbound.sharers
    who = EN.shared.format(n=n) if n > 1 else EN.unknown
    return f"{who}. {number}"


def build_reply_form(row: ReplyRow, scene: Scene, links: Links, desk: Desk) -> ReplyForm:
    kept = row.inbound
    mine = kept.claimed_by == desk.user_id
    is_free = desk.may_handle and kept.work == OPEN and (mine or not kept.claimed_by)
    wrong = kept.inbound_id == desk.wrong_id
    typed, errors = (desk.typed, desk.errors) if wrong else ({}, {})
    form = ReplyForm(kept.inbound_id, kept.version, links=build_links(row, links, is_free=is_free))
    if not is_free:
        return form
    acts = [("hand_back", EN.hand_back) if mine else ("claim", EN.claim)]
    if mine and kept.patient_key and not kept.task_id:
        acts.append(("call_back", EN.call_back))
    if not (mine or wrong):
        return replace(form, acts=tuple(acts))
    return replace(
        form,
        acts=tuple(acts),
        results=tuple(
            Choice("result", lookup(EN.results, key), typed.get("result") == key, key)
            for key in RESULTS
        ),
        note=typed.get("note", ""),
        error_result=errors.get("result", ""),
        error_note=errors.get("note", ""),
        sharers=tuple(
            Choice("patient", build_patient_line(who, scene) if who else EN.no_chart, False, key)
            for key, who in row.sharers
        ),
        hint="" if row.is_here or not kept.patient_key else EN.open_there.format(ehr=scene.ehr),
    )


def build_links(row: ReplyRow, links: Links, *, is_free: bool) -> tuple[tuple[str, str], ...]:
    """Only for the patient on screen: another's pages are opened from the EHR."""
    if not row.is_here:
        return ()
    kept = row.inbound
    found = []
    if is_free:
        found.append((EN.write_back, f"{links.plan(f'reply:{kept.inbound_id}')}&channel=text"))
    if kept.outreach_id:
        found.append((EN.open_item, f"{links.base}/outreach/{kept.outreach_id}"))
    if kept.task_id:
        found.append((EN.open_call, f"{links.base}/outreach/{kept.task_id}"))
    return tuple(found)


def build_replies_card(
    replies: Sequence[Inbound], scene: Scene, links: Links, user_id: str
) -> RepliesCard | None:
    """None where nothing was written: an empty card would ask for attention."""
    if not replies:
        return None
    first = sorted(replies, key=lambda r: (r.work != OPEN, not r.is_urgent))[:ON_PANEL]
    rows = tuple(build_reply_line(row, scene, user_id) for row in first)
    return RepliesCard(t=EN, rows=rows, all_url=f"{links.replies}?show=here")
