"""Planning a contact: the form, what would be sent and what the rules say, and its save."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import evaluate_gaps
from app.clinical.chart import Chart
from app.errors import InvalidInput
from app.outreach.plan import Reason
from app.outreach.reasons import CLOSED
from app.outreach.request import Channel
from app.security.access import Action
from app.sync.consent_cells import Place, find_standing
from app.sync.outreach_desk import Step
from app.sync.outreach_draft import Ask, find_visit, parse_ask
from app.sync.outreach_steps import has_sequence
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import Desk, open_desk, page_of
from app.web.responses import answer_page, redirect_to
from app.web.views.plan_form import build_plan_form
from app.web.views.times import build_stamp
from app.web.words import lookup
from app.web.words_outreach import EN


async def show_plan(request: Request) -> Response:
    """GET /l/<launch>/outreach/new?reason=&channel=: a contact as it would be planned."""
    entry = await require_entry(request, Action.OUTREACH_PLAN)
    desk = await open_desk(entry, Action.OUTREACH_PLAN)
    return answer_plan(entry, desk, dict(request.query_params))


async def save_plan(request: Request) -> Response:
    """POST: `act` show renders it again; else what the gate lets be is planned."""
    entry = await require_entry(request, Action.OUTREACH_PLAN)
    fields = await require_form(request, entry)
    desk = await open_desk(entry, Action.OUTREACH_PLAN)
    if fields.pop("act", "") == "show":
        return answer_plan(entry, desk, fields)
    key = fields.get("key", "")
    if not 8 <= len(key) <= 64:
        raise InvalidInput("This form is incomplete. Open it again.")
    ask, title, warning = build_ask(entry, desk, fields)
    steps = build_steps(entry, desk, ask, title)
    if warning or not all(step.draft.is_good for step in steps):
        return answer_plan(entry, desk, fields, status=422)
    await entry.services.outreach.save(entry.visit, steps, key=key)
    return redirect_to(entry, entry.links.panel)


def build_ask(entry: Entry, desk: Desk, form: Mapping[str, str]) -> tuple[Ask, str, str]:
    """(what is asked, what it is about, why there is no reason left or "")."""
    answered = entry.services.outreach.answer(entry.visit, desk.chart, desk.now)
    preferred: Channel = next(iter(answered.open_now), "call")
    ask = parse_ask(form, preferred)
    title, warning = describe(entry, desk.chart, ask.reason)
    return ask, title, warning


def describe(entry: Entry, chart: Chart, reason: Reason) -> tuple[str, str]:
    """What a reason is called, and a warning when it does not hold (any more)."""
    word = lookup(EN.reasons, reason.kind)
    if reason.kind == "visit":
        visit = find_visit(chart, reason)
        start = visit.when.start if visit else None
        return (f"{word}, {build_stamp(start.at, entry.scene)}" if start else word), ""
    if reason.kind != "gap":
        return word, ""
    measures = entry.services.measures
    if reason.key not in measures.ids:
        raise InvalidInput("This care gap is not known.")
    gap = evaluate_gaps(chart, measures, today=entry.visit.today, ids=(reason.key,))[0]
    warning = ""
    if str(gap.status) in CLOSED:
        status = lookup(EN.statuses, str(gap.status))
        warning = EN.reason_gone.format(name=gap.name, status=status)
    return gap.name, warning


def build_steps(entry: Entry, desk: Desk, ask: Ask, title: str) -> tuple[Step, ...]:
    outreach = entry.services.outreach
    frame = outreach.frame(entry.visit, desk.chart, desk.now, ask, title, desk.rules)
    return outreach.draft(ask, frame)


def answer_plan(
    entry: Entry, desk: Desk, form: Mapping[str, str], *, status: int = 200
) -> Response:
    ask, title, warning = build_ask(entry, desk, form)
    outreach = entry.services.outreach
    view = build_plan_form(
        build_steps(entry, desk, ask, title),
        outreach.answer(entry.visit, desk.chart, desk.now, purpose=ask.purpose),
        desk.patient,
        entry.scene,
        entry.links,
        page=page_of(entry),
        key=form.get("key", "") or secrets.token_urlsafe(16),
        ask=ask,
        templates=desk.rules.templates,
        has_sequence=has_sequence(ask.reason, desk.rules),
        title=title,
        warning=warning,
        may_voicemail=may_voicemail(entry, desk, ask),
    )
    if ask.reason.kind == "manual":
        view = replace(view, visits=list_visits(entry, desk.chart))
    return answer_page(entry, view, status=status)


def list_visits(entry: Entry, chart: Chart) -> tuple[tuple[str, str], ...]:
    """(words, address) to plan a reminder, with its calendar invitation, of each booked visit."""
    found = []
    for visit in chart.appointments:
        start = visit.when.start
        if visit.is_booked and start is not None and start.at > entry.visit.now:
            word = f"{lookup(EN.reasons, 'visit')}, {build_stamp(start.at, entry.scene)}"
            found.append((start.at, word, entry.links.plan(f"visit:{visit.id}")))
    return tuple((word, url) for _at, word, url in sorted(found))


def may_voicemail(entry: Entry, desk: Desk, ask: Ask) -> bool:
    """Whether a yes to voice mail is on record for a number of theirs."""
    numbers = {e.address for e in desk.now.facts.consents if e.channel == "voicemail"}
    places = (Place("", "", {"voicemail": number}) for number in numbers)
    cell = (ask.purpose, "voicemail")
    held = desk.now.facts.consents
    return any(find_standing(held, p, cell, entry.visit.now).state == "agreed" for p in places)
