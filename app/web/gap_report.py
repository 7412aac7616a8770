"""The gaps of one person as a Da Vinci DEQM document over HTTP. Evaluates and audits; saves
nothing and sends nothing to anyone but who asks."""

import uuid

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.clinical.care_gaps import Letterhead, build_deqm_bundle, evaluate_lines
from app.clinical.care_gaps.evaluated import build_resources
from app.clinical.care_gaps.verdicts import is_in_force, year_of
from app.clinical.chart import Chart
from app.errors import AccessDenied, NotFound
from app.security.access import Action, Section, visible_sections
from app.web.contact_page import require_patient, wait_for_chart
from app.web.guard import Entry, require_entry

FHIR_JSON = "application/fhir+json"
FILE_NAME = "gaps-in-care.json"


async def answer_report(request: Request) -> Response:
    """GET /l/<launch>/gaps.json: this calendar year's gaps, for who may see their evidence.

    Nothing is reported of somebody who has died.
    """
    entry = await require_entry(request, Action.CHART_VIEW)
    services, visit = entry.services, entry.visit
    if Section.GAP_EVIDENCE not in visible_sections(visit.actor.role):
        await services.visits.save_denial(visit, "gap.report")
        raise AccessDenied
    await wait_for_chart(entry)
    opened = await services.visits.open_chart(visit, Action.CHART_VIEW, request_id=entry.request_id)
    patient = require_patient(opened.stored)
    if opened.stored is None or patient.deceased.state == "deceased":
        raise NotFound
    await services.visits.save_act(visit, "gap.reported", request_id=entry.request_id)
    return Response(
        msgspec.json.encode(build_report(entry, opened.stored.chart)),
        headers=entry.headers() | {"Content-Disposition": f'inline; filename="{FILE_NAME}"'},
        media_type=FHIR_JSON,
    )


def build_report(entry: Entry, chart: Chart) -> dict[str, object]:
    """Every measure in force today that is known; what is not known has no code in the guide."""
    services, visit = entry.services, entry.visit
    wanted = [m for m in services.measures if is_in_force(m, visit.today)]
    period = year_of(visit.today)
    lines = evaluate_lines(chart, services.measures, wanted, period)
    return build_deqm_bundle(
        list(zip(wanted, lines, strict=True)),
        build_resources(chart, lines),
        period=period,
        letterhead=Letterhead(
            generated=visit.now,
            identifier=uuid.uuid4().urn,
            base=f"{services.settings.public_base_url}/fhir",
        ),
    )
