"""The outermost layer: latency, faults and the request log around every EHR answer."""

import asyncio
import time

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Target
from sandbox.personalities import PERSONALITIES
from sandbox.post.provider import NAME as PROVIDER
from sandbox.requestlog import info_of, redact
from sandbox.state import Sandbox
from sandbox.wire import perform

TOUCHED = frozenset({*PERSONALITIES, PROVIDER})


class Front:
    """ASGI layer over the whole application; only paths of a personality and of the
    text provider are touched."""

    def __init__(self, app: ASGIApp, state: Sandbox) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delay, disturb, answer, write down."""
        if scope["type"] != "http" or scope["path"].split("/")[1] not in TOUCHED:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        target = self._target(scope)
        info = info_of(scope)
        sent: dict[str, int] = {}

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
            await send(message)

        effect = self._state.faults.take(target)
        try:
            await self._delay(effect)
            if effect is None or not set(effect) - {"latency_ms"}:
                await self._app(scope, receive, watched)
            else:
                info["fault"] = True
                await perform(effect, self._app, scope, receive, watched, self._state, send)
        finally:
            self._write_down(scope, target, info, sent.get("status"), started)

    async def _delay(self, effect: dict[str, object] | None) -> None:
        extra = float(str((effect or {}).get("latency_ms", 0)))
        ms = self._state.latency_ms + extra
        if ms > 0:
            await asyncio.sleep(ms / 1000)

    def _target(self, scope: Scope) -> Target:
        path: str = scope["path"]
        parts = path.split("/")
        resource = parts[3] if len(parts) > 3 and parts[2] == "fhir" else None
        connection = HTTPConnection(scope)
        client = connection.query_params.get("client_id")
        bearer = connection.headers.get("authorization", "")
        if bearer[:7].lower() == "bearer ":
            access = self._state.vouchers.access.get(bearer[7:])
            client = access.grant.client_id if access else client
        return Target(scope["method"], path, parts[1], resource, client)

    def _write_down(
        self,
        scope: Scope,
        target: Target,
        info: dict[str, object],
        status: int | None,
        started: float,
    ) -> None:
        query = HTTPConnection(scope).query_params
        self._state.log.add(
            {
                "time": self._state.clock.now().isoformat(),
                "method": target.method,
                "path": target.path,
                "query": redact(dict(query)),
                "status": status,
                "client_id": info.get("client_id", target.client),
                "patient": info.get("patient"),
                "scopes": info.get("scopes"),
                "ms": round((time.perf_counter() - started) * 1000, 2),
                "purpose": info.get("purpose"),
                "personality": target.personality,
                "resource": target.resource,
                "params": info.get("params"),
                "fault": info.get("fault", False),
            }
        )
