"""One write opened, what a person does about it, and the tenant's ledger. Decides nothing."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput
from app.security.access import Action, may
from app.sync.payloads.work_item import build_work_item
from app.web.codes_page import build_head
from app.web.contact_page import answer_conflict, load_patient
from app.web.guard import Entry, require_entry, require_form
from app.web.ledger_rows import STATES
from app.web.responses import answer_page, redirect_to
from app.web.views.desk import STYLES
from app.web.views.ledger_page import FILTERS, build_ledger_page
from app.web.views.write_page import build_write_page


async def show_write(request: Request) -> Response:
    """GET /l/<launch>/writes/<id>: a conflict with its choices, else the write and its history."""
    entry = await require_entry(request, Action.CONFLICT_CHOOSE)
    ledger_id = str(request.path_params["write"])
    if await entry.services.resolver.load_open(entry.visit, ledger_id):
        return await answer_conflict(entry, ledger_id, {})
    return await answer_write(entry, ledger_id)


async def answer_write(entry: Entry, ledger_id: str) -> Response:
    """The page of a write that has nothing to choose; the panel when a newer one stands for it.
    Raises NotFound for another patient's."""
    row, attempts = await entry.services.acts.load(entry.visit, ledger_id)
    past = await entry.services.resolver.load_past(entry.visit, ledger_id)
    if row.state not in STATES and not past:
        return redirect_to(entry, entry.links.panel)
    item = build_work_item(
        row.kind,
        row.intent,
        ledger_id=row.ledger_id,
        saved_at=row.created_at,
        zone=entry.visit.tenant.zone,
    )
    view = build_write_page(
        row,
        attempts,
        item,
        await load_patient(entry),
        entry.scene,
        entry.links,
        page=entry.page,
        past=past,
        may_act=may(entry.visit.actor, Action.WRITE_RETRY),
    )
    return answer_page(entry, view)


async def act_on_write(request: Request) -> Response:
    """POST /l/<launch>/writes/<id>/act: send again, hand over, or say that it is entered."""
    entry = await require_entry(request, Action.WRITE_RETRY)
    fields = await require_form(request, entry)
    ledger_id = str(request.path_params["write"])
    acts = entry.services.acts
    todo = {"again": acts.send_again, "hand_over": acts.hand_over, "entered": acts.confirm}
    act = todo.get(fields.get("do", ""))
    if act is None:
        raise InvalidInput("This form is incomplete. Open it again.")
    await act(entry.visit, ledger_id)
    url = entry.links.write(ledger_id)
    return redirect_to(entry, url)


async def show_ledger(request: Request) -> Response:
    """GET /l/<launch>/ledger?state=…: everyone's writes, without names or values."""
    entry = await require_entry(request, Action.LEDGER_VIEW)
    asked = request.query_params.get("state", "")
    chosen = asked if asked in FILTERS else ""
    rows, counts = await entry.services.acts.load_tenant(entry.visit, chosen)
    view = build_ledger_page(
        rows,
        counts,
        entry.scene,
        entry.links,
        build_head(entry, entry.links.ledger),
        page=replace(entry.page, styles=STYLES),
        chosen=chosen,
        may_act=may(entry.visit.actor, Action.WRITE_RETRY),
    )
    return answer_page(entry, view)


async def act_on_ledger(request: Request) -> Response:
    """POST: hand one write of the tenant over to a person."""
    entry = await require_entry(request, Action.WRITE_RETRY)
    fields = await require_form(request, entry)
    if fields.get("do") != "hand_over" or not fields.get("write"):
        raise InvalidInput("This form is incomplete. Open it again.")
    await entry.services.acts.hand_over_any(entry.visit, fields["write"])
    state = fields.get("state", "")
    query = f"?state={state}" if state in FILTERS else ""
    url = f"{entry.links.ledger}{query}"
    return redirect_to(entry, url)
