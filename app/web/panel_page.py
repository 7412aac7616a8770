"""The panel's requests: show it, read the EHR again, the write track alone. Streams by
panel_stream; decides nothing."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from app.errors import AccessDenied
from app.security.access import Action
from app.sync.visits import Visit
from app.web.guard import require_entry, require_form
from app.web.ledger_rows import build_rows
from app.web.panel_stream import Panel
from app.web.responses import answer_page, redirect_to
from app.web.views.desk import list_tabs
from app.web.views.links import Links
from app.web.views.sent import build_sent
from app.web.words_codes import EN as CODE_WORDS


async def show_panel(request: Request) -> Response:
    """GET /l/<launch>/: recorded before the first byte, then streamed. Who may see no chart but
    has other work here is led to it."""
    try:
        entry = await require_entry(request, Action.CHART_VIEW)
    except AccessDenied:
        visit: Visit = request.state.visit
        pages = list_tabs(visit.actor, Links(f"/l/{visit.segment}"), CODE_WORDS)
        if not pages:
            raise
        return RedirectResponse(pages[0][1], status_code=303)
    services, visit = entry.services, entry.visit
    if visit.opened.patient is None:
        url = f"{entry.links.base}/worklist"
        return redirect_to(entry, url)
    reading = await services.charts.begin(visit.opened)
    was_done = reading.is_done()
    chart = await services.visits.open_chart(visit, Action.CHART_VIEW, request_id=entry.request_id)
    rows = services.desk.resume(visit, chart.ledger)
    panel = Panel(entry, reading, chart.stored, rows, is_current=was_done)
    return StreamingResponse(
        panel.stream(), headers=entry.headers(), media_type="text/html; charset=utf-8"
    )


async def refresh_panel(request: Request) -> Response:
    """POST /l/<launch>/refresh: read the EHR again, then show it."""
    entry = await require_entry(request, Action.CHART_REFRESH)
    await require_form(request, entry)
    await entry.services.charts.begin_again(entry.visit.opened)
    limit = entry.services.settings.patience.refresh_s
    await entry.services.charts.wait_kept(entry.visit.opened, timeout_s=limit)
    return redirect_to(entry, entry.links.panel)


async def show_sent(request: Request) -> Response:
    """GET /l/<launch>/sent: the write track alone, for the script that follows it."""
    entry = await require_entry(request, Action.CHART_VIEW)
    rows = await entry.services.desk.load_rows(entry.visit)
    view = build_sent(build_rows(rows, entry.scene, entry.links), entry.scene, entry.links)
    return answer_page(entry, view)
