"""Registrations and launch handles, as the EHR's administrator and its window make them."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from sandbox.control.answers import NotFound, Wrong, read_json
from sandbox.jsontypes import Json
from sandbox.oauth.clients import Client, parse_client
from sandbox.oauth.grants import Launch
from sandbox.oauth.scopes import ScopeError, parse_scope
from sandbox.personalities import PERSONALITIES
from sandbox.state import DEFAULT_USER, Sandbox

_CONTEXT = {"intent": "intent", "tenant": "tenant", "smart_style_url": "smart_style_url"}


def client_json(client: Client) -> Json:
    """A registration without its secret."""
    return {
        "client_id": client.client_id,
        "type": client.type,
        "jwks_url": client.jwks_url,
        "redirect_uris": list(client.redirect_uris),
        "launch_url": client.launch_url,
        "scopes": " ".join(client.scopes),
        "personalities": list(client.personalities),
    }


class Launches:
    """Handlers bound to the state."""

    def __init__(self, state: Sandbox) -> None:
        self._state = state

    async def add_client(self, request: Request) -> Json:
        """POST /_sandbox/clients: one registration or a list of them."""
        data = await read_json(request)
        clients = [parse_client(d) for d in (data if isinstance(data, list) else [data])]
        for client in clients:
            self._state.clients.add(client)
        return client_json(clients[0]) if clients else {}

    async def list_clients(self, _request: Request) -> list[Json]:
        """GET /_sandbox/clients."""
        return [client_json(c) for c in self._state.clients.all()]

    async def remove_client(self, request: Request) -> Json:
        """DELETE /_sandbox/clients/{id}: the app is disabled, its tokens die."""
        client_id = request.path_params["id"]
        if not self._state.clients.remove(client_id):
            raise NotFound
        self._state.vouchers.revoke_all(client_id)
        return {"removed": client_id}

    async def add_launch(self, request: Request) -> Json:
        """POST /_sandbox/launches: a handle and the URL to open."""
        data = await read_json(request)
        if not isinstance(data, dict):
            raise Wrong("an object is required")
        launch = make_launch(self._state, data)
        return {"launch": launch.handle, "launch_url": launch_url(self._state, launch)}


def make_launch(state: Sandbox, data: Json) -> Launch:
    """A handle from the fields of POST /_sandbox/launches. Raises Wrong."""
    personality = data.get("personality") or state.personality
    if personality not in PERSONALITIES:
        raise Wrong("personality is not known")
    client = state.clients.get(str(data.get("client_id")), personality)
    if client is None:
        raise Wrong("client_id is not registered with this personality")
    patient = data.get("patient")
    if patient is not None and state.store.get("Patient", str(patient)) is None:
        raise Wrong("patient is not known")
    return state.vouchers.add_launch(
        personality=personality,
        client_id=client.client_id,
        patient=patient,
        encounter=data.get("encounter"),
        user=_user(data.get("user")),
        context=_context(data),
        grant=_grant(data.get("grant")),
    )


def _user(given: Any) -> str:
    if not given:
        return DEFAULT_USER
    return str(given) if "/" in str(given) else f"Practitioner/{given}"


def _context(data: Json) -> Json:
    context: Json = {"need_patient_banner": bool(data.get("need_patient_banner", True))}
    context.update({k: data[k] for k in _CONTEXT if data.get(k) is not None})
    if data.get("fhir_context") is not None:
        context["fhirContext"] = data["fhir_context"]
    context.update(data.get("extra") or {})
    return context


def _grant(given: Any) -> tuple[str, ...] | None:
    if given is None:
        return None
    words = tuple(given.split() if isinstance(given, str) else given)
    try:
        for word in words:
            parse_scope(word)
    except ScopeError as exc:
        raise Wrong(str(exc)) from exc
    return words


def launch_url(state: Sandbox, launch: Launch) -> str | None:
    """The app's launch URL with iss and launch; None when it registered none."""
    client = state.clients.find(launch.client_id)
    if client is None or not client.launch_url:
        return None
    joint = "&" if "?" in client.launch_url else "?"
    query = urlencode({"iss": state.base(launch.personality), "launch": launch.handle})
    return f"{client.launch_url}{joint}{query}"
