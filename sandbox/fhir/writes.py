"""Create, update, patch, delete: the vendor's version rules, the token's reach, then the store."""

import copy
from typing import Any
from urllib.parse import parse_qs

import jsonpatch
import orjson
from jsonpointer import JsonPointerException
from starlette.responses import Response

from sandbox.fhir.call import Call
from sandbox.fhir.compartment import SHARED, patients_of
from sandbox.fhir.matching import build_test
from sandbox.fhir.parameters import parameter
from sandbox.fhir.store import Version
from sandbox.fhir.validity import require_valid
from sandbox.fhir.views import render, shaped
from sandbox.jsontypes import Json
from sandbox.oauth.scopes import ResourceScope
from sandbox.outcomes import FHIR_JSON, Refusal

_WRITE_TYPES = ("application/fhir+json", "application/json")
READ_ONLY = "read-only"
_PATCH_TYPE = "application/json-patch+json"


async def _read_body(call: Call, accepted: tuple[str, ...]) -> Any:
    kind = call.request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in accepted:
        raise Refusal(415, f"The body must be {accepted[0]}.")
    try:
        return orjson.loads(await call.request.body())
    except orjson.JSONDecodeError as exc:
        raise Refusal(400, "The body is not JSON.", "structure") from exc


async def _read_resource(call: Call, type_: str) -> Json:
    body = await _read_body(call, _WRITE_TYPES)
    if not isinstance(body, dict) or body.get("resourceType") != type_:
        raise Refusal(400, f"The body must be one {type_}.", "structure")
    return body


def _require_patient_reach(call: Call, scopes: tuple[ResourceScope, ...], body: Json) -> None:
    """A patient-level token writes for its own patient only."""
    mine = call.confined_to(scopes)
    patients = call.state.store.patients_about(body)
    if mine is None or (not patients and body["resourceType"] in SHARED):
        return
    if patients != (mine,):
        raise Refusal(403, "The token is for another patient.")


def _require_open_record(call: Call, patients: tuple[str, ...]) -> None:
    """A chart that registration tagged read-only takes no writes, neither to it nor about it."""
    for id_ in patients:
        chart = call.state.store.get("Patient", id_)
        meta = (chart.resource or {}).get("meta", {}) if chart else {}
        if any(tag.get("code") == READ_ONLY for tag in meta.get("tag", [])):
            raise Refusal(
                422, "Registration holds this record and accepts no changes.", "business-rule"
            )


async def create(call: Call, type_: str) -> Response:
    """POST Type, conditional where the vendor does that."""
    call.require_type(type_, "create")
    scopes = call.require_scopes(type_, "c")
    body = await _read_resource(call, type_)
    _require_patient_reach(call, scopes, body)
    _require_open_record(call, patients_of(body))
    _require_vendor_rules(call, type_, "create", body, None)
    require_valid(body)
    existing = _conditional(call, type_)
    if existing:
        return _answer(call, existing, 200, echo=True)
    body.pop("id", None)
    return _answer(call, call.state.store.put(body, call.author), 201)


def _conditional(call: Call, type_: str) -> Version | None:
    """The one resource that If-None-Exist finds. Raises Refusal 412 for several."""
    condition = call.request.headers.get("if-none-exist")
    if condition is None:
        return None
    if not call.personality.conditional_create:
        return None
    found = list(call.state.store.of_type(type_))
    for name, values in parse_qs(condition.removeprefix("?")).items():
        param = parameter(type_, name)
        if param is None:
            raise Refusal(400, f"If-None-Exist cannot use {name}.", "not-supported")
        tests = [build_test(name, "", param, v.split(",")) for v in values]
        found = [v for v in found if all(t(v) for t in tests)]
    if len(found) > 1:
        raise Refusal(412, "If-None-Exist matches several resources.", "multiple-matches")
    return found[0] if found else None


def _require_vendor_rules(
    call: Call, type_: str, interaction: str, body: Any, current: Json | None
) -> None:
    refusal = call.personality.write_rule(type_, interaction, body, current)
    if refusal:
        raise refusal


