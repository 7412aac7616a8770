"""The worklist page: two lines a row, who and what, due when, with whom. Moves nothing."""

from dataclasses import dataclass, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from app.sync.worklist import Filter, Worklist, WorkRow
from app.web.views.choices import Choice, build_choices
from app.web.views.edit import build_patient_line
from app.web.views.links import Links
from app.web.views.outreach_item import build_holder, build_title
from app.web.views.page import Page
from app.web.views.replies import build_waiting
from app.web.views.scene import Scene
from app.web.views.times import build_pair
from app.web.views.work_tabs import Tab, build_tabs
from app.web.words import lookup
from app.web.words_outreach import EN as ITEM
from app.web.words_worklist import EN, WorklistWords


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """`act` is "" where nothing may be taken; `url` only for the patient on screen."""

    mark_kind: str
    state: str
    person: str
    said: str
    when: str
    is_late: bool
    holder: str
    outreach_id: str
    act: str
    act_word: str
    url: str


@dataclass(frozen=True, slots=True)
class WorklistPage:
    template: ClassVar[str] = "pages/worklist.html"
    page: Page
    t: WorklistWords
    back_url: str
    replies: str
    replies_url: str
    tabs: tuple[Tab, ...]
    action: str
    csrf: str
    hidden: tuple[tuple[str, str], ...]
    whose: tuple[Choice, ...]
    ways: tuple[Choice, ...]
    rows: tuple[WorklistRow, ...]
    note: str
    previous_url: str
    next_url: str


def build_worklist_page(
    found: Worklist,
    wanted: Filter,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    user_id: str,
    may_take: bool,
    has_patient: bool,
    replies: tuple[int, int] = (0, 0),
) -> WorklistPage:
    """`replies` are how many need a person, and how many of those are urgent."""
    url = f"{links.base}/worklist"
    query = f"whose={wanted.whose}&channel={wanted.channel}"
    return WorklistPage(
        page=page,
        t=EN,
        back_url=links.panel if has_patient else "",
        replies=build_waiting(*replies),
        replies_url=links.replies,
        tabs=build_tabs("worklist", links),
        action=url,
        csrf=links.csrf,
        hidden=(("whose", wanted.whose), ("channel", wanted.channel)),
        whose=build_choices("whose", EN.whose_options, wanted.whose),
        ways=build_choices("channel", EN.ways, wanted.channel),
        rows=tuple(
            build_worklist_row(row, scene, links, user_id, may_take=may_take) for row in found.rows
        ),
        note=EN.in_ehr.format(ehr=scene.ehr),
        previous_url=f"{url}?{query}&page={wanted.page - 1}" if wanted.page else "",
        next_url=f"{url}?{query}&page={wanted.page + 1}" if found.has_more else "",
    )


def build_worklist_row(
    found: WorkRow, scene: Scene, links: Links, user_id: str, *, may_take: bool
) -> WorklistRow:
    row = found.outreach
    there = replace(scene, there=ZoneInfo(row.zone)) if row.zone else scene
    act = ""
    if may_take and row.channel not in ("text", "email"):
        act = "hand_back" if row.claimed_by == user_id else "" if row.claimed_by else "claim"
    return WorklistRow(
        mark_kind=lookup(ITEM.marks, row.state),
        state=lookup(ITEM.states, row.state),
        person=build_patient_line(found.patient, scene) if found.patient else EN.unknown,
        said=build_title(row),
        when=build_pair(row.due_at, there) if row.due_at else "",
        is_late=row.due_at is not None and row.due_at <= scene.now,
        holder=build_holder(row, user_id, ITEM),
        outreach_id=row.outreach_id,
        act=act,
        act_word={"claim": EN.claim, "hand_back": EN.hand_back}.get(act, ""),
        url=f"{links.base}/outreach/{row.outreach_id}" if found.is_here else "",
    )
