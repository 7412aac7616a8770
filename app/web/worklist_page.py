"""The worklist: what is due across patients, with a patient on screen or without one."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput
from app.outreach.request import CHANNELS
from app.security.access import Action, may
from app.sync.worklist import WHOSE, Filter
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import STYLES
from app.web.responses import answer_page, redirect_to
from app.web.views.worklist import build_worklist_page

MOST_PAGES = 400


async def show_worklist(request: Request) -> Response:
    """GET /l/<launch>/worklist?whose=&channel=&page=."""
    entry = await require_entry(request, Action.WORKLIST_VIEW)
    return await answer_worklist(entry, parse_filter(dict(request.query_params)))


async def act_on_worklist(request: Request) -> Response:
    """POST: take one, or hand it back; the same list again."""
    entry = await require_entry(request, Action.OUTREACH_PLAN)
    fields = await require_form(request, entry)
    wanted = parse_filter(fields)
    await entry.services.worklist.act(entry.visit, fields.get("item", ""), fields.get("act", ""))
    url = f"{entry.links.base}/worklist?whose={wanted.whose}&channel={wanted.channel}"
    return redirect_to(entry, url)


def parse_filter(asked: Mapping[str, str]) -> Filter:
    """Raises InvalidInput for what no page of ours sends."""
    whose, channel, page = (
        asked.get(n, d) for n, d in (("whose", "all"), ("channel", ""), ("page", "0"))
    )
    known = whose in WHOSE and channel in ("", *CHANNELS)
    if not known or not page.isascii() or not page.isdigit() or int(page[:9]) > MOST_PAGES:
        raise InvalidInput("This list cannot be shown.")
    return Filter(whose, channel, int(page))


async def answer_worklist(entry: Entry, wanted: Filter) -> Response:
    visit = entry.visit
    found = await entry.services.worklist.load(visit, wanted, request_id=entry.request_id)
    view = build_worklist_page(
        found,
        wanted,
        entry.scene,
        entry.links,
        page=replace(entry.page, styles=STYLES),
        user_id=visit.actor.user_id,
        may_take=may(visit.actor, Action.OUTREACH_PLAN),
        has_patient=visit.opened.patient is not None,
        replies=await entry.services.replies.count(visit),
    )
    return answer_page(entry, view)
