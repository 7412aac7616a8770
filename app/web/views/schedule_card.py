"""The vaccines card's first lines: what is overdue, due, declined or next, in words with dates.

Says nothing to be due, or not due, over doses that were not read completely.
"""

from dataclasses import dataclass

from app.clinical.immunization import Outlook
from app.web.views.scene import Scene
from app.web.views.schedule_words import (
    build_declined,
    build_next,
    build_overdue,
    find_later,
    name_next,
    of_need,
)
from app.web.words import lookup

NAMED = 3
DRAWINGS = {
    "overdue": "wait",
    "due": "open",
    "declined": "excluded",
    "unknown": "unknown",
    "later": "later",
}
"""What a line tells → its drawing in icons.svg."""


@dataclass(frozen=True, slots=True)
class NeedLine:
    """`mark` names a drawing; `lead` is bold, `text` follows it."""

    mark: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class NextVaccines:
    """`url` "" where there is no page behind it."""

    lines: tuple[NeedLine, ...]
    url: str
    action: str


def build_next_vaccines(outlook: Outlook, scene: Scene, *, url: str) -> NextVaccines | None:
    """None for somebody who has died: nothing is asked of them."""
    if outlook.unknown == "died":
        return None
    words = scene.words
    lines = [build_unknown(outlook.unknown, scene)] if outlook.unknown else tell(outlook, scene)
    return NextVaccines(tuple(lines), url, words.vaccine_open)


def build_waiting(scene: Scene, *, url: str) -> NextVaccines:
    """While other parts of the chart are on their way."""
    return NextVaccines((build_unknown("waiting", scene),), url, scene.words.vaccine_open)


def build_unknown(code: str, scene: Scene) -> NeedLine:
    words = scene.words
    why = lookup(words.vaccine_why_unknown, code)
    return NeedLine(DRAWINGS["unknown"], words.vaccine_unknown, why)


def tell(outlook: Outlook, scene: Scene) -> list[NeedLine]:
    """Overdue, due, declined; the next one only where nothing is asked for now."""
    words = scene.words
    lines: list[NeedLine] = []
    overdue = [build_overdue(g, scene) for g in of_need(outlook, "overdue")]
    due = [name_next(g, words) for g in of_need(outlook, "due")]
    declined = [build_declined(g, scene) for g in of_need(outlook, "declined")]
    for kind, names in (("overdue", overdue), ("due", due), ("declined", declined)):
        if names:
            lead = lookup(words.vaccine_needs, kind)
            lines.append(NeedLine(DRAWINGS[kind], lead, join_names(names, scene)))
    if not overdue and not due:
        lines.insert(0, build_quiet(outlook, scene))
    return lines


def build_quiet(outlook: Outlook, scene: Scene) -> NeedLine:
    """Nothing is asked for now; what comes next and when."""
    words, later = scene.words, find_later(outlook)
    text = build_next(later, scene) if later else words.vaccine_finished
    return NeedLine(DRAWINGS["later"], words.vaccine_nothing, text)


def join_names(names: list[str], scene: Scene) -> str:
    """The first three; the others are counted."""
    words, rest = scene.words, len(names) - NAMED
    shown = names[:NAMED]
    if rest > 0:
        shown.append(words.vaccine_more_one if rest == 1 else words.more.format(n=rest))
    return ", ".join(shown)
