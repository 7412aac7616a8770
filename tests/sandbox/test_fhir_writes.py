"""Writes on the generic server: versions, patches, conditional create, reach and form."""

from typing import Any

import pytest

from sandbox.jsontypes import Json
from sandbox.state import Sandbox
from tests.sandbox.driver import App

pytestmark = pytest.mark.anyio

PHONE = {"op": "replace", "path": "/telecom/0/value", "value": "206-555-0199"}
PATCH_JSON = {"Content-Type": "application/json-patch+json"}
NOTE: Json = {
    "resourceType": "Communication",
    "status": "completed",
    "identifier": [{"system": "urn:test:intent", "value": "i-1"}],
    "subject": {"reference": "Patient/ada"},
}


async def patched(app: App, tokens: Json, *operations: Json, match: str | None = 'W/"1"') -> Any:
    headers = PATCH_JSON | ({"If-Match": match} if match else {})
    return await app.fhir(tokens, "PATCH", "Patient/ada", headers=headers, json=list(operations))


async def test_a_patch_moves_the_version_and_the_chart(wide: App) -> None:
    tokens = await wide.tokens()
    test = {"op": "test", "path": "/meta/versionId", "value": "1"}
    answer = await patched(wide, tokens, test, PHONE)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    held = (await wide.http.get("/_sandbox/resource/Patient/ada")).json()
    assert held["telecom"][0]["value"] == "206-555-0199"
    writes = (await wide.http.get("/_sandbox/writes")).json()
    assert [(w["interaction"], w["id"], w["client_id"]) for w in writes] == [
        ("update", "ada", "app")
    ]


async def test_a_stale_if_match_is_refused(wide: App) -> None:
    tokens = await wide.tokens()
    assert (await patched(wide, tokens, PHONE)).status_code == 200
    answer = await patched(wide, tokens, PHONE)
    assert answer.status_code == 412
    assert answer.json()["issue"][0]["code"] == "conflict"


async def test_a_failed_test_changes_nothing(wide: App) -> None:
    tokens = await wide.tokens()
    wrong = {"op": "test", "path": "/meta/versionId", "value": "0"}
    answer = await patched(wide, tokens, PHONE, wrong)
    assert (answer.status_code, answer.json()["issue"][0]["diagnostics"]) == (400, "Test failed.")
    assert (await wide.fhir(tokens, "GET", "Patient/ada")).headers["etag"] == 'W/"1"'


async def test_a_server_that_ignores_if_match_on_patch(wide: App, state: Sandbox) -> None:
    state.change_settings({"patch_ignores_if_match": True})
    tokens = await wide.tokens()
    assert (await patched(wide, tokens, PHONE, match='W/"77"')).status_code == 200
    stale = {"op": "test", "path": "/meta/versionId", "value": "1"}
    assert (await patched(wide, tokens, stale, PHONE, match='W/"77"')).status_code == 400


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        ([{"op": "replace", "path": "/telecom/9/value", "value": "x"}], 422),
        ([{"op": "explode", "path": "/telecom"}], 422),
        ([{"op": "replace", "path": "/id", "value": "ben"}], 422),
        ([{"op": "add", "path": "/favouriteColour", "value": "red"}], 400),
        ([{"op": "replace", "path": "/telecom", "value": "x"}], 400),
        ([{"op": "replace", "path": "", "value": 5}], 422),
        ({"op": "replace"}, 400),
        (["x"], 400),
    ],
)
async def test_a_patch_that_cannot_be(wide: App, operations: Any, status: int) -> None:
    tokens = await wide.tokens()
    answer = await wide.fhir(
        tokens, "PATCH", "Patient/ada", headers=PATCH_JSON | {"If-Match": 'W/"1"'}, json=operations
    )
    assert answer.status_code == status
    assert (await wide.fhir(tokens, "GET", "Patient/ada")).headers["etag"] == 'W/"1"'


async def test_content_types_are_checked(wide: App) -> None:
    tokens = await wide.tokens()
    assert (await wide.fhir(tokens, "PATCH", "Patient/ada", json=[PHONE])).status_code == 415
    headers = {"Content-Type": "text/plain"}
    answer = await wide.fhir(tokens, "POST", "Communication", headers=headers, content="{}")
    assert answer.status_code == 415
    headers = {"Content-Type": "application/fhir+json"}
    answer = await wide.fhir(tokens, "POST", "Communication", headers=headers, content="{")
    assert answer.status_code == 400


async def test_create_gives_location_and_version(wide: App) -> None:
    tokens = await wide.tokens()
    answer = await wide.fhir(tokens, "POST", "Communication", json=NOTE | {"id": "mine"})
    assert answer.status_code == 201
    made = answer.json()["id"]
    assert made != "mine"
    assert answer.headers["location"] == f"{wide.base}/Communication/{made}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'


async def test_minimal_return(wide: App) -> None:
    headers = {"Prefer": "return=minimal"}
    answer = await wide.fhir(
        await wide.tokens(), "POST", "Communication", json=NOTE, headers=headers
    )
    assert (answer.status_code, answer.content) == (201, b"")


