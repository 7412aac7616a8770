"""The pages a launch may end in, in the product's look. Fulfils launch.ports.LaunchPages."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from app.security.headers import build_csp, build_page_headers
from app.web.render import Renderer, View
from app.web.views.message import build_fault, build_own_window_page, build_signed_out
from app.web.views.page import Page
from app.web.views.scene import Scene
from launch.errors import LaunchError
from launch.models import OpenedLaunch


class LaunchPageSet:
    """`public_base_url` joins the tenant's EHR as an allowed frame ancestor; `name_of` answers a
    tenant's own name."""

    def __init__(
        self, renderer: Renderer, public_base_url: str, name_of: Callable[[str], str]
    ) -> None:
        self._renderer = renderer
        self._name_of = name_of
        self._base = public_base_url

    def render_error(
        self, request: Request, error: LaunchError, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """Title, what to do, and the code that support asks for."""
        page = new_page()
        view = build_fault(
            error.title,
            error.user_message,
            page=page,
            code=error.full_code,
            is_passing=error.retryable,
        )
        return self._answer(view, page, frame_ancestors, status=error.status)

    def render_window(
        self, request: Request, opened: OpenedLaunch, url: str, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """One link into a window of its own, where the browser accepts our cookie."""
        page = new_page()
        scene = Scene(
            now=datetime.now(UTC), here=ZoneInfo("UTC"), ehr=self._name_of(opened.tenant_id)
        )
        view = build_own_window_page(scene, page=page, window_url=url)
        return self._answer(view, page, frame_ancestors)

    def render_signed_out(self, request: Request, *, frame_ancestors: tuple[str, ...]) -> Response:
        page = new_page()
        return self._answer(build_signed_out(page=page), page, frame_ancestors)

    def _answer(
        self, view: View, page: Page, frame_ancestors: tuple[str, ...], *, status: int = 200
    ) -> Response:
        csp = build_csp(
            nonce=page.nonce, frame_ancestors=frame_ancestors, public_base_url=self._base
        )
        return Response(
            self._renderer.render(view),
            status_code=status,
            headers=build_page_headers(csp),
            media_type="text/html; charset=utf-8",
        )


def new_page() -> Page:
    """A page with a fresh nonce."""
    return Page(nonce=secrets.token_urlsafe(18))
