"""The public page behind the link of an e-mail: it asks, and stops when asked. No session, no
patient. What a stop does is `sync.stop_desk`'s.

Looking changes nothing, as mail scanners follow links; only a POST that says what RFC 8058 wants it
to say acts. It takes no CSRF token and no cookie and looks at no Origin: mail programs post from
servers of their own, without cookies, and cannot know a token of ours. The one in the path is the
proof, and stopping e-mail is all that it is good for.
"""

from starlette.requests import Request
from starlette.responses import Response

from app.events.form_body import parse_form, read_body
from app.outreach.way_out import Tongue
from app.security.headers import build_csp, build_page_headers
from app.sync.stop_desk import Stopping
from app.web.guard import services_of
from app.web.launch_pages import new_page
from app.web.views.stop import StopPage, build_no_stop_page, build_stop_page

MAX_BYTES = 4_000
ONE_CLICK = ("List-Unsubscribe", "One-Click")


async def show_stop(request: Request) -> Response:
    """GET: the question, or that e-mail is stopped already. HEAD the same without a body."""
    found = await services_of(request).stops.look(request.path_params["token"])
    return answer_stop(request, found)


async def stop_mail(request: Request) -> Response:
    """POST: by the page's button or a mail program. Never a redirect (RFC 8058); 413 and 400
    ask again."""
    stops, token = services_of(request).stops, request.path_params["token"]
    body = await read_body(request, MAX_BYTES)
    if body is None:
        return answer_stop(request, await stops.look(token), status=413)
    fields = parse_form(request.headers.get("content-type", ""), body)
    if fields.get(ONE_CLICK[0]) != ONE_CLICK[1]:
        return answer_stop(request, await stops.look(token), status=400)
    by_button = fields.get("by") == "page"
    return answer_stop(request, await stops.stop(token, by_button=by_button))


def answer_stop(request: Request, found: Stopping | None, *, status: int = 200) -> Response:
    """404 for every link that is not valid, in the same words."""
    page = new_page()
    if found is not None:
        return _answer(request, build_stop_page(found, page=page), status)
    return _answer(request, build_no_stop_page(read_language(request), page=page), 404)


def read_language(request: Request) -> Tongue:
    """Spanish where the browser asks for it first."""
    asked = request.headers.get("accept-language", "").strip().lower()
    return "es" if asked.startswith("es") else "en"


def _answer(request: Request, view: StopPage, status: int) -> Response:
    """Framed by nobody, kept by nobody, found by no search engine."""
    headers = build_page_headers(build_csp(nonce=view.page.nonce))
    return Response(
        services_of(request).renderer.render(view),
        status_code=status,
        headers={**headers, "x-robots-tag": "noindex, nofollow"},
        media_type="text/html; charset=utf-8",
    )
