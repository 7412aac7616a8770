"""The card "What have we planned?": the next contact, and how many there are. Plans nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.outreach.contact import LANGUAGES
from app.store.records.outreach import LIVE, Outreach
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.times import build_pair
from app.web.words import count, lookup
from app.web.words_answer import EN, AnswerWords

SHOWN = 2
ICONS = {"text": "text", "call": "phone", "email": "email", "letter": "letter", "portal": "other"}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    icon: str
    said: str
    when: str
    note: str
    url: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """`rows` are the next few; `all_url` leads to every one, done ones too."""

    template: ClassVar[str] = "cards/planned.html"
    title: str
    all_word: str
    all_url: str
    rows: tuple[PlannedRow, ...]
    none_word: str
    plan_word: str
    plan_url: str
    open_word: str
    worklist_word: str = EN.worklist
    worklist_url: str = ""


def build_planned_card(
    outreach: Sequence[Outreach],
    scene: Scene,
    links: Links,
    *,
    may_plan: bool,
    user_id: str,
    is_stopped: bool = False,
) -> PlannedCard:
    """`scene.there` is their zone. `is_stopped`: all contact is, so nothing may be planned."""
    words = EN
    live = sorted(
        (item for item in outreach if item.state in LIVE),
        key=lambda item: (item.due_at is None, item.due_at or item.created_at),
    )
    n = len(outreach)
    return PlannedCard(
        title=words.outreach,
        all_word=count(n, words.outreach_all_one, words.outreach_all) if n else "",
        all_url=f"{links.base}/outreach",
        rows=tuple(build_planned_row(i, scene, links, user_id, words) for i in live[:SHOWN]),
        none_word="" if live else words.outreach_stopped if is_stopped else words.outreach_none,
        plan_word=words.outreach_plan,
        plan_url=f"{links.base}/outreach/new?reason=manual" if may_plan and not is_stopped else "",
        open_word=words.outreach_open,
        worklist_url=f"{links.base}/worklist",
    )


def build_planned_row(
    item: Outreach, scene: Scene, links: Links, user_id: str, words: AnswerWords
) -> PlannedRow:
    is_late = item.due_at is not None and item.due_at <= scene.now
    when = build_pair(item.due_at, scene) if item.due_at else ""
    return PlannedRow(
        icon=ICONS.get(item.channel, "other"),
        said=words.outreach_line.format(
            channel=lookup(words.channels, item.channel), title=item.content.title
        ),
        when=words.overdue.format(when=when) if is_late and item.state == "due" else when,
        note=build_note(item, user_id, words),
        url=f"{links.base}/outreach/{item.outreach_id}",
        is_late=is_late,
    )


def build_note(item: Outreach, user_id: str, words: AnswerWords) -> str:
    """Who does it; for a written one its language and that it is judged again."""
    if item.channel == "call":
        holder = item.claimed_by or item.assigned_to
        if holder == user_id:
            return words.assigned_me
        is_queue = not holder or holder.startswith("queue:")
        return words.assigned_queue if is_queue else words.assigned_other
    language = LANGUAGES.get(item.content.language.split("-")[0], "")
    if not language:
        return words.checked_again
    return words.in_language.format(language=language, checked=words.checked_again)
