"""What a request to a chart is answered with: a page, or the way to one. Each bears the entry's
security headers; what a page says is decided before."""

from starlette.responses import RedirectResponse, Response

from app.web.guard import Entry
from app.web.render import View


def answer_page(entry: Entry, view: View, *, status: int = 200) -> Response:
    """The rendered page. `status` 422 is a form to correct, 409 one that has been overtaken."""
    return Response(
        entry.services.renderer.render(view),
        status_code=status,
        headers=entry.headers(),
        media_type="text/html; charset=utf-8",
    )


def redirect_to(entry: Entry, url: str) -> Response:
    """303: the browser asks for the page anew, so that no form is sent twice (RFC 9110, 15.4.4)."""
    return RedirectResponse(url, status_code=303, headers=entry.headers())
