"""Local codes: the queue, one code's meaning looked at before it is used, and what is taken back.

For administrators; opens no chart. Decides nothing about codes.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import Measures
from app.clinical.care_gaps.hidden import HiddenGaps
from app.errors import InvalidInput, NotFound
from app.security.access import Action
from app.store.records.codes import CodeMapping, UnmappedCode
from app.sync.code_desk import Codes, code_key, find_code
from app.sync.mappings import parse_mapping
from app.sync.remaking import Difference
from app.web.guard import Entry, require_entry, require_form
from app.web.responses import answer_page, redirect_to
from app.web.views.codes import (
    CodeShelf,
    MeaningForm,
    build_codes_page,
    build_done,
    build_form,
    build_preview,
)
from app.web.views.desk import STYLES, DeskHead, build_desk_head
from app.web.words_codes import EN

TYPED = ("target_system", "target_code", "display")


async def show_codes(request: Request) -> Response:
    """GET /l/<launch>/mappings: the queue; ?code= opens one code's form, ?history=1 the changes."""
    entry = await require_entry(request, Action.MAPPING_EDIT)
    asked = request.query_params
    codes = await entry.services.codes.load(
        entry.visit, request_id=entry.request_id, with_history="history" in asked
    )
    shelf = build_shelf(entry)
    form = None
    if "code" in asked:
        code, mapping = find_any(codes, asked["code"])
        typed = {name: asked[name] for name in TYPED if name in asked}
        form = build_form(code, shelf, typed=typed, mapping=mapping)
    done = ""
    if "done" in asked:
        charts = read_number(asked, "charts") if "charts" in asked else None
        done = build_done(charts, read_number(asked, "facts"), EN)
    return answer(entry, codes, shelf, form=form, done=done, first=read_number(asked, "first"))


async def map_code(request: Request) -> Response:
    """POST: step "look" shows what the meaning would change, step "apply" uses it."""
    entry = await require_entry(request, Action.MAPPING_EDIT)
    fields = await require_form(request, entry)
    desk = entry.services.codes
    codes = await desk.load(entry.visit, request_id=entry.request_id)
    code, _mapping = find_any(codes, fields.get("key", ""))
    shelf = build_shelf(entry)
    typed = {name: fields.get(name, "") for name in TYPED}
    try:
        mapping = parse_mapping(
            code.system, code.code, *typed.values(), resource_type=code.resource_type
        )
    except InvalidInput as wrong:
        form = build_form(code, shelf, typed=typed, wrong=(wrong.field, wrong.user_message))
        return answer(entry, codes, shelf, form=form, status=422)
    if fields.get("step") != "apply":
        seen = await desk.preview(entry.visit, mapping)
        form = build_preview(code, mapping, seen, shelf)
        return answer(entry, codes, shelf, form=form)
    return redirect(entry, shelf, await desk.apply(entry.visit, mapping))


async def settle_code(request: Request) -> Response:
    """POST: leave a code out ("ignored"), let it wait again ("open"), take its meaning away
    ("remove")."""
    entry = await require_entry(request, Action.MAPPING_EDIT)
    fields = await require_form(request, entry)
    desk, shelf = entry.services.codes, build_shelf(entry)
    codes = await desk.load(entry.visit, request_id=entry.request_id)
    key, wish = fields.get("key", ""), fields.get("to", "")
    if wish == "remove":
        return redirect(entry, shelf, await desk.remove(entry.visit, find_mapping(codes, key)))
    if wish not in ("ignored", "open"):
        raise InvalidInput("This form is incomplete. Open the page again.")
    code = find_code((*codes.waiting, *codes.left_out), key)
    await desk.settle(entry.visit, code, state=wish)
    return redirect_to(entry, shelf.url())


def answer(
    entry: Entry,
    codes: Codes,
    shelf: CodeShelf,
    *,
    form: MeaningForm | None = None,
    done: str = "",
    first: int = 0,
    status: int = 200,
) -> Response:
    head = build_head(entry, entry.links.mappings)
    page = replace(entry.page, styles=STYLES)
    view = build_codes_page(codes, shelf, head, page=page, first=first, form=form, done=done)
    return answer_page(entry, view, status=status)


def build_head(entry: Entry, url: str) -> DeskHead:
    user = entry.visit.opened.user
    return build_desk_head(
        entry.visit.actor,
        entry.scene,
        entry.links,
        EN,
        url=url,
        who=(user.name or "") if user else "",
    )


def build_shelf(entry: Entry) -> CodeShelf:
    return CodeShelf(entry.scene, EN, entry.links.base, _gaps_of(entry.services.measures))


@lru_cache(maxsize=4)
def _gaps_of(measures: Measures) -> HiddenGaps:
    """The measures are compiled once per process, and walked once."""
    return HiddenGaps(measures)


def redirect(entry: Entry, shelf: CodeShelf, found: Difference | None) -> Response:
    """To the queue, with what was changed; a reload then changes nothing again."""
    query: dict[str, str | int] = {"done": 1}
    if found is not None:
        query |= {"charts": str(found.charts), "facts": str(sum(n for _kind, n in found.facts))}
    return redirect_to(entry, shelf.url(**query))


def find_mapping(codes: Codes, key: str) -> CodeMapping:
    """Raises NotFound."""
    for mapping in codes.mappings:
        if code_key(mapping.system, mapping.code) == key:
            return mapping
    raise NotFound("This code has no meaning to take away.")


def find_any(codes: Codes, key: str) -> tuple[UnmappedCode, CodeMapping | None]:
    """A code that waits, was left out, or has a meaning already. Raises NotFound."""
    code = find_code((*codes.waiting, *codes.left_out, *codes.mapped), key)
    known = {code_key(m.system, m.code): m for m in codes.mappings}
    return code, known.get(key)


def read_number(asked: Mapping[str, str], name: str) -> int:
    """A small number of an address; 0 for anything else."""
    text = asked.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
