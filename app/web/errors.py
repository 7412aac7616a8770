"""Errors to pages: one handler per root of the two families, and one for what nobody foresaw.

Messages come from the error's own class. No stack traces, no upstream bodies, no PHI.
"""

import logging
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.errors import AccessDenied, AppError, InvalidInput, KeyReused, NotFound, StaleWrite
from app.security.headers import build_csp, build_page_headers
from app.web.guard import services_of
from app.web.views.message import build_fault
from app.web.views.page import Page
from launch.errors import LaunchError
from launch.routes import answer_launch_error

LOG = logging.getLogger(__name__)
STATUS: tuple[tuple[type[AppError], int], ...] = (
    (AccessDenied, 403),
    (NotFound, 404),
    (InvalidInput, 422),
    (KeyReused, 409),
    (StaleWrite, 409),
)


async def answer_app_error(request: Request, exc: Exception) -> Response:
    """Any AppError that a page did not answer itself."""
    assert isinstance(exc, AppError)  # noqa: S101 — registered for this family only
    status = next((s for kind, s in STATUS if isinstance(exc, kind)), 503)
    if status == 503:
        LOG.error("request failed: %s", exc.code)
    return build_error_page(request, exc.user_message, exc.code, status)


async def answer_launch(request: Request, exc: Exception) -> Response:
    """A LaunchError raised inside the app's own pages (an ended session, most often)."""
    assert isinstance(exc, LaunchError)  # noqa: S101 — registered for this family only
    ancestors = getattr(request.state, "frame_ancestors", ())
    if ancestors and not exc.frame_ancestors:
        exc.frame_ancestors = ancestors
    return await answer_launch_error(services_of(request).launches, request, exc)


async def answer_http(request: Request, exc: Exception) -> Response:
    """Starlette's own 404 and 405."""
    assert isinstance(exc, HTTPException)  # noqa: S101 — registered for this class only
    return build_error_page(
        request, "There is no such page.", f"http_{exc.status_code}", exc.status_code
    )


async def answer_unforeseen(request: Request, exc: Exception) -> Response:
    """A fault of ours. The log gets the kind and the place, never the values."""
    last = exc.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    file = last.tb_frame.f_code.co_filename.rsplit("/", 1)[-1] if last else "?"
    LOG.error("unforeseen %s at %s:%s", type(exc).__name__, file, last.tb_lineno if last else 0)
    return build_error_page(request, AppError.user_message, "internal", 500)


def build_error_page(request: Request, message: str, code: str, status: int) -> Response:
    """What happened and what to do, in the frame of the tenant whose chart it was."""
    services = services_of(request)
    nonce = secrets.token_urlsafe(18)
    view = build_fault(
        "This did not work", message, page=Page(nonce=nonce), code=code, is_passing=status == 503
    )
    csp = build_csp(
        nonce=nonce,
        frame_ancestors=getattr(request.state, "frame_ancestors", ()),
        public_base_url=services.settings.public_base_url,
    )
    return Response(
        services.renderer.render(view),
        status_code=status,
        headers=build_page_headers(csp),
        media_type="text/html; charset=utf-8",
    )
