"""An EHR whose browser keeps no cookies of other sites: the app, reached without any.

No page can forbid a frame its cookies: Chromium sends partitioned cookies on navigations even to
a frame without an origin. So the frame reaches the app through this host, which passes everything
on but cookies, both ways. What the app opens in its own window goes to it directly.
"""

from urllib.parse import urlsplit, urlunsplit

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sandbox.state import Sandbox

HOST = "cookies-blocked.localhost"
NOT_PASSED_ON = frozenset(
    {"host", "cookie", "set-cookie", "connection", "keep-alive", "transfer-encoding"}
)


def cookieless_origin(state: Sandbox) -> str:
    """Scheme, host and port of the way without cookies; names below localhost are loopback."""
    return f"http://{HOST}:{urlsplit(state.origin).port or 80}"


def without_cookies(state: Sandbox, url: str) -> str:
    """The same address of the app, by the way without cookies."""
    return urlunsplit(urlsplit(url)._replace(**_parts(cookieless_origin(state))))


def _parts(origin: str) -> dict[str, str]:
    split = urlsplit(origin)
    return {"scheme": split.scheme, "netloc": split.netloc}


def find_app_origin(state: Sandbox) -> str:
    """Where the registered app lives, or nothing."""
    for client in state.clients.all():
        if client.launch_url:
            split = urlsplit(client.launch_url)
            return f"{split.scheme}://{split.netloc}"
    return ""


async def forward(request: Request) -> Response:
    """Pass one request to the app and its answer back, redirects to itself included."""
    state: Sandbox = request.app.state.sandbox
    origin = find_app_origin(state)
    if not origin:
        return PlainTextResponse("No app is registered with this EHR.", 502)
    client = httpx.AsyncClient(timeout=60, follow_redirects=False, trust_env=False)
    asked = client.build_request(
        request.method,
        httpx.URL(origin).copy_with(raw_path=_raw_path(request)),
        headers=[(k, v) for k, v in request.headers.items() if k not in NOT_PASSED_ON],
        content=await request.body(),
    )
    try:
        answer = await client.send(asked, stream=True)
    except httpx.HTTPError:
        await client.aclose()
        return PlainTextResponse("The app does not answer.", 502)
    headers = {k: v for k, v in answer.headers.items() if k not in NOT_PASSED_ON}
    if headers.get("location", "").startswith(f"{origin}/"):
        headers["location"] = without_cookies(state, headers["location"])

    async def end() -> None:
        await answer.aclose()
        await client.aclose()

    return StreamingResponse(
        answer.aiter_raw(), answer.status_code, headers, background=BackgroundTask(end)
    )


def _raw_path(request: Request) -> bytes:
    """Path and query exactly as they came."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return path.partition(b"?")[0] + (b"?" + query if query else b"")
