"""The vaccine schedule of one person. Evaluates over the stored chart; changes nothing."""

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import Gap, evaluate_gaps
from app.clinical.chart import Chart
from app.clinical.immunization import Outlook, evaluate_outlook
from app.errors import AccessDenied
from app.security.access import Action, Section, may, visible_sections
from app.web.contact_page import require_patient, wait_for_chart
from app.web.guard import Entry, require_entry
from app.web.responses import answer_page
from app.web.views.gaps_vaccines import build_plan_url
from app.web.views.schedule_page import ScheduleAsked, build_schedule_page

MEASURE = "CMS117"
"""The measure that the doses of a child's first two years feed."""


async def show_schedule(request: Request) -> Response:
    """GET /l/<launch>/vaccines. Doses are clinical: a coordinator does not see them."""
    entry = await require_entry(request, Action.CHART_VIEW)
    services, visit = entry.services, entry.visit
    if Section.IMMUNIZATIONS not in visible_sections(visit.actor.role):
        await services.visits.save_denial(visit, "vaccines.view")
        raise AccessDenied
    await wait_for_chart(entry)
    opened = await services.visits.open_chart(visit, Action.CHART_VIEW, request_id=entry.request_id)
    patient = require_patient(opened.stored)
    chart = opened.stored.chart if opened.stored else Chart()
    outlook = evaluate_outlook(chart, services.immunizations, today=visit.today)
    asked = ScheduleAsked(
        chart=chart,
        patient=patient,
        outlook=outlook,
        schedule=services.immunizations.schedule,
        measure=find_measure(entry, chart),
        plan_url=find_plan_url(entry, outlook),
    )
    view = build_schedule_page(asked, entry.scene, entry.links, page=entry.page)
    return answer_page(entry, view)


def find_outlook(entry: Entry, chart: Chart) -> Outlook:
    """What the schedule asks today and when, for a line or two; this page alone explains it."""
    tables, today = entry.services.immunizations, entry.visit.today
    return evaluate_outlook(chart, tables, today=today, explains=False)


def find_plan_url(entry: Entry, outlook: Outlook) -> str:
    """Where a contact about the next visit's doses is planned, for who may."""
    if not may(entry.visit.actor, Action.OUTREACH_PLAN):
        return ""
    return build_plan_url(outlook, entry.links)


def find_measure(entry: Entry, chart: Chart) -> Gap | None:
    """The childhood vaccines measure, where it is in use and applies to this person."""
    measures, today = entry.services.measures, entry.visit.today
    if MEASURE not in measures.ids:
        return None
    found = evaluate_gaps(chart, measures, today=today, ids=(MEASURE,))
    return next((gap for gap in found if gap.status != "not_applicable"), None)
