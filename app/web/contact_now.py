"""The panel's first cards: the contact answer and what is planned. Fail alone, never the page.

Asks the desk and builds views; judges nothing and says nothing of what is not known.
"""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from app.clinical.chart import Chart
from app.security.access import Action, Section, may, visible_sections
from app.sync.outreach_desk import ContactNow
from app.sync.visits import Visit
from app.web.guard import Entry
from app.web.render import View
from app.web.views.answer import (
    AnswerCard,
    Permissions,
    build_answer_card,
    with_their_zone,
)
from app.web.views.panel import LoadingCard, build_failed
from app.web.views.planned import build_planned_card
from app.web.views.replies import build_replies_card
from app.web.words_answer import EN

LOG = logging.getLogger(__name__)
ANSWER_TYPES = (
    "Patient", "Encounter", "Condition", "Procedure", "ServiceRequest", "Observation", "Consent",
    "Flag",
)  # fmt: skip
"""What may speak against contact: death, hospice, who they are and where."""
STOPPING = ("deceased", "death_suspected", "do_not_contact")
ROWS = 5


@dataclass(frozen=True, slots=True)
class NowCards:
    """`answer` None when it failed or waits; `views` are what to show in any case."""

    views: tuple[View, ...]
    answer: AnswerCard | None = None


async def build_now_cards(
    entry: Entry, chart: Chart | None, loaded: Awaitable[ContactNow]
) -> NowCards:
    """`chart` None while its deciding parts are still on their way; `loaded` is what the store
    knows, and is awaited only where there is somebody to contact."""
    if chart is None:
        return NowCards((LoadingCard(EN.title, ROWS, EN.waiting),))
    if chart.patient is None:
        return NowCards(())
    try:
        return build_cards(entry, chart, await loaded)
    except Exception as exc:
        LOG.error("card contact now failed: %s", type(exc).__name__)
        return NowCards((build_failed(EN.title, entry.scene),))


def build_cards(entry: Entry, chart: Chart, now: ContactNow) -> NowCards:
    visit, patient = entry.visit, chart.patient
    if patient is None:
        return NowCards(())
    answer = entry.services.outreach.answer(visit, chart, now)
    is_stopped = answer.verdict == "stopped"
    canceled = [o for o in now.outreach if o.cancelled_because in STOPPING] if is_stopped else []
    card = build_answer_card(
        answer, patient, entry.scene, entry.links, may=build_permissions(visit), canceled=canceled
    )
    there = with_their_zone(entry.scene, answer)
    planned = build_planned_card(
        now.outreach,
        there,
        entry.links,
        may_plan=may(visit.actor, Action.OUTREACH_PLAN),
        user_id=visit.actor.user_id,
        is_stopped=is_stopped,
    )
    views: list[View] = [card, planned]
    if may(visit.actor, Action.REPLY_VIEW):
        wrote = build_replies_card(now.replies, there, entry.links, visit.actor.user_id)
        views[1:1] = [wrote] if wrote else []
    return NowCards(tuple(views), card)


def build_permissions(visit: Visit) -> Permissions:
    actor = visit.actor
    return Permissions(
        edit=may(actor, Action.CONSENT_EDIT),
        plan=may(actor, Action.OUTREACH_PLAN),
        clinical=Section.CONDITIONS in visible_sections(actor.role),
    )
