"""From method and path to the interaction; every refusal becomes an OperationOutcome."""

from collections.abc import Awaitable, Callable
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.fhir import writes
from sandbox.fhir.call import Call, build_call
from sandbox.fhir.metadata import build_metadata
from sandbox.fhir.search import search
from sandbox.fhir.store import Version
from sandbox.fhir.views import render
from sandbox.oauth.discovery import build_smart_configuration, json_response
from sandbox.outcomes import FHIR_JSON, Refusal, outcome_response
from sandbox.personalities.model import Personality
from sandbox.ratelimit import is_throttled
from sandbox.requestlog import info_of
from sandbox.state import Sandbox

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def fhir_routes(state: Sandbox, personality: Personality) -> list[Route]:
    """Everything below the FHIR base; paths are relative to /{personality}."""
    base = "/fhir"

    async def metadata(request: Request) -> Response:
        info_of(request.scope)["purpose"] = "metadata"
        body = orjson.dumps(build_metadata(state, personality))
        return Response(body, media_type=FHIR_JSON)

    async def smart(request: Request) -> Response:
        info_of(request.scope)["purpose"] = "smart-configuration"
        if not personality.auth.smart_configuration:
            return outcome_response(Refusal(404, "Not found."))
        return json_response(build_smart_configuration(state, personality))

    async def fhir(request: Request) -> Response:
        try:
            return await _answer(state, personality, request)
        except Refusal as refusal:
            return outcome_response(refusal, with_vendor_code=personality.name == "epic")

    return [
        Route(f"{base}/metadata", metadata, methods=["GET"]),
        Route(f"{base}/.well-known/smart-configuration", smart, methods=["GET"]),
        Route(f"{base}/{{rest:path}}", fhir, methods=METHODS),
    ]


async def _answer(state: Sandbox, personality: Personality, request: Request) -> Response:
    if is_throttled(state, personality):
        raise Refusal(429, "Too many calls this minute.")
    _require_json_wanted(request)
    call = build_call(state, personality, request)
    parts = [p for p in request.path_params["rest"].split("/") if p]
    grant = call.access.grant
    purpose, answer = _route(call, request.method, parts)
    info_of(request.scope).update(
        client_id=grant.client_id,
        patient=grant.patient,
        scopes=str(call.access.scopes),
        purpose=purpose,
    )
    return await answer()


def _require_json_wanted(request: Request) -> None:
    accept = request.query_params.get("_format") or request.headers.get("accept", "*/*")
    if not any(word in accept for word in ("json", "*/*", "application/*")):
        raise Refusal(406, "Only JSON is served.")


Answer = Callable[[], Awaitable[Response]]


def _route(call: Call, method: str, parts: list[str]) -> tuple[str, Answer]:
    """The interaction's name and how to do it. Raises Refusal for what is none."""
    match (method, parts):
        case ("GET", [type_]) if type_[:1].isupper():
            return f"search:{type_}", partial(search, call, type_)
        case ("POST", [type_, "_search"]):
            return f"search:{type_}", partial(search, call, type_)
        case ("GET", [type_, id_]):
            return f"read:{type_}", partial(_read, call, type_, id_)
        case ("GET", [type_, id_, "_history"]):
            return f"history:{type_}", partial(_history, call, type_, id_)
        case ("GET", [type_, id_, "_history", version]):
            return f"vread:{type_}", partial(_vread, call, type_, id_, version)
    return _route_write(call, method, parts)


def _route_write(call: Call, method: str, parts: list[str]) -> tuple[str, Answer]:
    match (method, parts):
        case ("POST", [type_]):
            return f"create:{type_}", partial(writes.create, call, type_)
        case ("PUT", [type_, id_]):
            return f"update:{type_}", partial(writes.update, call, type_, id_)
        case ("PATCH", [type_, id_]):
            return f"patch:{type_}", partial(writes.patch, call, type_, id_)
        case ("DELETE", [type_, id_]):
            return f"delete:{type_}", partial(_delete, call, type_, id_)
    raise Refusal(404, "There is no such interaction.", "not-supported")


async def _delete(call: Call, type_: str, id_: str) -> Response:
    return writes.delete(call, type_, id_)


def _shown(call: Call, version: Version) -> Response:
    headers = writes.headers_of(call, version)
    if call.request.headers.get("if-none-match") == headers.get("ETag", ""):
        return Response(b"", 304, headers)
    return Response(render(version, call.personality.view), 200, headers, FHIR_JSON)


async def _read(call: Call, type_: str, id_: str) -> Response:
    call.require_type(type_, "read")
    scopes = call.require_scopes(type_, "r")
    version = call.state.store.get(type_, id_)
    if version is None:
        raise Refusal(404, f"No {type_} with this id.")
    call.require_reach(scopes, version)
    if version.resource is None:
        raise Refusal(410, f"The {type_} was deleted.")
    merged = _merged_into(call, version)
    return merged or _shown(call, version)


def _merged_into(call: Call, version: Version) -> Response | None:
    """Epic redirects a merged patient's id to the one that replaced it."""
    if call.personality.name != "epic" or version.type != "Patient":
        return None
    for link in (version.resource or {}).get("link", []):
        if link.get("type") == "replaced-by":
            other = str(link.get("other", {}).get("reference", ""))
            refusal = Refusal(302, "The patient was merged.", "informational", vendor_code="4107")
            body = outcome_response(refusal, with_vendor_code=True).body
            answer = RedirectResponse(f"{call.base}/{other}", 302)
            answer.body = body
            answer.headers["content-length"] = str(len(body))
            answer.headers["content-type"] = FHIR_JSON
            return answer
    return None


async def _vread(call: Call, type_: str, id_: str, version_id: str) -> Response:
    call.require_type(type_, "vread")
    scopes = call.require_scopes(type_, "r")
    for version in call.state.store.history(type_, id_):
        if version.version_id == version_id:
            call.require_reach(scopes, version)
            if version.resource is None:
                raise Refusal(410, f"The {type_} was deleted.")
            return _shown(call, version)
    raise Refusal(404, "No such version.")


async def _history(call: Call, type_: str, id_: str) -> Response:
    call.require_type(type_, "history")
    scopes = call.require_scopes(type_, "r")
    versions = call.state.store.history(type_, id_)
    if not versions:
        raise Refusal(404, f"No {type_} with this id.")
    call.require_reach(scopes, versions[-1])
    entries = []
    for number, version in reversed(list(enumerate(versions))):
        method = "DELETE" if version.resource is None else ("PUT" if number else "POST")
        entry = {
            "fullUrl": f"{call.base}/{version.key}",
            "request": {"method": method, "url": version.key},
            "response": {"status": "200", "etag": f'W/"{version.version_id}"'},
        }
        entries.append({**entry, **({"resource": version.resource} if version.resource else {})})
    bundle = {"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries}
    return Response(orjson.dumps(bundle), media_type=FHIR_JSON)
