"""One care gap opened: evidence and rule path, and what a person decides about it.

Evaluates over the stored chart; saves decisions through the gap desk, nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import Gap, evaluate_gaps
from app.clinical.care_gaps.decisions import Refused
from app.clinical.chart import Chart
from app.clinical.facts import Patient
from app.errors import AccessDenied, NotFound
from app.security.access import Action, Section, may, visible_sections
from app.web.contact_page import require_patient, wait_for_chart
from app.web.guard import Entry, require_entry, require_form
from app.web.responses import answer_page, redirect_to
from app.web.vaccine_page import MEASURE, find_outlook
from app.web.views.gap_page import Decided, build_gap_page
from app.web.views.gaps_aside import build_aside_forms

NO_FORM: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class OpenedGap:
    """A gap over the chart as it is stored now."""

    gap: Gap
    chart: Chart
    patient: Patient


async def show_gap(request: Request) -> Response:
    """GET /l/<launch>/gaps/<measure>. The evidence is clinical: a coordinator sees names only."""
    entry = await require_entry(request, Action.CHART_VIEW)
    return await answer_gap(entry, await open_gap(entry, request), NO_FORM, None)


async def decide_gap(request: Request) -> Response:
    """POST: set the gap aside, then its page; or the form again with what to correct."""
    entry = await require_entry(request, Action.GAP_DISMISS)
    form = await require_form(request, entry)
    opened = await open_gap(entry, request)
    refused = await entry.services.gaps.decide(entry.visit, opened.chart, opened.gap, form)
    if refused is not None:
        return await answer_gap(entry, opened, form, refused)
    return redirect_to(entry, opened.gap.measure)


async def undo_gap(request: Request) -> Response:
    """POST: what was set aside comes back."""
    entry = await require_entry(request, Action.GAP_DISMISS)
    await require_form(request, entry)
    measure = str(request.path_params["measure"])
    await entry.services.gaps.undo(entry.visit, measure)
    return redirect_to(entry, entry.links.gap(measure))


async def open_gap(entry: Entry, request: Request) -> OpenedGap:
    """Raises AccessDenied without the right to evidence, NotFound for what is no measure here."""
    services, visit = entry.services, entry.visit
    if Section.GAP_EVIDENCE not in visible_sections(visit.actor.role):
        await services.visits.save_denial(visit, "gap.evidence")
        raise AccessDenied
    await wait_for_chart(entry)
    opened = await services.visits.open_chart(visit, Action.CHART_VIEW, request_id=entry.request_id)
    patient = require_patient(opened.stored)
    measure = str(request.path_params["measure"])
    if opened.stored is None or measure not in services.measures.ids:
        raise NotFound
    chart = opened.stored.chart
    found = evaluate_gaps(chart, services.measures, today=visit.today, ids=(measure,))
    if not found:
        raise NotFound("This measure is not in force today.")
    return OpenedGap(found[0], chart, patient)


async def answer_gap(
    entry: Entry, opened: OpenedGap, form: Mapping[str, str], refused: Refused | None
) -> Response:
    """The page; with `refused` it keeps what was chosen and says what to correct."""
    gap, chart = opened.gap, opened.chart
    view = build_gap_page(
        gap,
        chart,
        opened.patient,
        entry.scene,
        entry.links,
        page=entry.page,
        outlook=find_outlook(entry, chart) if gap.measure == MEASURE else None,
        decided=await load_decided(entry, opened, form, refused),
    )
    return answer_page(entry, view, status=422 if refused else 200)


async def load_decided(
    entry: Entry, opened: OpenedGap, form: Mapping[str, str], refused: Refused | None
) -> Decided:
    """What stands, and the forms for who may decide about a gap that is open or not known."""
    gap, desk, visit = opened.gap, entry.services.gaps, entry.visit
    aside = (await desk.load(visit, opened.chart, (gap,))).get(gap.measure)
    may_decide = may(visit.actor, Action.GAP_DISMISS)
    forms = None
    if may_decide and aside is None and gap.status in ("open", "unknown"):
        seen = await desk.evidence(visit, opened.chart, gap)
        forms = build_aside_forms(
            gap.measure, seen.key, entry.scene, entry.links, typed=form, refused=refused
        )
    is_changed = refused is not None and "seen" in refused.errors
    can_plan = gap.status == "open" and aside is None and may(visit.actor, Action.OUTREACH_PLAN)
    plan_url = entry.links.plan(f"gap:{gap.measure}") if can_plan else ""
    return Decided(aside, may_decide, forms, is_changed, plan_url)
