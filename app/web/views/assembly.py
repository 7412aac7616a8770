"""A whole panel from a whole chart, in the order in which it streams. For pages that have all
their data at hand; a streamed page calls the same builders one by one."""

from collections.abc import Sequence

from app.clinical.chart import Chart
from app.web.views.answer import AnswerCard
from app.web.views.conditions import build_conditions
from app.web.views.contact import ContactCard, PendingEdit, build_contact_card
from app.web.views.gaps import GapsCard
from app.web.views.identity import build_freshness, build_identity
from app.web.views.links import Links
from app.web.views.lists import ListCard
from app.web.views.medicines import build_medicines
from app.web.views.notices import build_part_failed, build_record_notices
from app.web.views.page import Page
from app.web.views.panel import (
    FactsHead,
    NoticesPart,
    PanelHead,
    PanelTail,
    SecondPane,
    StripCard,
    build_facts_head,
    build_head,
    build_strip,
    build_tail,
)
from app.web.views.planned import PlannedCard
from app.web.views.results import ResultsCard, build_results
from app.web.views.scene import Scene
from app.web.views.schedule_card import NextVaccines
from app.web.views.sent import LedgerRow, SentCard, build_sent
from app.web.views.vaccines import VaccinesCard, build_vaccines
from app.web.views.visits import VisitsCard, build_visits

PanelView = (
    PanelHead
    | ContactCard
    | StripCard
    | AnswerCard
    | PlannedCard
    | SentCard
    | NoticesPart
    | SecondPane
    | GapsCard
    | FactsHead
    | ResultsCard
    | ListCard
    | VaccinesCard
    | VisitsCard
    | PanelTail
)


def build_panel(
    chart: Chart,
    scene: Scene,
    links: Links,
    *,
    page: Page,
    who: str = "",
    ledger: Sequence[LedgerRow] = (),
    edits: Sequence[PendingEdit] = (),
    banner: bool = True,
    may_edit: bool = True,
    open_url: str = "",
    now: Sequence[AnswerCard | PlannedCard] = (),
    gaps: GapsCard | None = None,
    following: NextVaccines | None = None,
) -> tuple[PanelView, ...]:
    """Every part, ready to be rendered one after the other; `now` are the first cards,
    `following` what the vaccine schedule asks next."""
    freshness = build_freshness(chart.searches, scene)
    identity = build_identity(chart.patient, scene, freshness=freshness, banner=banner)
    contact = build_contact_card(chart, scene, links, edits=edits, may_edit=may_edit)
    sent = build_sent(ledger, scene, links)
    notices = build_record_notices(chart.patient, scene)
    notices += build_part_failed(chart.searches, scene, links)
    read_at = min((s.read_at for s in chart.searches), default=None)
    return (
        build_head(page, identity, scene, links, notices=notices),
        *now,
        contact,
        build_strip(contact, sent, open_url=open_url or links.panel, now=find_answer(now)),
        sent,
        SecondPane(),
        *((gaps,) if gaps else ()),
        build_facts_head(chart.searches, scene),
        build_results(chart, scene),
        build_conditions(chart, scene),
        build_medicines(chart, scene),
        build_vaccines(chart, scene, following=following),
        build_visits(chart, scene),
        build_tail(scene, who=who, freshness=freshness, read_at=read_at, links=links),
    )


def find_answer(now: Sequence[AnswerCard | PlannedCard]) -> AnswerCard | None:
    return next((card for card in now if isinstance(card, AnswerCard)), None)
