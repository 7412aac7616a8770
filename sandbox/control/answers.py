"""JSON in and out of the control routes. Decides nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import FaultError
from sandbox.oauth.clients import RegistrationError

# A page of another site, open in the same browser, may not turn the switches.
_ELSEWHERE = frozenset({"cross-site", "same-site"})

Handler = Callable[[Request], Awaitable[Any]]


class NotFound(Exception):
    """The thing named in the path is not there."""


class Wrong(ValueError):
    """The request's body or query cannot be used."""


async def read_json(request: Request) -> Any:
    """The body's JSON; an empty body is {}. Raises Wrong."""
    raw = await request.body()
    try:
        return orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as exc:
        raise Wrong("the body is not JSON") from exc


def answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route endpoint that turns what the handler returns into JSON, errors into 400 or 404."""

    async def endpoint(request: Request) -> Response:
        status = 200
        if request.method != "GET" and request.headers.get("sec-fetch-site") in _ELSEWHERE:
            return Response(b'{"error":"not from another site"}', 403)
        try:
            document = await handler(request)
        except NotFound:
            document, status = {"error": "not found"}, 404
        except (Wrong, FaultError, RegistrationError) as exc:
            document, status = {"error": str(exc)}, 400
        body = orjson.dumps(document)
        return Response(body, status, {"Cache-Control": "no-store"}, "application/json")

    return endpoint
