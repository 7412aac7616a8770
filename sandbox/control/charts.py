"""The EHR's own side of the charts, the request log and what the server is."""

from starlette.requests import Request

from sandbox.control.answers import NotFound, Wrong, read_json
from sandbox.control.launches import client_json
from sandbox.fhir.store import Version
from sandbox.jsontypes import Json
from sandbox.oauth.picker import display_name
from sandbox.personalities import PERSONALITIES
from sandbox.state import WALL, Sandbox


class Charts:
    """Handlers bound to the state."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state

    async def state(self, _request: Request) -> Json:
        """GET /_sandbox/state: what the window needs to open."""
        state = self._state
        return {
            "personality": state.personality,
            "personalities": {
                name: {"title": p.title, "base": state.base(name), "issuer": state.issuer(name)}
                for name, p in PERSONALITIES.items()
            },
            "origin": state.origin,
            "app_origin": state.config.app_origin,
            "clients": [client_json(c) for c in state.clients.all()],
            "latency_ms": state.latency_ms,
            "now": state.clock.now().isoformat(),
            "offset_s": state.clock.offset_s,
            "wall_ahead_s": float(state.settings.get(WALL, 0)),
            "settings": state.settings,
            "faults": [f.as_json() for f in state.faults.all()],
            "resources": dict(state.store.types()),
        }

    async def patients(self, _request: Request) -> list[Json]:
        """GET /_sandbox/patients: one short row each."""
        return [_row(v) for v in self._state.store.of_type("Patient")]

    async def log(self, request: Request) -> list[Json]:
        """GET /_sandbox/log?… : rows that equal every given field; path, since, limit."""
        try:
            return self._state.log.find(dict(request.query_params))
        except ValueError as exc:
            raise Wrong("since and limit are numbers") from exc

    async def clear_log(self, _request: Request) -> Json:
        """DELETE /_sandbox/log."""
        self._state.log.clear()
        return {"cleared": True}

    async def writes(self, _request: Request) -> list[Json]:
        """GET /_sandbox/writes: what apps wrote, oldest first."""
        return [
            {
                "type": v.type,
                "id": v.id,
                "version": v.version_id,
                "interaction": v.interaction,
                "client_id": v.author,
                "patients": list(v.patients),
                "time": v.updated.isoformat(),
                "resource": v.resource,
            }
            for v in self._state.store.journal
            if v.author not in ("load", "ehr")
        ]

    async def resource(self, request: Request) -> Json:
        """GET /_sandbox/resource/{type}/{id}: the newest version, whoever asks."""
        return dict(self._find(request).resource or {})

    async def patch(self, request: Request) -> Json:
        """POST /_sandbox/patch/{type}/{id}: RFC 7396 merge by the EHR's own staff."""
        changes = await read_json(request)
        if not isinstance(changes, dict):
            raise Wrong("an object is required")
        version = self._find(request)
        merged = merge(version.resource or {}, changes)
        merged.update(resourceType=version.type, id=version.id)
        return dict(self._state.store.put(merged, "ehr", version.id).resource or {})

    def _find(self, request: Request) -> Version:
        version = self._state.store.get(request.path_params["type"], request.path_params["id"])
        if version is None or version.resource is None:
            raise NotFound
        return version


def merge(target: Json, changes: Json) -> Json:
    """JSON Merge Patch; null removes."""
    result = dict(target)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            held = result.get(key)
            result[key] = merge(held if isinstance(held, dict) else {}, value)
        else:
            result[key] = value
    return result


def _row(version: Version) -> Json:
    patient = version.resource or {}
    dead = bool(patient.get("deceasedDateTime") or patient.get("deceasedBoolean"))
    return {
        "id": version.id,
        "name": display_name(patient),
        "birthDate": patient.get("birthDate"),
        "gender": patient.get("gender"),
        "deceased": dead,
    }
