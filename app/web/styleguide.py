"""/styleguide: every component in every state, light and dark, and sample pages. Invented data
only; it reads no store and no EHR, and needs no sign-in."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, cast, get_args

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.security.headers import build_csp, build_page_headers
from app.web.render import Renderer
from app.web.styleguide_examples import EXAMPLES, Example
from app.web.styleguide_pages import SAMPLE_PAGES, SampleView
from app.web.views.page import Dir, Page, Theme

TITLE = "Chartside style guide"
# Everything that names or points at an element of the same document.
ID_MARKS = re.compile(r' (id|for|name|aria-labelledby|aria-describedby)="([^"]+)"')
FRAGMENTS = re.compile(r' href="#([^"]+)"')


@dataclass(frozen=True, slots=True)
class Stage:
    """One example in one theme."""

    theme: Theme
    html: Markup


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    note: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class StyleguidePage:
    template: ClassVar[str] = "pages/styleguide.html"
    page: Page
    title: str
    sections: tuple[Section, ...]
    samples: tuple[tuple[str, str], ...]


def build_styleguide(renderer: Renderer, page: Page) -> StyleguidePage:
    sections = tuple(build_section(renderer, example) for example in EXAMPLES)
    samples = tuple((name, f"/styleguide/{name}") for name in SAMPLE_PAGES)
    return StyleguidePage(page, TITLE, sections, samples)


def build_section(renderer: Renderer, example: Example) -> Section:
    themes: tuple[Theme, ...] = ("light", "dark")
    stages = tuple(
        Stage(theme, render_example(renderer, example, f"{example.id}-{theme}")) for theme in themes
    )
    return Section(example.id, example.title, example.note, stages)


def render_example(renderer: Renderer, example: Example, prefix: str) -> Markup:
    """Our own rendered parts, joined; ids made unique, since one part stands here many times."""
    parts = (
        prefix_ids(renderer.render(view), f"{prefix}-{n}") for n, view in enumerate(example.views)
    )
    return Markup("".join(parts))  # noqa: S704 (rendered by the escaping environment just above)


def prefix_ids(html: str, prefix: str) -> str:
    html = ID_MARKS.sub(lambda m: f' {m[1]}="{add_prefix(m[2], prefix)}"', html)
    return FRAGMENTS.sub(lambda m: f' href="#{prefix}-{m[1]}"', html)


def add_prefix(ids: str, prefix: str) -> str:
    return " ".join(f"{prefix}-{one}" for one in ids.split())


def build_page_frame(request: Request, nonce: str) -> Page:
    """Theme and direction from the address; anything else than the known words is ignored."""
    theme = request.query_params.get("theme", "")
    direction = request.query_params.get("dir", "")
    return Page(
        title=TITLE,
        nonce=nonce,
        theme=cast(Theme, theme) if theme in get_args(Theme) else "",
        styles=("chartside.css", "styleguide.css"),
        dir=cast(Dir, direction) if direction in get_args(Dir) else "ltr",
    )


def build_styleguide_routes(renderer: Renderer) -> list[Route]:
    """GET /styleguide and GET /styleguide/<sample>; mount them where invented data may be seen."""

    def answer(request: Request, build: Callable[[Page], str]) -> Response:
        nonce = secrets.token_urlsafe(18)
        html = build(build_page_frame(request, nonce))
        return HTMLResponse(html, headers=build_page_headers(build_csp(nonce=nonce)))

    async def show_styleguide(request: Request) -> Response:
        return answer(request, lambda page: renderer.render(build_styleguide(renderer, page)))

    async def show_sample(request: Request) -> Response:
        sample = SAMPLE_PAGES.get(request.path_params["name"])
        if sample is None:
            return HTMLResponse("Not found", status_code=404)
        return answer(request, lambda page: render_sample(renderer, sample(page)))

    return [
        Route("/styleguide", show_styleguide),
        Route("/styleguide/{name}", show_sample),
    ]


def render_sample(renderer: Renderer, views: tuple[SampleView, ...]) -> str:
    return renderer.render_all(views)