def _require_version(call: Call, current: Version, *, ignored: bool = False) -> None:
    """If-Match against the newest version, as the vendor answers."""
    given = call.request.headers.get("if-match")
    personality = call.personality
    _require_open_record(call, current.patients)
    if f"{current.key}" in call.state.settings["locked"]:
        raise Refusal(423, "Another user is editing this record.")
    if not personality.versioned or ignored:
        return
    if given is None:
        if personality.missing_if_match is not None:
            raise Refusal(personality.missing_if_match, "If-Match is required.", "required")
        return
    if given != f'W/"{current.version_id}"':
        raise Refusal(personality.stale_status, "The record has a newer version.", "conflict")


def _require_living(call: Call, type_: str, id_: str) -> Version:
    current = call.state.store.get(type_, id_)
    if current is None:
        raise Refusal(404, f"No {type_} with this id.")
    if current.resource is None:
        raise Refusal(410, f"The {type_} was deleted.")
    return current


async def update(call: Call, type_: str, id_: str) -> Response:
    """PUT Type/id."""
    call.require_type(type_, "update")
    scopes = call.require_scopes(type_, "u")
    body = await _read_resource(call, type_)
    if body.get("id") != id_:
        raise Refusal(400, "The id in the body must be the id in the URL.", "invalid")
    _require_patient_reach(call, scopes, body)
    if call.personality.update_create and call.state.store.get(type_, id_) is None:
        require_valid(body)
        return _answer(call, call.state.store.put(body, call.author, id_), 201)
    current = _require_living(call, type_, id_)
    call.require_reach(scopes, current)
    _require_version(call, current)
    _require_vendor_rules(call, type_, "update", body, current.resource)
    require_valid(body)
    return _answer(call, call.state.store.put(body, call.author, id_), 200)


async def patch(call: Call, type_: str, id_: str) -> Response:
    """PATCH Type/id with JSON Patch; every `test` must hold."""
    call.require_type(type_, "patch")
    scopes = call.require_scopes(type_, "u")
    operations = await _read_body(call, (_PATCH_TYPE,))
    if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
        raise Refusal(400, "A JSON Patch is a list of operations.", "structure")
    current = _require_living(call, type_, id_)
    call.require_reach(scopes, current)
    _require_version(call, current, ignored=call.state.settings["patch_ignores_if_match"])
    shown = shaped(current.resource or {}, call.personality.view)
    _require_vendor_rules(call, type_, "patch", operations, shown)
    changed = _apply(call, operations, shown)
    if (changed.get("resourceType"), changed.get("id")) != (type_, id_):
        raise Refusal(422, "resourceType and id may not change.")
    _require_patient_reach(call, scopes, changed)
    require_valid(changed)
    return _answer(call, call.state.store.put(changed, call.author, id_), 200)


def _apply(call: Call, operations: list[Any], resource: Json) -> Json:
    try:
        result = jsonpatch.apply_patch(copy.deepcopy(resource), operations)
    except jsonpatch.JsonPatchTestFailed as exc:
        raise Refusal(call.personality.failed_test_status, "Test failed.", "conflict") from exc
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError) as exc:
        raise Refusal(422, "The patch cannot be applied.") from exc
    if not isinstance(result, dict):
        raise Refusal(422, "The patch leaves no resource.")
    return result


def delete(call: Call, type_: str, id_: str) -> Response:
    """DELETE Type/id; a second one is answered alike."""
    call.require_type(type_, "delete")
    scopes = call.require_scopes(type_, "d")
    current = call.state.store.get(type_, id_)
    if current is None:
        raise Refusal(404, f"No {type_} with this id.")
    if current.resource is not None:
        call.require_reach(scopes, current)
        _require_version(call, current)
        call.state.store.delete(type_, id_, call.author)
    return Response(status_code=204)


def headers_of(call: Call, version: Version) -> dict[str, str]:
    """ETag and Last-Modified, for vendors that have versions."""
    if not call.personality.versioned:
        return {}
    stamp = version.updated.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return {"ETag": f'W/"{version.version_id}"', "Last-Modified": stamp}


def _answer(call: Call, version: Version, status: int, *, echo: bool = False) -> Response:
    headers = headers_of(call, version)
    if status == 201:
        history = f"/_history/{version.version_id}" if call.personality.versioned else ""
        headers["Location"] = f"{call.base}/{version.key}{history}"
    minimal = call.request.headers.get("prefer", "") == "return=minimal"
    if (call.personality.echoes_writes and not minimal) or echo:
        body = render(version, call.personality.view)
        return Response(body, status, headers, FHIR_JSON)
    return Response(b"", status, headers)
