"""Replies that need a person, across the tenant: the list and what is done with one. Judges
nothing and opens no chart."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput
from app.security.access import Action, may
from app.sync.reply_desk import SHOWS, Wanted
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import STYLES
from app.web.responses import answer_page, redirect_to
from app.web.views.replies import Desk, build_replies_page

MOST_PAGES = 400


async def show_replies(request: Request) -> Response:
    """GET /l/<launch>/replies?show=&page=."""
    entry = await require_entry(request, Action.REPLY_VIEW)
    return await answer_replies(entry, parse_wanted(dict(request.query_params)))


async def act_on_reply(request: Request) -> Response:
    """POST: take it, hand it back, say whose it is, plan a call back, mark it as handled."""
    entry = await require_entry(request, Action.REPLY_HANDLE)
    fields = await require_form(request, entry)
    wanted = parse_wanted(fields)
    reply_id, version = fields.get("reply", ""), fields.get("version", "")
    if not (reply_id and version.isascii() and version.isdigit() and len(version) < 9):
        raise InvalidInput("This form is incomplete. Open the list again.")
    outcome = await entry.services.replies.act(entry.visit, reply_id, int(version), fields)
    if outcome.errors:
        return await answer_replies(
            entry, wanted, wrong_id=reply_id, typed=fields, errors=outcome.errors
        )
    url = f"{entry.links.replies}?show={wanted.show}&page={wanted.page}"
    return redirect_to(entry, url)


def parse_wanted(asked: Mapping[str, str]) -> Wanted:
    """Raises InvalidInput for what no page of ours sends."""
    show, page = asked.get("show", "open"), asked.get("page", "0")
    is_number = page.isascii() and page.isdigit() and len(page) < 9
    if show not in SHOWS or not is_number or int(page) > MOST_PAGES:
        raise InvalidInput("This list cannot be shown.")
    return Wanted(show, int(page))


async def answer_replies(
    entry: Entry,
    wanted: Wanted,
    *,
    wrong_id: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    visit = entry.visit
    found = await entry.services.replies.load(visit, wanted, request_id=entry.request_id)
    desk = Desk(
        user_id=visit.actor.user_id,
        may_handle=may(visit.actor, Action.REPLY_HANDLE),
        has_patient=visit.opened.patient is not None,
        wrong_id=wrong_id,
        typed=typed or {},
        errors=errors or {},
    )
    page = replace(entry.page, styles=STYLES)
    view = build_replies_page(found, wanted, entry.scene, entry.links, page=page, desk=desk)
    return answer_page(entry, view, status=422 if errors else 200)
