"""The plainest pages a launch can end in. An app hands in its own; these need nothing but HTML."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from launch.errors import LaunchError
from launch.models import OpenedLaunch

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head>
<body><main><h1>{title}</h1>
{body}
</main></body></html>
"""


class PlainPages:
    """LaunchPages without a style sheet."""

    def render_error(
        self, request: Request, error: LaunchError, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """What happened, what to do, and the code that support asks for."""
        body = (
            f'<p role="alert">{html.escape(error.user_message)}</p>\n'
            f"<p>Code: <code>{html.escape(error.full_code)}</code></p>"
        )
        return _page(error.title, body, status=error.status)

    def render_window(
        self, request: Request, opened: OpenedLaunch, url: str, *, frame_ancestors: tuple[str, ...]
    ) -> Response:
        """One link into a window of its own, where the browser accepts our cookie."""
        name = opened.user.name if opened.user else None
        who = f"<p>Signed in as {html.escape(name)}.</p>\n" if name else ""
        body = (
            "<p>This browser keeps no cookies for panels inside the EHR, so Chartside cannot stay "
            "open here. It works in a window of its own.</p>\n"
            f'{who}<p><a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">'
            "Open Chartside in its own window</a></p>\n"
            "<p>The link works once, for ten minutes. If no window opens, ask your support team "
            "to allow windows or cookies for Chartside.</p>"
        )
        return _page("Continue in a window", body)

    def render_signed_out(self, request: Request, *, frame_ancestors: tuple[str, ...]) -> Response:
        """The end of a session."""
        return _page(
            "Signed out",
            "<p>This chart is closed in Chartside. Open it again from the EHR to go on.</p>",
        )


def _page(title: str, body: str, *, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=html.escape(title), body=body), status_code=status)
