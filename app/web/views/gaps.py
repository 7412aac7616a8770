"""Care gaps on the panel: what is open first, at most three before "more"; unknown drawn dashed.

Shows verdicts; judges nothing. An open gap is work, not danger: no red, no green without a met one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from app.clinical.care_gaps import Gap
from app.sync.gap_desk import SetAside
from app.web.views.gaps_aside import build_aside_line
from app.web.views.links import Links
from app.web.views.scene import Scene
from app.web.views.times import build_day
from app.web.words import Words, count, lookup

GapMark = Literal["open", "met", "excluded", "unknown"]
RowMark = Literal["open", "met", "excluded", "unknown", "aside", "declined"]
SHOWN = 3
NOTHING: Mapping[str, SetAside] = {}
MARKS: dict[str, GapMark] = {
    "open": "open",
    "met": "met",
    "excluded": "excluded",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class GapRow:
    """One gap in two lines: name and due, then why. `url` "" when this role may not look behind.
    `mark` says where it stands, `drawing` which symbol it gets. `plan_url` "" when nothing is to
    be planned, or not by this person."""

    mark: RowMark
    drawing: str
    mark_word: str
    name: str
    due: str
    why: str
    action: str
    url: str
    plan_url: str = ""


@dataclass(frozen=True, slots=True)
class GapsCard:
    """`rows` ask for something; `more` are the rest of those; `settled` are met and left out."""

    template: ClassVar[str] = "cards/gaps.html"
    title: str
    number: str
    rows: tuple[GapRow, ...]
    more: tuple[GapRow, ...]
    more_word: str
    settled: tuple[GapRow, ...]
    settled_word: str
    none_word: str


def build_gaps_card(
    gaps: Sequence[Gap],
    scene: Scene,
    links: Links,
    *,
    may_look: bool = True,
    aside: Mapping[str, SetAside] = NOTHING,
    vaccines: GapRow | None = None,
    may_plan: bool = False,
) -> GapsCard:
    """`gaps` in the order of evaluate_gaps. `may_look`: the evidence is for this role. `aside`:
    measure → the decision that keeps it out of sight. `vaccines`: their row, when any is due.
    `may_plan`: this person may plan a contact about an open one."""
    words = scene.words
    rows = [
        build_gap_row(g, scene, links, may_look=may_look, may_plan=may_plan)
        for g in gaps
        if g.status in MARKS and g.measure not in aside
    ]
    if vaccines:
        rows.insert(sum(r.mark == "open" for r in rows), vaccines)
    away = [
        build_aside_row(g, aside[g.measure], scene, links, may_look=may_look)
        for g in gaps
        if g.measure in aside
    ]
    asking = [r for r in rows if r.mark in ("open", "unknown")]
    settled = [*away, *(r for r in rows if r.mark in ("met", "excluded", "declined"))]
    is_open = sum(r.mark == "open" for r in asking)
    return GapsCard(
        title=words.gaps,
        number=str(is_open) if is_open else "",
        rows=tuple(asking[:SHOWN]),
        more=tuple(asking[SHOWN:]),
        more_word=words.more.format(n=len(asking) - SHOWN) if len(asking) > SHOWN else "",
        settled=tuple(settled),
        settled_word=build_settled(settled, words),
        none_word="" if asking else words.gaps_none,
    )


def build_settled(rows: Sequence[GapRow], words: Words) -> str:
    """`1 set aside, 5 met, 1 left out`."""
    met, out = (sum(r.mark == kind for r in rows) for kind in ("met", "excluded"))
    away = len(rows) - met - out
    counted = ((away, words.aside_count), (met, words.gaps_met), (out, words.gaps_out))
    return ", ".join(pattern.format(n=n) for n, pattern in counted if n)


def build_gap_row(
    gap: Gap, scene: Scene, links: Links, *, may_look: bool, may_plan: bool = False
) -> GapRow:
    words = scene.words
    if gap.status == "unknown":
        due = words.gap_unknown
    elif gap.due is None:
        due = ""
    else:
        due = words.gap_by.format(day=build_day(gap.due, scene))
    return GapRow(
        mark=MARKS[gap.status],
        drawing=MARKS[gap.status],
        mark_word=lookup(words.gap_states, gap.status),
        name=gap.name,
        due=due,
        why=build_why(gap, scene) if may_look else "",
        action=words.gap_missing if gap.status == "unknown" else words.gap_why,
        url=links.gap(gap.measure) if may_look else "",
        plan_url=links.plan(f"gap:{gap.measure}") if may_plan and gap.status == "open" else "",
    )


def build_aside_row(
    gap: Gap, aside: SetAside, scene: Scene, links: Links, *, may_look: bool
) -> GapRow:
    """Out of sight, never out of the list: the decision, its reason, who and when."""
    line = build_aside_line(aside, scene)
    return GapRow(
        mark="aside",
        drawing=line.drawing,
        mark_word="",
        name=gap.name,
        due=line.state,
        why=line.why,
        action=scene.words.gap_why,
        url=links.gap(gap.measure) if may_look else "",
    )


def build_why(gap: Gap, scene: Scene) -> str:
    """The one line: what is missing, since when it is left out, or the step that decided."""
    words = scene.words
    if gap.status == "unknown" and gap.missing:
        first, rest = gap.missing[0], len(gap.missing) - 1
        tail = count(rest, words.gap_more_one, words.gap_more_many) if rest else ""
        return f"{words.gap_needs.format(what=first)}{tail}"
    if gap.status == "excluded" and gap.excluded_since:
        return words.gap_out_since.format(day=build_day(gap.excluded_since, scene))
    deciding = [s for s in gap.steps if s.population == "numerator"] or list(gap.steps)
    step = deciding[-1] if deciding else None
    return (step.detail or step.says) if step else gap.closes
