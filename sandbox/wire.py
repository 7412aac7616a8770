"""How each fault looks on the wire. Chooses nothing: the effect is given."""

import asyncio
from dataclasses import dataclass, field

import httpx
import orjson
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.jsontypes import Json
from sandbox.outcomes import FHIR_JSON, OAuthError, build_outcome, oauth_response
from sandbox.requestlog import info_of
from sandbox.state import Sandbox

HANG_S = 60.0
LOGIN_PAGE = "<!doctype html><title>Sign in</title><h1>Please sign in to continue</h1>"


@dataclass(slots=True)
class Captured:
    """An answer that has not been sent."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    def replaced(self, body: bytes) -> tuple[Message, bytes]:
        """The same answer with another body and the right length."""
        headers = [(k, v) for k, v in self.start["headers"] if k.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        return {**self.start, "headers": headers}, body


async def capture(app: ASGIApp, scope: Scope, receive: Receive) -> Captured:
    """Run the application to the end and keep its answer."""
    held = Captured()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            held.start = message
        else:
            held.body += message.get("body", b"")

    await app(scope, receive, keep)
    return held


async def perform(
    effect: Json,
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    state: Sandbox,
    raw_send: Send,
) -> None:
    """Answer the request as the effect says. `raw_send` is the server's own, for cutting."""
    if effect.get("oauth_error"):
        info_of(scope)["oauth_error"] = str(effect["oauth_error"])
    if effect.get("cut"):
        cut(raw_send)
    elif effect.get("endless"):
        await _endless(receive, send)
    elif effect.get("execute_then_timeout"):
        await capture(app, scope, receive)
        seconds = effect["execute_then_timeout"]
        await asyncio.sleep(HANG_S if seconds is True else float(seconds))
        cut(raw_send)
    elif (canned := _canned(effect, scope)) is not None:
        await canned(scope, receive, send)
    else:
        await _disturbed(effect, await capture(app, scope, receive), scope, send, state)


def cut(raw_send: Send) -> None:
    """Drop the connection without an answer; in-process callers see a reset."""
    transport = getattr(getattr(raw_send, "__self__", None), "transport", None)
    if transport is None:
        raise httpx.ReadError("cut by a fault")
    transport.abort()


async def _endless(receive: Receive, send: Send) -> None:
    headers = [(b"content-type", FHIR_JSON.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"entry":[', "more_body": True})
    gone = asyncio.ensure_future(_until_disconnect(receive))
    chunk = b'{"fullUrl":"urn:x"},' * 3000
    try:
        while not gone.done():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0.005)
    finally:
        gone.cancel()


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _canned(effect: Json, scope: Scope) -> Response | None:
    """An answer that needs no application."""
    status = int(effect.get("status", 200))
    headers = {str(k): str(v) for k, v in (effect.get("headers") or {}).items()}
    if effect.get("html"):
        text = effect["html"] if isinstance(effect["html"], str) else LOGIN_PAGE
        return HTMLResponse(text, status, headers)
    if effect.get("redirect"):
        return RedirectResponse(str(effect["redirect"]), int(effect.get("status", 302)), headers)
    if effect.get("empty"):
        return Response(b"", status, headers, FHIR_JSON)
    if effect.get("operation_outcome"):
        given = effect["operation_outcome"]
        body = given if isinstance(given, dict) else build_outcome("Not available.", "exception")
        return Response(orjson.dumps(body), status, headers, FHIR_JSON)
    if effect.get("oauth_error") and not scope["path"].endswith("/authorize"):
        return oauth_response(
            OAuthError(str(effect["oauth_error"]), "simulated", status_of(effect))
        )
    if "status" in effect or "body" in effect:
        return _plain(effect.get("body"), status, headers)
    return None


def status_of(effect: Json) -> int:
    """400 unless the effect says another."""
    return int(effect.get("status", 400))


def _plain(body: object, status: int, headers: dict[str, str]) -> Response:
    if body is None:
        body = build_outcome("The server cannot answer now.", "transient")
    if isinstance(body, str):
        return Response(body, status, headers)
    return Response(orjson.dumps(body), status, headers, FHIR_JSON)


async def _disturbed(
    effect: Json, held: Captured, scope: Scope, send: Send, state: Sandbox
) -> None:
    body = held.body
    if effect.get("wrong_patient"):
        body = _other_patient(body, effect["wrong_patient"], state)
    if effect.get("outcome_entry"):
        body = _with_outcome(body, effect["outcome_entry"])
    start, body = held.replaced(body)
    extra = {str(k).lower(): str(v) for k, v in (effect.get("headers") or {}).items()}
    kept = [(k, v) for k, v in start["headers"] if k.decode().lower() not in extra]
    start["headers"] = kept + [(k.encode(), v.encode()) for k, v in extra.items()]
    await send(start)
    if effect.get("truncate"):
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        raise httpx.RemoteProtocolError("the body ended early by a fault")
    if effect.get("drip"):
        await _drip(body, effect["drip"], send)
        return
    await send({"type": "http.response.body", "body": body})


async def _drip(body: bytes, seconds: object, send: Send) -> None:
    """One byte at a time, by default one a second."""
    pause = 1.0 if seconds is True else float(str(seconds))
    for at in range(len(body)):
        await asyncio.sleep(pause)
        await send(
            {"type": "http.response.body", "body": body[at : at + 1], "more_body": True},
        )
    await send({"type": "http.response.body", "body": b""})


def _other_patient(body: bytes, given: object, state: Sandbox) -> bytes:
    """The same answer as if it were another patient's."""
    ids = state.store.patient_ids()
    mine = [i for i in ids if f'Patient/{i}"'.encode() in body or f'"id":"{i}"'.encode() in body]
    others = [i for i in ids if i not in mine]
    other = str(given) if isinstance(given, str) else (others[0] if others else "someone-else")
    for id_ in mine:
        body = body.replace(f'Patient/{id_}"'.encode(), f'Patient/{other}"'.encode())
        body = body.replace(f'"id":"{id_}"'.encode(), f'"id":"{other}"'.encode())
    return body


def _with_outcome(body: bytes, given: Json) -> bytes:
    """A search answer with an OperationOutcome among its entries."""
    bundle = orjson.loads(body)
    outcome = build_outcome(
        str(given.get("text", "Additional data may exist.")),
        str(given.get("type", "incomplete")),
        str(given.get("severity", "warning")),
        given.get("code"),
    )
    entry = {"resource": outcome, "search": {"mode": "outcome"}}
    bundle.setdefault("entry", []).append(entry)
    return orjson.dumps(bundle)
