"""A list of facts where the few that matter stand in the line and all of them open with their
sources. Knows no medicine; the card modules choose and order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.clinical.chart import SearchOutcome
from app.web.views.blanks import Blank, build_blank, build_doubt
from app.web.views.provenance import Provenance
from app.web.views.scene import Scene
from app.web.words import count

SHOWN = 3
OPENED = 12


@dataclass(frozen=True, slots=True)
class FactItem:
    """`text` is the fact, `note` its date and state in words."""

    text: str
    note: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ListCard:
    """`inline` stands in the line; `items` opens under `more_word`; `rest` says what is left out.

    `lead` goes before the line ("None active."). `doubt` is set over an incomplete answer.
    """

    template: ClassVar[str] = "cards/list.html"
    id: str
    title: str
    lead: str
    inline: tuple[str, ...]
    more_word: str
    items: tuple[FactItem, ...]
    rest: str
    doubt: str
    blank: Blank | None


def build_list_card(
    card_id: str,
    title: str,
    items: Sequence[FactItem],
    scene: Scene,
    *,
    searches: Iterable[SearchOutcome],
    resource_type: str,
    inline: int = SHOWN,
    lead: str = "",
) -> ListCard:
    """`inline` items stand in the line, at most OPENED open; a blank only when there are none."""
    searches, words = tuple(searches), scene.words
    hidden = len(items) - inline
    left = len(items) - OPENED
    return ListCard(
        id=card_id,
        title=title,
        lead=lead,
        inline=tuple(item.text for item in items[:inline]),
        more_word=words.more.format(n=hidden) if hidden > 0 else words.sources,
        items=tuple(items[:OPENED]),
        rest=build_rest(left, scene),
        doubt=build_doubt(searches, resource_type, scene) if items else "",
        blank=None if items else build_blank(searches, resource_type, scene),
    )


def build_rest(left: int, scene: Scene) -> str:
    """`31 more are in Epic.`, or ""."""
    words = scene.words
    if left <= 0:
        return ""
    return count(left, words.rest_in_ehr_one, words.rest_in_ehr_many).format(ehr=scene.ehr)
