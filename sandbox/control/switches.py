"""Faults, latency, tokens, keys, clock, settings: what a tester turns while the EHR runs."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from sandbox.control.answers import NotFound, Wrong, read_json
from sandbox.jsontypes import Json
from sandbox.personalities import PERSONALITIES
from sandbox.state import DEFAULT_SETTINGS, Sandbox


class Switches:
    """Handlers bound to the state."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state

    async def add_fault(self, request: Request) -> Json:
        """POST /_sandbox/faults."""
        return self._state.faults.add(await read_json(request)).as_json()

    async def list_faults(self, _request: Request) -> list[Json]:
        """GET /_sandbox/faults."""
        return [f.as_json() for f in self._state.faults.all()]

    async def remove_faults(self, request: Request) -> Json:
        """DELETE /_sandbox/faults[/id]."""
        if not self._state.faults.remove(request.path_params.get("id")):
            raise NotFound
        return {"removed": request.path_params.get("id", "all")}

    async def latency(self, request: Request) -> Json:
        """POST /_sandbox/latency {ms}."""
        self._state.latency_ms = _number(await read_json(request), "ms")
        return {"ms": self._state.latency_ms}

    async def expire_tokens(self, request: Request) -> Json:
        """POST /_sandbox/expire_tokens {client_id?, refresh?}: access tokens die, or all."""
        data = await read_json(request)
        if data.get("refresh"):
            self._state.vouchers.revoke_all(data.get("client_id"))
        return {"expired": self._state.vouchers.expire(data.get("client_id"))}

    async def expire_pages(self, _request: Request) -> Json:
        """POST /_sandbox/expire_pages: every next link is dead."""
        count = len(self._state.pages)
        self._state.pages.clear()
        return {"expired": count}

    async def rotate_keys(self, request: Request) -> Json:
        """POST /_sandbox/rotate_keys {drop_old, personality?}."""
        data = await read_json(request)
        names = [data["personality"]] if data.get("personality") else list(PERSONALITIES)
        for name in names:
            if name not in PERSONALITIES:
                raise Wrong("personality is not known")
            self._state.keys.rotate(name, drop_old=bool(data.get("drop_old")))
        return {"rotated": names}

    async def clock(self, request: Request) -> Json:
        """POST /_sandbox/clock {offset_s} or {now}."""
        data = await read_json(request)
        if "now" in data:
            self._state.clock.set_now(_moment(data["now"]))
        else:
            self._state.clock.offset_s = _number(data, "offset_s")
        return {
            "now": self._state.clock.now().isoformat(),
            "offset_s": self._state.clock.offset_s,
        }

    async def settings(self, request: Request) -> Json:
        """POST /_sandbox/settings: merged; `personality` is what the window opens with."""
        data = await read_json(request)
        if not isinstance(data, dict):
            raise Wrong("an object is required")
        if data.get("personality", self._state.personality) not in PERSONALITIES:
            raise Wrong("personality is not known")
        self._state.personality = data.get("personality", self._state.personality)
        self._state.change_settings(data)
        return self._state.settings

    async def reset(self, _request: Request) -> Json:
        """POST /_sandbox/reset: charts as loaded, no tokens, faults, log; registrations stay."""
        state = self._state
        state.faults.remove()
        state.log.clear()
        state.vouchers.clear()
        state.pages.clear()
        state.pickers.clear()
        state.calls.clear()
        state.client_keys.forget()
        state.clock.offset_s = 0.0
        state.latency_ms = state.config.latency_ms
        state.personality = state.config.personality
        state.phone.clear()
        state.mailbox.clear()
        state.settings.clear()
        state.change_settings(dict(DEFAULT_SETTINGS))
        state.store.restore_loaded()
        return {"reset": True}


def _number(data: Any, name: str) -> float:
    value = data.get(name) if isinstance(data, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"{name} must be a number")
    return float(value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise Wrong("now must be an ISO time") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
