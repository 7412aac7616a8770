"""The worklist's other half: who is open for something that nobody has planned."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput
from app.security.access import Action, Section, may, visible_sections
from app.sync.need_desk import HOLDERS, NeedAsk
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import STYLES
from app.web.responses import answer_page, redirect_to
from app.web.views.needs import Reader, build_needs_page, write_what
from app.web.words_needs import EN

MOST_PAGES = 4000


async def show_needs(request: Request) -> Response:
    """GET /l/<launch>/needs?what=&when=&whose=&page=."""
    entry = await require_entry(request, Action.WORKLIST_VIEW)
    ask = parse_ask(dict(request.query_params), entry)
    found = await entry.services.needs.load(entry.visit, ask, request_id=entry.request_id)
    view = build_needs_page(
        found,
        ask,
        entry.scene,
        entry.links,
        page=replace(entry.page, styles=STYLES),
        reader=read_reader(entry),
        names={m.id: m.gap.name for m in entry.services.measures},
        groups=group_names(entry),
        replies=await entry.services.replies.count(entry.visit),
    )
    return answer_page(entry, view)


async def act_on_needs(request: Request) -> Response:
    """POST: take the planning for one patient, or hand it back; the same list again."""
    entry = await require_entry(request, Action.OUTREACH_PLAN)
    fields = await require_form(request, entry)
    ask = parse_ask(fields, entry)
    await entry.services.needs.act(entry.visit, fields.get("item", ""), fields.get("act", ""))
    query = urlencode({"what": write_what(ask), "when": ask.within, "whose": ask.whose})
    url = f"{entry.links.base}/needs?{query}"
    return redirect_to(entry, url)


def parse_ask(asked: Mapping[str, str], entry: Entry) -> NeedAsk:
    """Raises InvalidInput for what no page of ours sends to this reader."""
    what, when, whose, page = (
        asked.get(name, given)
        for name, given in (("what", ""), ("when", ""), ("whose", "all"), ("page", "0"))
    )
    kind, _sep, key = what.partition(":")
    known = (
        whose in HOLDERS
        and when in dict(EN.when_options)
        and is_known(kind, key, entry)
        and page.isascii()
        and page.isdigit()
    )
    if not known or int(page[:9]) > MOST_PAGES:
        raise InvalidInput("This list cannot be shown.")
    return NeedAsk(kind=kind, key=key, within=when, whose=whose, page=int(page))


def is_known(kind: str, key: str, entry: Entry) -> bool:
    """Which vaccine may be asked for only by who may see doses."""
    if kind == "gap":
        return key in entry.services.measures.ids
    if kind == "vaccine" and key:
        return read_reader(entry).sees_doses and key in group_names(entry)
    return kind in ("", "vaccine") and not key


def group_names(entry: Entry) -> tuple[str, ...]:
    return tuple(group.name for group in entry.services.immunizations.schedule.groups)


def read_reader(entry: Entry) -> Reader:
    actor = entry.visit.actor
    return Reader(
        user_id=actor.user_id,
        may_take=may(actor, Action.OUTREACH_PLAN),
        sees_doses=Section.IMMUNIZATIONS in visible_sections(actor.role),
        has_patient=entry.visit.opened.patient is not None,
    )
