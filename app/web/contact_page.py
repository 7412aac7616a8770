"""Editing contact details: the form, the save, and what a person chooses after a conflict.

Values come from facts and the ledger; nothing is decided here about who wins.
"""

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.facts import Patient
from app.errors import InvalidInput, NotFound
from app.outreach.contact import FIELDS
from app.security.access import Action
from app.store.records.charts import StoredChart
from app.store.records.conflicts import Conflict
from app.sync.resolve import Choice, Typed
from app.sync.write_route import NOT_SENT, PATIENT_PLANS
from app.web.guard import Entry, require_entry, require_form
from app.web.responses import answer_page, redirect_to
from app.web.views.conflict import ClashRow, build_conflict_page, name_typed
from app.web.views.edit import build_edit_page

CHOICES: Mapping[str, Choice] = {"ours": "ours", "theirs": "theirs"}
BASE = "base_"
"""Prefix of the hidden fields that say which values the form showed."""


async def show_contact(request: Request) -> Response:
    """GET /l/<launch>/contact: the form with what the EHR holds, and what was saved here since."""
    entry = await require_entry(request, Action.CONTACT_EDIT)
    await wait_for_chart(entry)
    chart = await entry.services.visits.open_chart(
        entry.visit, Action.CONTACT_EDIT, request_id=entry.request_id
    )
    patient = require_patient(chart.stored)
    values = await entry.services.desk.load_values(entry.visit, patient)
    return await answer_form(entry, patient, values, key=secrets.token_urlsafe(16))


async def save_contact(request: Request) -> Response:
    """POST: save and write back, then the panel; or the form again with what to correct."""
    entry = await require_entry(request, Action.CONTACT_EDIT)
    fields = await require_form(request, entry)
    key = fields.get("key", "")
    if not 8 <= len(key) <= 64:
        raise InvalidInput("This form is incomplete. Open it again.")
    base = {f: fields.get(BASE + f, "") for f in FIELDS}
    typed = {f: fields[f] for f in FIELDS if f in fields}
    outcome = await entry.services.desk.save(entry.visit, form=typed, base=base, key=key)
    if outcome.errors:
        patient = await load_patient(entry)
        return await answer_form(entry, patient, base, key=key, typed=typed, errors=outcome.errors)
    return redirect_to(entry, entry.links.panel)


async def wait_for_chart(entry: Entry) -> None:
    """Until what this launch reads is kept; not for long."""
    services = entry.services
    limit = services.settings.patience.read_s
    await services.charts.wait_kept(entry.visit.opened, timeout_s=limit)


async def answer_form(
    entry: Entry,
    patient: Patient,
    values: Mapping[str, str],
    *,
    key: str,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    """The form; with `errors` it keeps every character that was typed."""
    hidden = [("key", key), *((BASE + f, values.get(f, "")) for f in FIELDS)]
    plan, _reason = await entry.services.desk.plan(entry.visit, "contact_detail")
    view = build_edit_page(
        patient,
        entry.scene,
        entry.links,
        page=entry.page,
        values=values,
        typed=typed,
        errors=errors,
        hidden=hidden,
        accepts=plan in PATIENT_PLANS,
        leaves_note=plan not in PATIENT_PLANS | NOT_SENT,
    )
    return answer_page(entry, view, status=422 if errors else 200)


async def choose_write(request: Request) -> Response:
    """POST: what the person chose, field by field; every field must be chosen."""
    entry = await require_entry(request, Action.CONFLICT_CHOOSE)
    fields = await require_form(request, entry)
    ledger_id = str(request.path_params["write"])
    conflicts = await entry.services.resolver.load_open(entry.visit, ledger_id)
    choices: dict[str, Choice] = {}
    for conflict in conflicts:
        chosen = fields.get(f"choose_{conflict.field}", "")
        if chosen in CHOICES:
            choices[conflict.field] = CHOICES[chosen]
    if len(choices) < len(conflicts):
        return await answer_conflict(entry, ledger_id, choices, is_incomplete=True)
    await entry.services.resolver.choose(entry.visit, ledger_id, choices)
    return redirect_to(entry, entry.links.panel)


async def answer_conflict(
    entry: Entry, ledger_id: str, choices: Mapping[str, Choice], *, is_incomplete: bool = False
) -> Response:
    conflicts = await entry.services.resolver.load_open(entry.visit, ledger_id)
    if not conflicts:
        return redirect_to(entry, entry.links.panel)
    patient = await load_patient(entry)
    clear = await entry.services.resolver.count_clear(entry.visit, ledger_id)
    typed = await entry.services.resolver.load_typed(entry.visit, ledger_id)
    view = build_conflict_page(
        [build_clash(c, choices, typed) for c in conflicts],
        patient,
        entry.scene,
        entry.links,
        page=entry.page,
        ledger_id=ledger_id,
        clear=clear,
        is_incomplete=is_incomplete,
    )
    return answer_page(entry, view, status=422 if is_incomplete else 200)


def build_clash(conflict: Conflict, choices: Mapping[str, Choice], typed: Typed) -> ClashRow:
    return ClashRow(
        field=conflict.field,
        before=str(conflict.base),
        ours=str(conflict.ours),
        theirs=str(conflict.theirs),
        ours_by=name_typed(typed),
        ours_at=typed.at,
        theirs_by=conflict.theirs_by,
        theirs_at=conflict.theirs_at,
        theirs_is_exact=conflict.theirs_is_exact,
        chosen=choices.get(conflict.field, ""),
    )


async def load_patient(entry: Entry) -> Patient:
    """The patient as stored; NotFound before the first reading has been kept."""
    stored = await entry.services.charts.load_stored(entry.visit.opened)
    return require_patient(stored)


def require_patient(stored: StoredChart | None) -> Patient:
    if stored is None or stored.chart.patient is None:
        raise NotFound("The patient's record has not been read yet. Go back and try again.")
    return stored.chart.patient
