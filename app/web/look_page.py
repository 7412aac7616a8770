"""The style sheet of an EHR's colors. The address holds them all; nothing is looked up."""

from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.security.style import parse_colors
from app.web.views.look import build_look

KEEP = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


async def show_look(request: Request) -> Response:
    """GET /look.css?color_text=#RRGGBB…: built anew from checked colors, so that an address that
    somebody made up can only bring a readable page. Raises NotFound when nothing can be used."""
    css = build_look(parse_colors(dict(request.query_params)))
    if not css:
        raise NotFound
    return Response(css, media_type="text/css; charset=utf-8", headers=KEEP)
