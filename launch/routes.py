"""The URLs of the launch: reads requests, writes responses and their headers. Decides nothing.

GET /launch · GET /launch/<tenant> · GET /callback/<tenant> · GET /continue · POST /logout/<launch>
GET /.well-known/jwks.json
"""

import logging
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from launch.authorize import build_form_page
from launch.browser import read_browser, require_same_origin
from launch.continuation import build_continuation
from launch.cookies import build_cookie, build_removal, plan_removals, session_cookie_name
from launch.errors import LaunchError
from launch.jwks import CACHE_S
from launch.models import Binding, LaunchEvent, OpenedLaunch
from launch.responses import build_script_policy, protect
from launch.service import LaunchService
from launch.session import build_segment
from launch.start import BegunLaunch

log = logging.getLogger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]


def build_launch_routes(service: LaunchService) -> list[Route]:
    """The routes, each ending every LaunchError in a page."""
    pages = LaunchEndpoints(service)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/launch", pages.launch),
        ("GET", "/launch/{tenant}", pages.launch_tenant),
        ("GET", "/callback/{tenant}", pages.callback),
        ("GET", "/continue", pages.continue_in_window),
        ("POST", "/logout/{launch}", pages.logout),
        ("GET", "/.well-known/jwks.json", pages.jwks),
    ]
    return [
        Route(path, _answering(service, endpoint), methods=[method])
        for method, path, endpoint in table
    ]


async def answer_launch_error(
    service: LaunchService, request: Request, error: LaunchError
) -> Response:
    """The one handler of LaunchError: an audit line, then the page. The app registers it too, for
    what the launch raises inside the app's own pages."""
    await _record_denial(service, request, error)
    page = service.pages.render_error(request, error, frame_ancestors=error.frame_ancestors)
    return protect(page, error.frame_ancestors, anywhere=error.tenant_id is None)


class LaunchEndpoints:
    """One method per URL."""

    def __init__(self, service: LaunchService) -> None:
        self._service = service
        self._base = service.parts.settings.public_base_url

    async def launch(self, request: Request) -> Response:
        """EHR launch: `iss` and `launch` in the query."""
        return await self._launch(request, tenant_id=None)

    async def launch_tenant(self, request: Request) -> Response:
        """A tenant's own launch URL: EHR launch with a query, standalone launch without."""
        tenant_id = request.path_params["tenant"]
        if "iss" in request.query_params or "launch" in request.query_params:
            return await self._launch(request, tenant_id=tenant_id)
        begun = await self._service.begin_standalone(tenant_id, browser=read_browser(request))
        return self._to_authorize(request, begun)

    async def callback(self, request: Request) -> Response:
        """The EHR's answer; ends in the chart, in the window page, or in an error page."""
        browser = read_browser(request)
        done = await self._service.complete(
            request.path_params["tenant"], request.query_params.multi_items(), browser=browser
        )
        if done.opened.binding is Binding.WINDOW:
            url = build_continuation(
                self._service.parts, launch_id=done.opened.launch_id, secret=done.secret
            )
            ancestors = done.registration.frame_ancestors
            page = self._service.pages.render_window(
                request, done.opened, url, frame_ancestors=ancestors
            )
            return protect(page, ancestors)
        response = self._to_chart(done.opened, done.secret, done.registration.frame_ancestors)
        response.headers.append("Set-Cookie", build_removal(done.pending_cookie))
        for name in plan_removals(browser.cookies):
            if name != done.pending_cookie:
                response.headers.append("Set-Cookie", build_removal(name))
        return response

    async def continue_in_window(self, request: Request) -> Response:
        """A held launch, opened in a window of its own."""
        opened, secret = await self._service.continue_in_window(
            request.query_params.get("t", ""), browser=read_browser(request)
        )
        return self._to_chart(opened, secret, ())

    async def logout(self, request: Request) -> Response:
        """Signs out of one chart; other charts of this browser stay open."""
        session = await self._service.require_session(
            request.path_params["launch"], request.cookies
        )
        require_same_origin(request, session.opened, self._base)
        await self._service.end(session, browser=read_browser(request))
        registration = await self._service.parts.registry.by_tenant(session.opened.tenant_id)
        ancestors = registration.frame_ancestors if registration else ()
        response = protect(
            self._service.pages.render_signed_out(request, frame_ancestors=ancestors), ancestors
        )
        # Not "cookies": that would sign out the charts that are open in other frames.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        name = session_cookie_name(session.opened.launch_id)
        response.headers.append("Set-Cookie", build_removal(name))
        return response

    async def jwks(self, _request: Request) -> Response:
        """Our public keys, for EHRs to fetch and cache for a while."""
        document = await self._service.public_jwks()
        return JSONResponse(document, headers={"Cache-Control": f"public, max-age={CACHE_S}"})

    async def _launch(self, request: Request, *, tenant_id: str | None) -> Response:
        begun = await self._service.begin(
            iss=request.query_params.getlist("iss"),
            launch=request.query_params.getlist("launch"),
            browser=read_browser(request),
            tenant_id=tenant_id,
        )
        return self._to_authorize(request, begun)

    def _to_authorize(self, request: Request, begun: BegunLaunch) -> Response:
        ancestors = begun.registration.frame_ancestors
        if begun.request.form is None:
            response: Response = RedirectResponse(begun.request.url, status_code=303)
        else:
            nonce = secrets.token_urlsafe(16)
            response = HTMLResponse(build_form_page(begun.request, nonce=nonce))
            response.headers["Content-Security-Policy"] = build_script_policy(nonce, ancestors)
        life = self._service.parts.settings.pending_life
        cookie = build_cookie(begun.cookie_name, begun.cookie_value, max_age=life)
        response.headers.append("Set-Cookie", cookie)
        return protect(response, ancestors)

    def _to_chart(
        self, opened: OpenedLaunch, secret: str, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """303 to a clean URL, so that neither code nor state stays in the address."""
        url = f"{self._base}/l/{build_segment(opened, secret)}/"
        response = RedirectResponse(url, status_code=303)
        if opened.binding is not Binding.COOKIELESS:
            life = opened.expires_at - opened.opened_at
            name = session_cookie_name(opened.launch_id)
            response.headers.append("Set-Cookie", build_cookie(name, secret, max_age=life))
        return protect(response, frame_ancestors)


def _answering(service: LaunchService, endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        if request.method == "HEAD":  # Starlette adds HEAD to GET; a look must consume nothing
            return Response(status_code=405, headers={"Allow": "GET"})
        try:
            return await endpoint(request)
        except LaunchError as error:
            return await answer_launch_error(service, request, error)

    return answer


async def _record_denial(service: LaunchService, request: Request, error: LaunchError) -> None:
    event = LaunchEvent(
        kind="launch_denied",
        at=service.parts.clock(),
        tenant_id=error.tenant_id,
        code=error.full_code,
        detail=error.detail,
        client_ip=read_browser(request).client_ip,
    )
    try:
        await service.parts.audit.record(event)
    except Exception as failure:  # the refusal stands, and the person is told, all the same
        log.error("a denied launch could not be audited: %s", type(failure).__name__)
