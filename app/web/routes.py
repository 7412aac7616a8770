"""The whole URL table on one screen, each chart route with the action it needs.

`ROUTE_ACTIONS` is what a test compares with the access matrix: None means open to everyone.
"""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app.errors import AppError
from app.security.access import Action
from app.security.stop_links import PATH as STOP
from app.settings import Settings
from app.web import errors
from app.web.codes_page import map_code, settle_code, show_codes
from app.web.consent_page import save_consent, show_consent
from app.web.contact_page import choose_write, save_contact, show_contact
from app.web.gap_page import decide_gap, show_gap, undo_gap
from app.web.gap_report import answer_report
from app.web.guard import require_entry, require_form, services_of
from app.web.look_page import show_look
from app.web.messages_page import act_on_message, show_messages
from app.web.needs_page import act_on_needs, show_needs
from app.web.outreach_page import (
    act_on_item,
    show_invitation,
    show_item,
    show_letter,
    show_outreach,
)
from app.web.panel_page import refresh_panel, show_panel, show_sent
from app.web.plan_page import save_plan, show_plan
from app.web.quality_page import save_quality, show_quality
from app.web.render import Renderer
from app.web.replies_page import act_on_reply, show_replies
from app.web.signed_page import save_signed, show_signed
from app.web.stop_page import show_stop, stop_mail
from app.web.styleguide import build_styleguide_routes
from app.web.vaccine_page import show_schedule
from app.web.views.look import LOOK_PATH
from app.web.worklist_page import act_on_worklist, show_worklist
from app.web.write_page import act_on_ledger, act_on_write, show_ledger, show_write
from launch.browser import read_browser
from launch.cookies import build_removal, session_cookie_name
from launch.errors import LaunchError
from launch.routes import build_launch_routes
from launch.service import LaunchService

CHART_ROUTES = (
    ("panel", "GET", "/l/{launch}/", show_panel, Action.CHART_VIEW),
    ("refresh", "POST", "/l/{launch}/refresh", refresh_panel, Action.CHART_REFRESH),
    ("sent", "GET", "/l/{launch}/sent", show_sent, Action.CHART_VIEW),
    ("contact", "GET", "/l/{launch}/contact", show_contact, Action.CONTACT_EDIT),
    ("save_contact", "POST", "/l/{launch}/contact", save_contact, Action.CONTACT_EDIT),
    ("consent", "GET", "/l/{launch}/preferences", show_consent, Action.CONSENT_EDIT),
    ("save_consent", "POST", "/l/{launch}/preferences", save_consent, Action.CONSENT_EDIT),
    ("signed", "GET", "/l/{launch}/authorizations", show_signed, Action.CONSENT_EDIT),
    ("save_signed", "POST", "/l/{launch}/authorizations", save_signed, Action.CONSENT_EDIT),
    ("outreach", "GET", "/l/{launch}/outreach", show_outreach, Action.OUTREACH_VIEW),
    ("plan", "GET", "/l/{launch}/outreach/new", show_plan, Action.OUTREACH_PLAN),
    ("save_plan", "POST", "/l/{launch}/outreach", save_plan, Action.OUTREACH_PLAN),
    ("item", "GET", "/l/{launch}/outreach/{item}", show_item, Action.OUTREACH_VIEW),
    ("act", "POST", "/l/{launch}/outreach/{item}", act_on_item, Action.OUTREACH_PLAN),
    ("letter", "GET", "/l/{launch}/outreach/{item}/letter", show_letter, Action.OUTREACH_VIEW),
    (
        "invitation",
        "GET",
        "/l/{launch}/outreach/{item}/invitation.ics",
        show_invitation,
        Action.OUTREACH_VIEW,
    ),
    ("worklist", "GET", "/l/{launch}/worklist", show_worklist, Action.WORKLIST_VIEW),
    ("take", "POST", "/l/{launch}/worklist", act_on_worklist, Action.OUTREACH_PLAN),
    ("replies", "GET", "/l/{launch}/replies", show_replies, Action.REPLY_VIEW),
    ("act_on_reply", "POST", "/l/{launch}/replies", act_on_reply, Action.REPLY_HANDLE),
    ("needs", "GET", "/l/{launch}/needs", show_needs, Action.WORKLIST_VIEW),
    ("take_need", "POST", "/l/{launch}/needs", act_on_needs, Action.OUTREACH_PLAN),
    ("gap", "GET", "/l/{launch}/gaps/{measure}", show_gap, Action.CHART_VIEW),
    ("decide_gap", "POST", "/l/{launch}/gaps/{measure}", decide_gap, Action.GAP_DISMISS),
    ("undo_gap", "POST", "/l/{launch}/gaps/{measure}/undo", undo_gap, Action.GAP_DISMISS),
    ("gap_report", "GET", "/l/{launch}/gaps.json", answer_report, Action.CHART_VIEW),
    ("vaccines", "GET", "/l/{launch}/vaccines", show_schedule, Action.CHART_VIEW),
    ("write", "GET", "/l/{launch}/writes/{write}", show_write, Action.CONFLICT_CHOOSE),
    ("choose", "POST", "/l/{launch}/writes/{write}", choose_write, Action.CONFLICT_CHOOSE),
    ("mappings", "GET", "/l/{launch}/mappings", show_codes, Action.MAPPING_EDIT),
    ("map_code", "POST", "/l/{launch}/mappings", map_code, Action.MAPPING_EDIT),
    ("settle_code", "POST", "/l/{launch}/mappings/settle", settle_code, Action.MAPPING_EDIT),
    ("messages", "GET", "/l/{launch}/messages", show_messages, Action.MESSAGE_EDIT),
    ("act_on_message", "POST", "/l/{launch}/messages", act_on_message, Action.MESSAGE_EDIT),
    ("quality", "GET", "/l/{launch}/data-quality", show_quality, Action.DATA_QUALITY_VIEW),
    (
        "save_quality",
        "GET",
        "/l/{launch}/data-quality/export",
        save_quality,
        Action.DATA_QUALITY_VIEW,
    ),
    ("write_act", "POST", "/l/{launch}/writes/{write}/act", act_on_write, Action.WRITE_RETRY),
    ("ledger", "GET", "/l/{launch}/ledger", show_ledger, Action.LEDGER_VIEW),
    ("ledger_act", "POST", "/l/{launch}/ledger", act_on_ledger, Action.WRITE_RETRY),
)