async def test_conditional_create(wide: App) -> None:
    tokens = await wide.tokens()
    headers = {"If-None-Exist": "identifier=urn:test:intent|i-1"}
    first = await wide.fhir(tokens, "POST", "Communication", json=NOTE, headers=headers)
    again = await wide.fhir(tokens, "POST", "Communication", json=NOTE, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    await wide.fhir(tokens, "POST", "Communication", json=NOTE)
    third = await wide.fhir(tokens, "POST", "Communication", json=NOTE, headers=headers)
    assert (third.status_code, third.json()["issue"][0]["code"]) == (412, "multiple-matches")
    headers = {"If-None-Exist": "colour=red"}
    odd = await wide.fhir(tokens, "POST", "Communication", json=NOTE, headers=headers)
    assert odd.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Observation"}, 400),
        ([], 400),
        (NOTE | {"status": None}, 400),
        (NOTE | {"colour": "red"}, 400),
        (NOTE | {"subject": {"reference": "Patient/ben"}}, 403),
        ({k: v for k, v in NOTE.items() if k != "subject"}, 403),
    ],
)
async def test_a_create_that_cannot_be(wide: App, body: Any, status: int) -> None:
    if isinstance(body, dict):
        body = {k: v for k, v in body.items() if v is not None}
    answer = await wide.fhir(await wide.tokens(), "POST", "Communication", json=body)
    assert answer.status_code == status
    assert (await wide.http.get("/_sandbox/writes")).json() == []


async def test_update_checks_id_version_and_patient(wide: App) -> None:
    tokens = await wide.tokens()
    held = (await wide.fhir(tokens, "GET", "Patient/ada")).json()
    held["birthDate"] = "1960-12-12"
    put = {"If-Match": 'W/"1"'}
    assert (await wide.fhir(tokens, "PUT", "Patient/ben", json=held)).status_code == 400
    other = held | {"id": "ben"}
    assert (await wide.fhir(tokens, "PUT", "Patient/ben", json=other)).status_code == 403
    answer = await wide.fhir(tokens, "PUT", "Patient/ada", json=held, headers=put)
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    answer = await wide.fhir(tokens, "PUT", "Patient/ada", json=held, headers=put)
    assert answer.status_code == 412


async def test_a_resource_may_not_be_moved_to_another_patient(wide: App) -> None:
    tokens = await wide.tokens()
    held = (await wide.fhir(tokens, "GET", "Observation/lab1")).json()
    held["subject"] = {"reference": "Patient/ben"}
    assert (await wide.fhir(tokens, "PUT", "Observation/lab1", json=held)).status_code == 403
    op = {"op": "replace", "path": "/subject/reference", "value": "Patient/ben"}
    answer = await wide.fhir(tokens, "PATCH", "Observation/lab1", headers=PATCH_JSON, json=[op])
    assert answer.status_code == 403


async def test_put_of_an_unknown_id_creates(wide: App) -> None:
    tokens = await wide.tokens()
    body = NOTE | {"id": "fresh"}
    answer = await wide.fhir(tokens, "PUT", "Communication/fresh", json=body)
    assert answer.status_code == 201


async def test_delete_and_what_is_left(wide: App) -> None:
    tokens = await wide.tokens()
    assert (await wide.fhir(tokens, "DELETE", "Observation/lab1")).status_code == 204
    assert (await wide.fhir(tokens, "GET", "Observation/lab1")).status_code == 410
    assert (await wide.fhir(tokens, "DELETE", "Observation/lab1")).status_code == 204
    assert (await wide.fhir(tokens, "DELETE", "Observation/never")).status_code == 404
    assert (await wide.fhir(tokens, "DELETE", "Observation/benlab")).status_code == 403
    left = (await wide.fhir(tokens, "GET", "Observation?patient=ada")).json()
    assert left["total"] == 7


@pytest.mark.parametrize("grant", ["patient/Patient.rs", "patient/Patient.read"])
async def test_writes_need_a_write_scope(wide: App, grant: str) -> None:
    tokens = await wide.tokens(grant=grant)
    assert (await patched(wide, tokens, PHONE)).status_code == 403
    assert (await wide.fhir(tokens, "POST", "Communication", json=NOTE)).status_code == 403
    assert (await wide.fhir(tokens, "DELETE", "Patient/ada")).status_code == 403


async def test_versions_may_be_uuids(wide: App, state: Sandbox) -> None:
    state.change_settings({"uuid_versions": True})
    tokens = await wide.tokens()
    answer = await patched(wide, tokens, PHONE)
    version = answer.json()["meta"]["versionId"]
    assert len(version) == 36
    assert answer.headers["etag"] == f'W/"{version}"'


async def test_reset_brings_the_loaded_charts_back(wide: App) -> None:
    tokens = await wide.tokens()
    await patched(wide, tokens, PHONE)
    await wide.fhir(tokens, "POST", "Communication", json=NOTE)
    await wide.fhir(tokens, "DELETE", "Observation/lab1")
    await wide.http.post("/_sandbox/reset")
    assert (await wide.fhir(tokens, "GET", "Patient/ada")).status_code == 401
    tokens = await wide.tokens()
    held = await wide.fhir(tokens, "GET", "Patient/ada")
    assert held.json()["telecom"][0]["value"] == "206-555-0101"
    assert held.headers["etag"] == 'W/"1"'
    assert (await wide.fhir(tokens, "GET", "Observation?patient=ada")).json()["total"] == 8
    assert (await wide.fhir(tokens, "GET", "Communication?patient=ada")).json()["total"] == 0
