"""The way to the app without cookies: everything passes but them, and redirects stay on it."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.state import Sandbox
from sandbox.window.cookieless import HOST
from tests.browser.servers import serving
from tests.ports import find_port

pytestmark = pytest.mark.anyio
BLOCKED = {"host": f"{HOST}:9000"}


async def echo(request: Request) -> Response:
    """What arrived, with a cookie in the answer."""
    seen = {
        "method": request.method,
        "host": request.headers["host"],
        "cookies": request.cookies,
        "fetch_dest": request.headers.get("sec-fetch-dest"),
        "query": str(request.url.query),
        "body": (await request.body()).decode(),
    }
    return JSONResponse(seen, 201, {"set-cookie": "a=1", "x-mark": "kept"})


async def go(request: Request) -> Response:
    """A redirect to the app itself, and one elsewhere."""
    where = request.query_params["to"].replace("SELF", f"http://{request.headers['host']}")
    return RedirectResponse(where)


@pytest.fixture(scope="module")
def app_port() -> Iterator[int]:
    routes = [Route("/echo/x", echo, methods=["GET", "POST"]), Route("/go", go)]
    with serving(Starlette(routes=routes)) as port:
        yield port


@pytest.fixture
async def app(ehr: httpx.AsyncClient, app_port: int) -> str:
    """host:port of an app registered with the EHR."""
    data = {
        "client_id": "app",
        "type": "public",
        "launch_url": f"http://localhost:{app_port}/launch",
        "redirect_uris": [f"http://localhost:{app_port}/callback"],
    }
    assert (await ehr.post("/_sandbox/clients", json=data)).status_code == 200
    return f"localhost:{app_port}"


async def test_cookies_are_dropped_both_ways_and_the_rest_passes(
    ehr: httpx.AsyncClient, app: str
) -> None:
    headers = BLOCKED | {"cookie": "s=secret; t=2", "sec-fetch-dest": "iframe"}
    answer = await ehr.post("/echo/x?a=%20b&c=1", content="body", headers=headers)
    assert answer.status_code == 201
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-mark"] == "kept"
    assert answer.json() == {
        "method": "POST",
        "host": app,
        "cookies": {},
        "fetch_dest": "iframe",
        "query": "a=%20b&c=1",
        "body": "body",
    }


async def test_redirects_to_the_app_stay_without_cookies_others_do_not(
    ehr: httpx.AsyncClient, app: str
) -> None:
    inside = await ehr.get("/go?to=SELF/callback?x=1", headers=BLOCKED)
    assert inside.headers["location"] == f"http://{HOST}:9000/callback?x=1"
    relative = await ehr.get("/go?to=/callback", headers=BLOCKED)
    assert relative.headers["location"] == "/callback"
    outside = await ehr.get("/go?to=http://127.0.0.1:9000/epic/oauth2/authorize", headers=BLOCKED)
    assert outside.headers["location"] == "http://127.0.0.1:9000/epic/oauth2/authorize"


async def test_only_the_frame_takes_this_way_and_only_when_switched_on(
    ehr: httpx.AsyncClient, state: Sandbox, app: str
) -> None:
    async def opened(address: str) -> str:
        location = (await ehr.get(address)).headers["location"]
        return str(httpx.URL(location).netloc.decode())

    framed, own = "/_window/open?patient=luc-moreau&framed=1", "/_window/open?patient=luc-moreau"
    assert (await opened(framed), await opened(own)) == (app, app)
    await ehr.post("/_window/switches/block-cookies", data={"on": "true"})
    assert (await opened(framed), await opened(own)) == (f"{HOST}:9000", app)


async def test_an_app_that_is_not_there_is_said_to_be_not_there(ehr: httpx.AsyncClient) -> None:
    assert "No app is registered" in (await ehr.get("/launch", headers=BLOCKED)).text
    data = {
        "client_id": "gone",
        "type": "public",
        "launch_url": f"http://localhost:{find_port()}/launch",
        "redirect_uris": ["http://localhost:1/callback"],
    }
    await ehr.post("/_sandbox/clients", json=data)
    answer = await ehr.get("/launch", headers=BLOCKED)
    assert (answer.status_code, answer.text) == (502, "The app does not answer.")


async def test_the_window_itself_is_not_below_this_name(ehr: httpx.AsyncClient) -> None:
    assert (await ehr.get("/", headers=BLOCKED)).status_code == 502
    assert (await ehr.get("/_window/chart", headers=BLOCKED)).status_code == 502
