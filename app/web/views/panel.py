"""The parts of the panel that are not cards: head, the facts' heading, notices, strip, tail, and
the still picture of a card that is loading or failed. In the order in which they stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.clinical.chart import SearchOutcome
from app.web.views.answer import AnswerCard
from app.web.views.contact import ContactCard
from app.web.views.identity import Freshness, Identity
from app.web.views.links import Links
from app.web.views.notices import Notice, build_chart_changed
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.sent import SentCard
from app.web.views.times import build_when


@dataclass(frozen=True, slots=True)
class PanelHead:
    """Opens the document, the identity line and the first pane."""

    template: ClassVar[str] = "panel/head.html"
    page: Page
    identity: Identity
    links: Links
    notices: tuple[Notice, ...]
    changed: Notice
    refresh_word: str


@dataclass(frozen=True, slots=True)
class NoticesPart:
    """Notices that became true while the page streamed."""

    template: ClassVar[str] = "panel/notices.html"
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class SecondPane:
    """Ends the first pane, opens the second: what they need, and what is known."""

    template: ClassVar[str] = "panel/second_pane.html"


@dataclass(frozen=True, slots=True)
class FactsHead:
    """The heading over the facts."""

    template: ClassVar[str] = "panel/facts_head.html"
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StripCard:
    """All that is shown at 200 px beside the identity line."""

    template: ClassVar[str] = "cards/strip.html"
    answer: str
    value: str
    mark_kind: str
    needs_you: str
    open_url: str


@dataclass(frozen=True, slots=True)
class LoadingCard:
    """Still grey bars at the card's final height, until its data is there."""

    template: ClassVar[str] = "cards/loading.html"
    title: str
    rows: int
    text: str


@dataclass(frozen=True, slots=True)
class FailedCard:
    """A card of which our own making failed; the others are not touched."""

    template: ClassVar[str] = "cards/failed.html"
    title: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class PanelTail:
    """Closes the second pane and the document. `freshness` replaces the head's, by script.
    `pages` are (word, address) of what else this person may open here."""

    template: ClassVar[str] = "panel/tail.html"
    opened_by: str
    printed: str
    freshness: Freshness
    links: Links
    keys: tuple[tuple[str, str], ...]
    age_line: str
    pages: tuple[tuple[str, str], ...] = ()


def build_head(
    page: Page,
    identity: Identity,
    scene: Scene,
    links: Links,
    *,
    notices: Sequence[Notice] = (),
) -> PanelHead:
    """`notices` stand above everything: merged or inactive record, reconnect, offline."""
    return PanelHead(
        page=page,
        identity=identity,
        links=links,
        notices=tuple(notices),
        changed=build_chart_changed(scene),
        refresh_word=scene.words.refresh.format(ehr=scene.ehr),
    )


def build_strip(
    contact: ContactCard, sent: SentCard, *, open_url: str, now: AnswerCard | None = None
) -> StripCard:
    """The contact answer, else how to reach them, and what needs a person: from the cards."""
    if now is not None:
        return StripCard(now.text, "", now.mark_kind, sent.needs_you, open_url)
    answer = contact.answer
    return StripCard(
        answer=answer.text if answer else contact.blank.word if contact.blank else "",
        value=answer.value if answer else "",
        mark_kind=answer.mark if answer else "unknown",
        needs_you=sent.needs_you,
        open_url=open_url,
    )


def build_facts_head(searches: Sequence[SearchOutcome], scene: Scene) -> FactsHead:
    """`All read 2:08 PM`: the oldest part's time, or that a part was not read."""
    words = scene.words
    if not searches:
        return FactsHead(words.facts)
    when = build_when(min(s.read_at for s in searches), scene)
    whole = all(s.completeness not in ("partial", "failed") for s in searches)
    note = words.all_read if whole else words.part_read_at
    return FactsHead(words.facts, note.format(when=when))


def build_tail(
    scene: Scene,
    *,
    who: str,
    freshness: Freshness,
    read_at: datetime | None,
    links: Links,
    pages: tuple[tuple[str, str], ...] = (),
) -> PanelTail:
    """`who` is the signed-in person's name with credentials, "" when the EHR did not say."""
    words = scene.words
    read = build_when(read_at or scene.now, scene)
    printed = words.printed.format(
        who=who or words.someone, when=build_when(scene.now, scene), ehr=scene.ehr, read=read
    )
    keys = (
        ("j", words.key_next),
        ("k", words.key_previous),
        ("Enter", words.key_open),
        ("?", words.key_help),
    )
    opened = words.opened_by.format(who=who) if who else ""
    age_line = words.freshness.replace("{ehr}", scene.ehr)
    return PanelTail(opened, printed, freshness, links, keys, age_line, pages)


def build_loading(title: str, scene: Scene, *, rows: int = 3) -> LoadingCard:
    return LoadingCard(title, rows, scene.words.loading.format(ehr=scene.ehr))


def build_failed(title: str, scene: Scene) -> FailedCard:
    return FailedCard(title, scene.words.card_failed, scene.words.card_failed_do)
