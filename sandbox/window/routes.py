"""The window's addresses. Every change is a plain form, so it works without scripts too."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.control.answers import NotFound
from sandbox.control.post import send_reply
from sandbox.control.switches import Switches
from sandbox.state import Sandbox
from sandbox.window.acts import ACTS
from sandbox.window.clock import build_clock
from sandbox.window.cookieless import HOST, forward, without_cookies
from sandbox.window.opening import STYLE, STYLE_PATH, CannotOpen, open_launch
from sandbox.window.page import build_window
from sandbox.window.pane import build_chart, build_mark
from sandbox.window.post import build_post, build_post_mark
from sandbox.window.switches import BY_KEY, is_on, set_switch
from sandbox.window.view import parse_view

HERE = Path(__file__).parent
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    # The app may live anywhere; everything else here is ours.
    "content-security-policy": "default-src 'self'; frame-src http: https:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
FRAMED = "default-src 'self'; frame-ancestors 'self'"
_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def window_routes(_state: Sandbox) -> list[BaseRoute]:
    """All of them, for the sandbox's application; each reads `app.state.sandbox`."""
    return [
        Host(HOST, Route("/{path:path}", forward, methods=METHODS)),
        Route("/", show_window),
        Route("/_window/chart", show_chart),
        Route("/_window/mark", show_mark),
        Route("/_window/open", open_app),
        Route("/_window/post", show_post),
        Route("/_window/reply", reply, methods=["POST"]),
        Route(STYLE_PATH, show_style),
        Route("/_window/switches/{key}", turn_switch, methods=["POST"]),
        Route("/_window/latency", set_latency, methods=["POST"]),
        Route("/_window/acts/start-over", start_over, methods=["POST"]),
        Route("/_window/acts/{key}", act, methods=["POST"]),
        Mount("/_window/static", StaticFiles(directory=HERE / "static")),
    ]


def state_of(request: Request) -> Sandbox:
    state: Sandbox = request.app.state.sandbox
    return state


def _render(name: str, context: dict[str, Any]) -> HTMLResponse:
    return HTMLResponse(_templates.get_template(name).render(context), headers=HEADERS)


async def show_window(request: Request) -> Response:
    state = state_of(request)
    return _render("window.html", build_window(state, parse_view(request.query_params, state)))


async def show_chart(request: Request) -> Response:
    """The chart pane alone, so that the app beside it keeps what it shows."""
    state = state_of(request)
    return _render("chart.html", build_chart(state, parse_view(request.query_params, state)))


async def show_mark(request: Request) -> Response:
    state = state_of(request)
    view = parse_view(request.query_params, state)
    mark = build_mark(state, view) if view.patient else ""
    answer = {"mark": mark, "clock": build_clock(state), "post": build_post_mark(state)}
    return JSONResponse(answer, headers=HEADERS)


async def show_post(request: Request) -> Response:
    """The phone and the mailbox alone."""
    state = state_of(request)
    view = parse_view(request.query_params, state)
    return _render("post.html", {"view": view, **build_post(state, view)})


async def reply(request: Request) -> Response:
    """A text from the patient's phone to the clinic."""
    state = state_of(request)
    form = await request.form()
    sender, to, body = (str(form.get(name, "")).strip() for name in ("from", "to", "body"))
    if sender and to and body:
        try:
            await send_reply(state, sender, to, body)
        except NotFound:
            return Response("No app takes replies", 409)
    return _back(request, str(form.get("back", "")), {"said": ""})


async def open_app(request: Request) -> Response:
    """Make a launch and go to the app with it; each opening is a new launch."""
    state = state_of(request)
    view = parse_view(request.query_params, state)
    try:
        address = open_launch(state, view)
        if "framed" in request.query_params and state.settings.get("window_block-cookies"):
            address = without_cookies(state, address)
        return RedirectResponse(address, 303, HEADERS)
    except CannotOpen as refused:
        text = _templates.get_template("refused.html").render({"message": str(refused)})
        return HTMLResponse(text, 409, HEADERS | {"content-security-policy": FRAMED})


async def show_style(_request: Request) -> Response:
    return JSONResponse(STYLE, headers={"access-control-allow-origin": "*"})


async def turn_switch(request: Request) -> Response:
    state = state_of(request)
    switch = BY_KEY.get(request.path_params["key"])
    if switch is None:
        return Response("No such switch", 404)
    form = await request.form()
    on = form.get("on") == "true" if "on" in form else not is_on(state, switch)
    set_switch(state, switch, on)
    return _back(request, str(form.get("back", "")), {"on": on})


async def set_latency(request: Request) -> Response:
    form = await request.form()
    text = str(form.get("ms", ""))
    if not (text.isascii() and text.isdigit()):
        return Response("ms is a whole number", 400)
    state_of(request).latency_ms = float(min(int(text), 10_000))
    return _back(request, str(form.get("back", "")), {"ms": min(int(text), 10_000)})


async def act(request: Request) -> Response:
    """One-time acts: the clock, the end of a sign-in, the front desk, starting over."""
    done = ACTS.get(request.path_params["key"])
    if done is None:
        return Response("No such act", 404)
    form = await request.form()
    state = state_of(request)
    said = done(state, str(form.get("patient", "")))
    return _back(request, str(form.get("back", "")), {"said": said, "clock": build_clock(state)})


async def start_over(request: Request) -> Response:
    """Charts as loaded, no faults, the real clock; registered apps stay."""
    await Switches(state_of(request)).reset(request)
    return RedirectResponse("/", 303, HEADERS)


def _back(request: Request, address: str, answer: dict[str, Any]) -> Response:
    """JSON to a script that asked for it, else back to the page."""
    if request.headers.get("accept") == "application/json":
        return JSONResponse(answer, headers=HEADERS)
    safe = address if address.startswith("/?") else "/"
    return RedirectResponse(safe, 303, HEADERS)
