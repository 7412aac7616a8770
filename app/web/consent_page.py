"""Preferences and consent in the panel: the form and its save. Decides nothing about who wins."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.facts import Patient
from app.errors import InvalidInput
from app.security.access import Action
from app.web.contact_page import load_patient, require_patient, wait_for_chart
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import STYLES
from app.web.responses import answer_page, redirect_to
from app.web.views.consent_page import build_consent_page
from app.web.views.notices import Notice
from app.web.words_consent import EN


async def show_consent(request: Request) -> Response:
    """GET /l/<launch>/preferences?tab=: one number at a time."""
    entry = await require_entry(request, Action.CONSENT_EDIT)
    await wait_for_chart(entry)
    chart = await entry.services.visits.open_chart(
        entry.visit, Action.CONSENT_EDIT, request_id=entry.request_id
    )
    patient = require_patient(chart.stored)
    return await answer_sheet(entry, patient, tab=request.query_params.get("tab", ""))


async def save_consent(request: Request) -> Response:
    """POST: save, then the panel; or the form again with what to correct or what has changed."""
    entry = await require_entry(request, Action.CONSENT_EDIT)
    fields = await require_form(request, entry)
    key, tab = fields.get("key", ""), fields.get("tab", "")
    if not 8 <= len(key) <= 64:
        raise InvalidInput("This form is incomplete. Open it again.")
    patient = await load_patient(entry)
    outcome = await entry.services.consents.save(entry.visit, patient, fields, key=key)
    if outcome.errors:
        return await answer_sheet(
            entry, patient, tab=tab, key=key, typed=fields, errors=outcome.errors
        )
    if outcome.is_stale:
        notice = Notice("wait", "warn", EN.stale, EN.stale_do)
        return await answer_sheet(entry, patient, tab=tab, notice=notice)
    return redirect_to(entry, entry.links.panel)


async def answer_sheet(
    entry: Entry,
    patient: Patient,
    *,
    tab: str,
    key: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> Response:
    sheet = await entry.services.consents.load(entry.visit, patient, tab)
    view = build_consent_page(
        sheet,
        patient,
        entry.scene,
        entry.links,
        page=replace(entry.page, styles=STYLES),
        key=key or secrets.token_urlsafe(16),
        typed=typed,
        errors=errors,
        notice=notice,
    )
    return answer_page(entry, view, status=422 if errors else 409 if notice else 200)
