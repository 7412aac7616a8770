"""The care gaps card from a whole chart: verdicts, what people set aside, and the vaccines' row."""

from collections.abc import Sequence
from functools import lru_cache

from app.clinical.care_gaps import Measures, evaluate_gaps
from app.clinical.chart import Chart
from app.clinical.immunization import Outlook
from app.security.access import Action, Section, may, visible_sections
from app.store.records.gap_decisions import GapDecision
from app.web.guard import Entry
from app.web.views.gaps import GapsCard, build_gaps_card
from app.web.views.gaps_vaccines import build_vaccine_row


@lru_cache(maxsize=4)
def find_gap_types(measures: Measures) -> tuple[str, ...]:
    """Resource types without which the card cannot be drawn."""
    return ("Patient", *measures.resources())


async def load_gaps_card(
    entry: Entry, chart: Chart, outlook: Outlook, found: Sequence[GapDecision]
) -> GapsCard:
    """Evaluates, and ends those of the decisions `found` that no longer stand."""
    services, visit, scene = entry.services, entry.visit, entry.scene
    gaps = evaluate_gaps(chart, services.measures, today=visit.today, for_list=True)
    sections = visible_sections(visit.actor.role)
    may_plan = may(visit.actor, Action.OUTREACH_PLAN)
    may_see_doses = Section.IMMUNIZATIONS in sections
    return build_gaps_card(
        gaps,
        scene,
        entry.links,
        may_look=Section.GAP_EVIDENCE in sections,
        aside=await services.gaps.load(visit, chart, gaps) if found else {},
        vaccines=build_vaccine_row(
            outlook, gaps, scene, entry.links, may_look=may_see_doses, may_plan=may_plan
        ),
        may_plan=may_plan,
    )