MANIFEST_BASE = "https://chartside.example"
"""Stands in smart-manifest.json for PUBLIC_BASE_URL."""

STOP_PATH = f"{STOP}{{token}}"
OPEN_ROUTES = (
    "sign_out",
    "live",
    "ready",
    "manifest",
    "look",
    "show_stop",
    "stop_mail",
    "static",
    "show_styleguide",
    "show_sample",
)
ROUTE_ACTIONS: Mapping[str, Action | None] = {
    name: action for name, *_r, action in CHART_ROUTES
} | {name: None for name in OPEN_ROUTES}


def build_routes(
    launches: LaunchService, settings: Settings, renderer: Renderer
) -> list[BaseRoute]:
    """Launch, charts, health, static files; the style guide only where it is switched on."""
    routes: list[BaseRoute] = list(build_launch_routes(launches))
    routes += [
        Route(path, endpoint, methods=[method], name=name)
        for name, method, path, endpoint, _action in CHART_ROUTES
    ]
    routes += [
        Route("/l/{launch}/sign-out", sign_out, methods=["POST"], name="sign_out"),
        Route("/health/live", answer_live, name="live"),
        Route("/health/ready", answer_ready, name="ready"),
        Route("/smart-manifest.json", answer_manifest, name="manifest"),
        Route(LOOK_PATH, show_look, methods=["GET"], name="look"),
        Route(STOP_PATH, show_stop, methods=["GET"], name="show_stop"),
        Route(STOP_PATH, stop_mail, methods=["POST"], name="stop_mail"),
        Mount("/static", StaticFiles(directory=settings.root / "static"), name="static"),
    ]
    if settings.has_styleguide:
        routes += build_styleguide_routes(renderer)
    return routes


def exception_handlers() -> dict[Any, Any]:
    """One handler per root of the two error families, one for Starlette's, one for our faults."""
    return {
        AppError: errors.answer_app_error,
        LaunchError: errors.answer_launch,
        HTTPException: errors.answer_http,
        Exception: errors.answer_unforeseen,
    }


async def sign_out(request: Request) -> Response:
    """End this launch, here and at the EHR; other charts of this browser stay open."""
    entry = await require_entry(request, None)
    await require_form(request, entry)
    launches = entry.services.launches
    session = await launches.require_session(entry.visit.segment, request.cookies)
    await launches.end(session, browser=read_browser(request))
    pages = launches.pages
    answer = pages.render_signed_out(request, frame_ancestors=entry.visit.tenant.frame_ancestors)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    name = session_cookie_name(entry.visit.opened.launch_id)
    answer.headers.append("Set-Cookie", build_removal(name))
    return answer


async def answer_manifest(request: Request) -> Response:
    """What a marketplace or an EHR's registration form asks for, with this deployment's URLs."""
    settings = services_of(request).settings
    text = (settings.root / "smart-manifest.json").read_text(encoding="utf-8")
    return Response(
        text.replace(MANIFEST_BASE, settings.public_base_url), media_type="application/json"
    )


async def answer_live(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def answer_ready(request: Request) -> Response:
    """200 once the store answers and tenants are known; 503 with the part that is missing."""
    services = services_of(request)
    missing = await services.find_missing()
    if missing:
        return JSONResponse({"ready": False, "missing": missing}, status_code=503)
    return JSONResponse({"ready": True})
