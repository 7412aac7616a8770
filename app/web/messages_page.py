"""Message templates and sequences for administrators: every version, new words looked at before
they are saved, approved and retired. Decides nothing about words."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.errors import InvalidInput, NotFound
from app.outreach.message import Template
from app.security.access import Action
from app.sync.rule_desk import Shelf, build_version, parse_kind
from app.web.codes_page import build_head, read_number
from app.web.guard import Entry, require_entry, require_form
from app.web.responses import answer_page, redirect_to
from app.web.views.desk import STYLES
from app.web.views.messages import WordsForm, build_messages_page, build_words_form


async def show_messages(request: Request) -> Response:
    """GET /l/<launch>/messages?key=&place=: every version; the form of one variant."""
    entry = await require_entry(request, Action.MESSAGE_EDIT)
    shelf, asked = await load(entry), request.query_params
    form = None
    if "key" in asked:
        form = build_words_form(*find_newest(shelf, asked["key"], read_number(asked, "place")))
    return answer_messages(entry, shelf, form=form)


async def act_on_message(request: Request) -> Response:
    """POST: look at new words, save them as the next version, approve one, retire one."""
    entry = await require_entry(request, Action.MESSAGE_EDIT)
    fields = await require_form(request, entry)
    act, desk = fields.get("act", ""), entry.services.rules
    if act in ("look", "save"):
        return await change_words(entry, fields, is_saved=act == "save")
    if act not in ("approve", "retire"):
        raise InvalidInput("This form cannot be read.")
    change = desk.approve if act == "approve" else desk.retire
    tenant_id, who = entry.visit.opened.tenant_id, entry.visit.actor.user_id
    kind, version = parse_kind(fields.get("kind", "")), read_number(fields, "version")
    try:
        await change(tenant_id, kind, fields.get("key", ""), version, who)
    except InvalidInput as wrong:
        return answer_messages(entry, await load(entry), problem=wrong.user_message, status=422)
    return redirect_to(entry, entry.links.messages)


async def change_words(entry: Entry, fields: Mapping[str, str], *, is_saved: bool) -> Response:
    shelf, key, place = await load(entry), fields.get("key", ""), read_number(fields, "place")
    template, place = find_newest(shelf, key, place)
    try:
        changed = build_version(shelf.versions, key, place, fields)
    except InvalidInput as exc:
        wrong = (exc.field or "text", exc.user_message)
        form = build_words_form(template, place, typed=fields, wrong=wrong)
        return answer_messages(entry, shelf, form=form, status=422)
    if not is_saved:
        form = build_words_form(template, place, typed=fields, changed=changed, rules=shelf.rules)
        return answer_messages(entry, shelf, form=form)
    tenant_id, who = entry.visit.opened.tenant_id, entry.visit.actor.user_id
    await entry.services.rules.add(tenant_id, (("template", changed),), who)
    return redirect_to(entry, entry.links.messages)


def find_newest(shelf: Shelf, key: str, place: int) -> tuple[Template, int]:
    """The newest version and a variant of it. Raises NotFound."""
    for version in shelf.versions:
        rule = version.rule
        if isinstance(rule, Template) and rule.key == key and 0 <= place < len(rule.variants):
            return rule, place
    raise NotFound("There is no such template.")


async def load(entry: Entry) -> Shelf:
    return await entry.services.rules.load(
        entry.visit.opened.tenant_id,
        entry.visit.actor.user_id,
        launch_id=entry.visit.opened.launch_id,
        request_id=entry.request_id,
    )


def answer_messages(
    entry: Entry,
    shelf: Shelf,
    *,
    form: WordsForm | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    url = entry.links.messages
    page = replace(entry.page, styles=STYLES)
    view = build_messages_page(
        shelf, build_head(entry, url), page=page, url=url, form=form, problem=problem
    )
    return answer_page(entry, view, status=status)
