"""A patient's contacts: the list, one of them, its letter and invitation. Judges nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.chart import Chart
from app.clinical.facts import Patient
from app.errors import InvalidInput, NotFound
from app.outreach.plan import Reason
from app.security.access import Action, may
from app.sync.invitation import build_invitation
from app.sync.outreach_desk import BY_PEOPLE, ContactNow
from app.sync.outreach_draft import find_visit
from app.sync.outreach_work import Item
from app.sync.reschedule import move_contact
from app.sync.rule_files import ContactRules
from app.sync.tenant_rules import read_clinic
from app.web.contact_page import require_patient, wait_for_chart
from app.web.guard import Entry, require_entry, require_form
from app.web.ledger_rows import STATES, build_row
from app.web.responses import answer_page, redirect_to
from app.web.views.letter import build_letter
from app.web.views.outreach_item import Move, build_item_page, build_list_page
from app.web.views.page import Page
from app.web.views.sent import LedgerRow
from app.web.views.thread import build_thread

STYLES = ("chartside.css", "outreach.css")


@dataclass(frozen=True, slots=True)
class Desk:
    """The chart on screen and what is held of the person."""

    chart: Chart
    patient: Patient
    now: ContactNow
    rules: ContactRules


async def show_outreach(request: Request) -> Response:
    """GET /l/<launch>/outreach: every contact planned or made, the latest first."""
    entry = await require_entry(request, Action.OUTREACH_VIEW)
    desk = await open_desk(entry, Action.OUTREACH_VIEW)
    may_plan = may(entry.visit.actor, Action.OUTREACH_PLAN)
    view = build_list_page(
        desk.now.outreach,
        desk.patient,
        entry.scene,
        entry.links,
        page=page_of(entry),
        may_plan=may_plan,
    )
    return answer_page(entry, view)


async def show_item(request: Request) -> Response:
    """GET /l/<launch>/outreach/<id>."""
    entry = await require_entry(request, Action.OUTREACH_VIEW)
    return await answer_item(entry, str(request.path_params["item"]))


async def act_on_item(request: Request) -> Response:
    """POST: take it, hand it back, begin, say how it ended, cancel."""
    entry = await require_entry(request, Action.OUTREACH_PLAN)
    fields = await require_form(request, entry)
    item_id = str(request.path_params["item"])
    if fields.get("act") == "move":
        return await move_item(entry, item_id, fields)
    problem = await entry.services.work.act(entry.visit, item_id, fields)
    if problem:
        return await answer_item(entry, item_id, problem=problem)
    url = f"{entry.links.base}/outreach/{item_id}"
    return redirect_to(entry, url)


async def move_item(entry: Entry, item_id: str, fields: Mapping[str, str]) -> Response:
    """To another time, if the gate lets it; else the page with what was typed and why not."""
    typed = {name: fields.get(name, "") for name in ("day", "clock")}
    try:
        problem = await move_contact(entry.services.outreach, entry.visit, item_id, fields)
    except InvalidInput as wrong:
        if wrong.field is None:
            raise
        return await answer_item(entry, item_id, move={**typed, "error": wrong.user_message})
    if problem:
        return await answer_item(entry, item_id, move={**typed, "error": problem})
    url = f"{entry.links.base}/outreach/{item_id}"
    return redirect_to(entry, url)


async def show_letter(request: Request) -> Response:
    """GET: the letter to print."""
    entry = await require_entry(request, Action.OUTREACH_VIEW)
    desk = await open_desk(entry, Action.OUTREACH_VIEW)
    item = await entry.services.work.load(entry.visit, str(request.path_params["item"]))
    if item.outreach.channel != "letter" or not item.outreach.content.body:
        raise NotFound
    view = build_letter(
        item.outreach,
        desk.patient,
        entry.scene,
        page=page_of(entry),
        back_url=f"{entry.links.base}/outreach/{item.outreach.outreach_id}",
        clinic=clinic_of(entry),
    )
    return answer_page(entry, view)


async def show_invitation(request: Request) -> Response:
    """GET: the visit that this contact is about, for a calendar."""
    entry = await require_entry(request, Action.OUTREACH_VIEW)
    desk = await open_desk(entry, Action.OUTREACH_VIEW)
    item = await entry.services.work.load(entry.visit, str(request.path_params["item"]))
    row = item.outreach
    if row.reason_kind != "visit":
        raise NotFound
    clinic = clinic_of(entry)
    body = build_invitation(
        find_visit(desk.chart, Reason("visit", row.reason_key)),
        uid=row.outreach_id,
        place=clinic.get("name", ""),
        address=clinic.get("address", ""),
        now=entry.visit.now,
    )
    disposition = {"Content-Disposition": 'attachment; filename="visit.ics"'}
    return Response(body, headers=entry.headers() | disposition, media_type="text/calendar")


async def open_desk(entry: Entry, action: Action) -> Desk:
    """The stored chart, on record as looked at, and what is held of the person."""
    await wait_for_chart(entry)
    opened = await entry.services.visits.open_chart(
        entry.visit, action, request_id=entry.request_id
    )
    patient = require_patient(opened.stored)
    if opened.stored is None:
        raise NotFound
    now = await entry.services.outreach.load_now(entry.visit, ledger=opened.ledger)
    rules = await entry.services.outreach.load_rules(entry.visit)
    return Desk(opened.stored.chart, patient, now, rules)


async def answer_item(
    entry: Entry, item_id: str, *, problem: str = "", move: Mapping[str, str] | None = None
) -> Response:
    """`move` is a new time as it was typed, with `error`."""
    desk = await open_desk(entry, Action.OUTREACH_VIEW)
    item = await entry.services.work.load(entry.visit, item_id)
    row = item.outreach
    if item.replies:
        await entry.services.visits.save_act(
            entry.visit, str(Action.REPLY_VIEW), request_id=entry.request_id
        )
    by_hand = row.channel in BY_PEOPLE and row.state in ("scheduled", "due")
    view = build_item_page(
        item,
        desk.patient,
        entry.scene,
        entry.links,
        page=page_of(entry),
        user_id=entry.visit.actor.user_id,
        may_plan=may(entry.visit.actor, Action.OUTREACH_PLAN),
        write=build_write(item, entry),
        now=await entry.services.work.judge_now(entry.visit, row) if by_hand else None,
        problem=problem,
        thread=build_thread(item, entry.scene, entry.visit.actor.user_id),
    )
    if move is not None:
        view = replace(view, move=Move(True, **move))
    return answer_page(entry, view, status=409 if problem else 422 if move else 200)


def build_write(item: Item, entry: Entry) -> LedgerRow | None:
    if item.write is None or item.write.state not in STATES:
        return None
    return build_row(item.write, entry.scene, entry.links)


def clinic_of(entry: Entry) -> Mapping[str, str]:
    """The practice as letters and messages name it."""
    return read_clinic(entry.visit.tenant.settings)


def page_of(entry: Entry) -> Page:
    return replace(entry.page, styles=STYLES)
