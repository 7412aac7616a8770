"""The tenant's ledger: what was written or waits, by state, without anybody's name or values.

Shows rows; infers nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.store.records.ledger import LedgerEntry
from app.web.ledger_rows import STATES, build_row
from app.web.views.desk import DeskHead
from app.web.views.links import Links
from app.web.views.page import Page
from app.web.views.scene import Scene
from app.web.views.sent import WriteTrack, build_track
from app.web.views.times import build_when
from app.web.views.write_page import explain
from app.web.words import lookup
from app.web.words_codes import EN as CODE_WORDS
from app.web.words_codes import CodeWords
from app.web.words_ledger import EN, LedgerWords

FILTERS = ("saved", "sending", "unknown", "in_ehr", "noted", "conflict", "attention")


@dataclass(frozen=True, slots=True)
class Filter:
    label: str
    count: int
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class TenantRow:
    """`title` names the datum, never its value or whose it is."""

    id: str
    title: str
    track: WriteTrack
    detail: str
    reason: str
    can_hand_over: bool


@dataclass(frozen=True, slots=True)
class LedgerPage:
    template: ClassVar[str] = "pages/ledger.html"
    page: Page
    t: LedgerWords
    head: DeskHead
    d: CodeWords
    action: str
    hidden: tuple[tuple[str, str], ...]
    filters: tuple[Filter, ...]
    rows: tuple[TenantRow, ...]


def build_ledger_page(
    entries: Sequence[LedgerEntry],
    counts: Mapping[str, int],
    scene: Scene,
    links: Links,
    head: DeskHead,
    *,
    page: Page,
    chosen: str,
    may_act: bool,
) -> LedgerPage:
    """`counts` are the rows of each state in the whole tenant; `chosen` is a state or ""."""
    return LedgerPage(
        page=page,
        t=EN,
        head=head,
        d=CODE_WORDS,
        action=links.ledger,
        hidden=(("csrf", links.csrf), ("state", chosen)),
        filters=build_filters(counts, scene, links, chosen),
        rows=tuple(
            build_tenant_row(e, scene, links, may_act) for e in entries if e.state in STATES
        ),
    )


def build_filters(
    counts: Mapping[str, int], scene: Scene, links: Links, chosen: str
) -> tuple[Filter, ...]:
    """ "All" and each state that has rows; the chosen one always."""
    total = sum(counts.get(s, 0) for s in FILTERS)
    found = [Filter(EN.all_states, total, links.ledger, chosen == "")]
    for state in FILTERS:
        if counts.get(state) or state == chosen:
            word = lookup(scene.words.write_states, STATES[state])
            if state == "unknown":
                word = lookup(EN.outcomes, "unknown").capitalize()
            url = f"{links.ledger}?state={state}"
            found.append(Filter(word, counts.get(state, 0), url, state == chosen))
    return tuple(found)


def build_tenant_row(entry: LedgerEntry, scene: Scene, links: Links, may_act: bool) -> TenantRow:
    row = build_row(entry, scene, links)
    n = entry.attempts
    tries = EN.tries_none if not n else EN.tries_one if n == 1 else EN.tries_many.format(n=n)
    since = EN.since.format(when=build_when(entry.created_at, scene))
    detail = EN.row_detail.format(how=f"{lookup(EN.plans, entry.plan)}, {since}", tries=tries)
    waits = entry.state in ("saved", "attention", "unknown") and entry.plan not in (
        "person", "none", "here",
    )  # fmt: skip
    return TenantRow(
        id=entry.ledger_id,
        title=row.title,
        track=build_track(row, scene),
        detail=detail,
        reason=explain(entry, scene),
        can_hand_over=may_act and waits,
    )
