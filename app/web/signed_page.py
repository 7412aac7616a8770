"""Signed authorizations and Part 2 consents in the panel: the form, its save, taking one back.

Decides nothing about what a paper must say.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.clinical.facts import Patient
from app.errors import InvalidInput
from app.outreach.signed_form import SignedKind
from app.security.access import Action
from app.sync.signed_desk import parse_kind
from app.web.contact_page import load_patient, require_patient, wait_for_chart
from app.web.guard import Entry, require_entry, require_form
from app.web.outreach_page import STYLES
from app.web.responses import answer_page, redirect_to
from app.web.views.signed import build_signed_page


async def show_signed(request: Request) -> Response:
    """GET /l/<launch>/authorizations?kind=: what holds, the form of one kind, the history."""
    entry = await require_entry(request, Action.CONSENT_EDIT)
    await wait_for_chart(entry)
    chart = await entry.services.visits.open_chart(
        entry.visit, Action.CONSENT_EDIT, request_id=entry.request_id
    )
    asked = request.query_params.get("kind", "")
    kind = parse_kind(asked, entry.visit) if asked else None
    return await answer_signed(entry, require_patient(chart.stored), kind=kind)


async def save_signed(request: Request) -> Response:
    """POST: `act` save or revoke; then the page, or the form again with what is missing."""
    entry = await require_entry(request, Action.CONSENT_EDIT)
    fields = await require_form(request, entry)
    key, act = fields.get("key", ""), fields.get("act", "")
    if not 8 <= len(key) <= 64 or act not in ("save", "revoke"):
        raise InvalidInput("This form is incomplete. Open it again.")
    patient, desk = await load_patient(entry), entry.services.signed
    if act == "revoke":
        await desk.revoke(entry.visit, fields, key=key)
    else:
        outcome = await desk.save(entry.visit, fields, key=key)
        if outcome.errors:
            kind = parse_kind(fields.get("kind", ""), entry.visit)
            return await answer_signed(
                entry, patient, kind=kind, key=key, typed=fields, errors=outcome.errors
            )
    return redirect_to(entry, entry.links.signed)


async def answer_signed(
    entry: Entry,
    patient: Patient,
    *,
    kind: SignedKind | None,
    key: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    sheet = await entry.services.signed.load(entry.visit, patient)
    view = build_signed_page(
        sheet,
        patient,
        entry.scene,
        entry.links,
        page=replace(entry.page, styles=STYLES),
        key=key or secrets.token_urlsafe(16),
        kind=kind,
        typed=typed,
        errors=errors,
    )
    return answer_page(entry, view, status=422 if errors else 200)
