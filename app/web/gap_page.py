"""One care gap opened: evidence and rule path. Evaluates over the stored chart; changes nothing."""

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import evaluate_gaps
from app.errors import AccessDenied, NotFound
from app.security.access import Action, Section, visible_sections
from app.web.contact_page import READ_WAIT_S, require_patient
from app.web.guard import require_entry
from app.web.vaccine_page import MEASURE, find_outlook
from app.web.views.gap_page import build_gap_page


async def show_gap(request: Request) -> Response:
    """GET /l/<launch>/gaps/<measure>. The evidence is clinical: a coordinator sees names only."""
    entry = await require_entry(request, Action.CHART_VIEW)
    services, visit = entry.services, entry.visit
    if Section.GAP_EVIDENCE not in visible_sections(visit.actor.role):
        await services.visits.save_denial(visit, "gap.evidence")
        raise AccessDenied
    await services.charts.wait_kept(visit.opened, timeout_s=READ_WAIT_S)
    opened = await services.visits.open_chart(visit, Action.CHART_VIEW, request_id=entry.request_id)
    patient = require_patient(opened.stored)
    measure = str(request.path_params["measure"])
    if opened.stored is None or measure not in services.measures.ids:
        raise NotFound
    chart = opened.stored.chart
    gap = evaluate_gaps(chart, services.measures, today=visit.today, ids=(measure,))[0]
    view = build_gap_page(
        gap,
        chart,
        patient,
        entry.scene,
        entry.links,
        page=entry.page,
        outlook=find_outlook(entry, chart) if measure == MEASURE else None,
    )
    return Response(
        services.renderer.render(view),
        headers=entry.headers(),
        media_type="text/html; charset=utf-8",
    )
