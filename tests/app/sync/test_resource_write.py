"""Creating against a server that misbehaves: one effect at most, and never more said than shown."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.errors import FhirUnauthorized
from app.fhir.client import Answer, FhirClient
from app.fhir.outbound import build_http_client
from app.sync.patient_write import WriteResult
from app.sync.payloads.routes import build_resource
from app.sync.resource_write import Landing, ResourceWrite, parse_created_id
from tests.app.fhir.conftest import ScriptedServer, ehr
from tests.app.sync.payloads.frames import LEDGER_ID, PLANNED, frame

__all__ = ["ehr"]
pytestmark = pytest.mark.anyio
TASK = build_resource("task", PLANNED, frame("planned_outreach"))
BY_IDENTIFIER = Landing("in_ehr", {"identifier": f"urn:chartside:intent|{LEDGER_ID}"})
Odd = Callable[["Shelf", Request, bytes], Response | None]


class Shelf:
    """Tasks as a small server keeps them; `odd` may answer in its place."""

    def __init__(self, odd: Odd = lambda _s, _r, _b: None) -> None:
        self.kept: list[dict[str, Any]] = []
        self.odd = odd

    def keep(self, body: bytes, **changes: Any) -> dict[str, Any]:
        made = json.loads(body) | {"id": f"t{len(self.kept)}", "meta": {"versionId": "1"}} | changes
        self.kept.append({k: v for k, v in made.items() if v is not None})
        return self.kept[-1]

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        odd = self.odd(self, request, body)
        if odd is not None:
            return odd
        if request.method == "POST":
            made = self.keep(body)
            return JSONResponse(made, 201, {"Location": f"/fhir/Task/{made['id']}"})
        name = request.url.path.rpartition("/")[2]
        if name == "Task":
            entries = [{"resource": t} for t in self.kept]
            bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
            return JSONResponse(bundle)
        found = [t for t in self.kept if t["id"] == name]
        return JSONResponse(found[0]) if found else Response("", 404)


@pytest.fixture
async def client(ehr: ScriptedServer) -> AsyncIterator[FhirClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as http:
        yield FhirClient(http, ehr.base, "token", deadline_s=60)


async def write(
    ehr: ScriptedServer,
    client: FhirClient,
    shelf: Shelf,
    *,
    landing: Landing = BY_IDENTIFIER,
    ehr_id: str = "",
    tried: bool = False,
) -> WriteResult:
    ehr.handler = shelf.answer
    job = ResourceWrite(
        client, TASK, LEDGER_ID, "p1", landing, lambda: datetime.now(UTC), ehr_id, tried
    )
    return await job.apply()


def posts(ehr: ScriptedServer) -> int:
    return sum(r.method == "POST" for r in ehr.seen)


async def test_a_plain_create_is_read_back(ehr: ScriptedServer, client: FhirClient) -> None:
    result = await write(ehr, client, Shelf())
    assert (result.state, result.resource_type, result.resource_id) == ("in_ehr", "Task", "t0")
    assert (result.version, result.status, result.read_back) == (
        "1",
        201,
        (("resource", "matched"),),
    )
    assert [r.method for r in ehr.seen] == ["POST", "GET"]
    assert "if-none-exist" not in ehr.seen[0].headers


async def test_a_note_is_never_more_than_a_note(ehr: ScriptedServer, client: FhirClient) -> None:
    result = await write(ehr, client, Shelf(), landing=replace(BY_IDENTIFIER, done="noted"))
    assert result.state == "noted"


async def test_if_none_exist_where_it_is_taken(ehr: ScriptedServer, client: FhirClient) -> None:
    await write(ehr, client, Shelf(), landing=replace(BY_IDENTIFIER, if_none_exist=True))
    assert ehr.seen[0].headers["if-none-exist"] == f"identifier=urn:chartside:intent|{LEDGER_ID}"


def once(status: int, *, keeps: bool, body: str = "", **headers: str) -> Odd:
    """Answers the first POST so, after keeping what was sent or not."""
    left = [1]

    def odd(shelf: Shelf, request: Request, sent: bytes) -> Response | None:
        if request.method != "POST" or not left[0]:
            return None
        left[0] = 0
        if keeps:
            shelf.keep(sent)
        return Response(body, status, headers)

    return odd


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, "", {}),
        (504, "<html>", {}),
        (201, "<html>ok</html>", {"content-type": "text/html"}),
        (201, "", {}),
        (200, '{"resourceType": "OperationOutcome"}', {"content-type": "application/json"}),
        (201, '{"resourceType": "Task"', {"content-type": "application/json"}),
        (302, "", {"location": "http://elsewhere/"}),
        (409, "", {}),
        (412, "", {}),
    ],
)
async def test_an_unclear_answer_after_an_effect_is_adopted(
    ehr: ScriptedServer, client: FhirClient, status: int, body: str, headers: dict[str, str]
) -> None:
    shelf = Shelf(once(status, keeps=True, body=body, **headers))
    result = await write(ehr, client, shelf)
    assert (result.state, result.resource_id, len(shelf.kept)) == ("in_ehr", "t0", 1)
    again = await write(ehr, client, shelf, ehr_id="t0")
    assert (again.state, len(shelf.kept)) == ("in_ehr", 1)


async def test_no_effect_is_unknown_first_and_sent_again_after_a_whole_search(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    shelf = Shelf(once(502, keeps=False))
    first = await write(ehr, client, shelf)
    assert (first.state, first.reason, posts(ehr)) == ("unknown", "fhir_unavailable", 1)
    second = await write(ehr, client, shelf, tried=True)
    assert (second.state, len(shelf.kept)) == ("in_ehr", 1)
    third = await write(ehr, client, shelf, tried=True)
    assert (third.state, len(shelf.kept)) == ("in_ehr", 1)


async def test_a_token_that_dies_before_the_search_leaves_it_unknown(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    first = once(500, keeps=True)

    def odd(shelf: Shelf, request: Request, body: bytes) -> Response | None:
        return Response("", 401) if request.method == "GET" else first(shelf, request, body)

    result = await write(ehr, client, Shelf(odd))
    assert (result.state, result.reason, posts(ehr)) == ("unknown", "fhir_unavailable", 1)


async def test_a_conflict_that_left_nothing_needs_a_person(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    result = await write(ehr, client, Shelf(once(409, keeps=False)))
    assert (result.state, result.reason) == ("attention", "fhir_conflict")


async def test_without_a_search_a_person_is_asked_and_nothing_is_repeated(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    shelf = Shelf(once(504, keeps=True))
    blind = replace(BY_IDENTIFIER, finding=None)
    first = await write(ehr, client, shelf, landing=blind)
    assert (first.state, first.reason, first.status) == ("attention", "outcome_unknown", 504)
    second = await write(ehr, client, shelf, landing=blind, tried=True)
    assert (second.reason, len(shelf.kept), posts(ehr)) == ("outcome_unknown", 1, 1)


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [(500, "unknown", "fhir_unavailable"), (403, "attention", "outcome_unknown"),
     (400, "attention", "outcome_unknown")],
)  # fmt: skip
async def test_a_search_that_does_not_show_everything_permits_no_create(
    ehr: ScriptedServer, client: FhirClient, status: int, state: str, reason: str
) -> None:
    def odd(_shelf: Shelf, request: Request, _body: bytes) -> Response | None:
        return Response("", status) if request.method == "GET" else None

    result = await write(ehr, client, Shelf(odd), tried=True)
    assert (result.state, result.reason, posts(ehr)) == (state, reason, 0)


async def test_two_of_ours_are_never_called_done(ehr: ScriptedServer, client: FhirClient) -> None:
    shelf = Shelf()
    shelf.keep(json.dumps(TASK).encode())
    shelf.keep(json.dumps(TASK).encode())
    result = await write(ehr, client, shelf, tried=True)
    assert (result.state, result.reason, posts(ehr)) == ("attention", "found_twice", 0)


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"identifier": None}, "in_ehr", ""),
        ({"text": None}, "in_ehr", ""),
        ({"description": None}, "attention", "not_taken"),
        ({"for": {"reference": "Patient/p2"}}, "attention", "not_ours"),
        ({"resourceType": "Basic"}, "attention", "not_ours"),
        ({"status": "entered-in-error"}, "attention", "withdrawn"),
    ],
)
async def test_what_was_kept_decides(
    ehr: ScriptedServer, client: FhirClient, changes: dict[str, Any], state: str, reason: str
) -> None:
    def odd(shelf: Shelf, request: Request, body: bytes) -> Response | None:
        if request.method != "POST":
            return None
        shelf.keep(body, **changes)
        return Response("", 201, {"Location": f"{ehr.base}/Task/t0/_history/1"})

    result = await write(ehr, client, Shelf(odd))
    assert (result.state, result.reason) == (state, reason)
    if state == "in_ehr":
        assert result.dropped == tuple(changes)


async def test_created_and_gone_is_said(ehr: ScriptedServer, client: FhirClient) -> None:
    def odd(_shelf: Shelf, request: Request, _body: bytes) -> Response | None:
        location = {"Location": "/fhir/Task/nowhere"}
        return Response("", 201, location) if request.method == "POST" else None

    result = await write(ehr, client, Shelf(odd))
    assert (result.state, result.reason) == ("attention", "not_taken")


async def test_an_unread_create_keeps_its_id_for_the_next_look(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def odd(_shelf: Shelf, request: Request, _body: bytes) -> Response | None:
        return Response("", 503) if request.method == "GET" else None

    shelf = Shelf(odd)
    result = await write(ehr, client, shelf)
    assert (result.state, result.resource_id) == ("unknown", "t0")
    later = await write(ehr, client, shelf, ehr_id="t0")
    assert (later.state, later.resource_id) == ("unknown", "t0")
    shelf.odd = lambda _s, _r, _b: None
    assert (await write(ehr, client, shelf, ehr_id="t0")).state == "in_ehr"
    assert posts(ehr) == 1


async def test_where_nothing_can_be_read_the_answer_has_to_do(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    result = await write(ehr, client, Shelf(), landing=replace(BY_IDENTIFIER, can_read=False))
    assert (result.state, result.resource_id, result.read_back) == ("in_ehr", "t0", ())


@pytest.mark.parametrize(
    ("status", "headers", "state", "reason", "after"),
    [
        (429, {"retry-after": "7"}, "waiting", "fhir_throttled", 7.0),
        (503, {"retry-after": "3"}, "waiting", "fhir_throttled", 3.0),
        (400, {}, "attention", "fhir_rejected", None),
        (422, {}, "attention", "fhir_rejected", None),
        (403, {}, "attention", "fhir_forbidden", None),
        (404, {}, "attention", "fhir_not_found", None),
    ],
)
async def test_a_clear_refusal_is_a_refusal(
    ehr: ScriptedServer,
    client: FhirClient,
    status: int,
    headers: dict[str, str],
    state: str,
    reason: str,
    after: float | None,
) -> None:
    result = await write(ehr, client, Shelf(once(status, keeps=False, **headers)))
    assert (result.state, result.reason, result.retry_after_s) == (state, reason, after)


async def test_a_dead_token_is_the_callers_to_renew(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    with pytest.raises(FhirUnauthorized):
        await write(ehr, client, Shelf(once(401, keeps=False)))


async def test_nobody_there_is_a_wait(client: FhirClient) -> None:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as http:
        gone = FhirClient(http, "http://127.0.0.1:9/fhir", "token", deadline_s=60)
        job = ResourceWrite(gone, TASK, LEDGER_ID, "p1", BY_IDENTIFIER, lambda: datetime.now(UTC))
        result = await job.apply()
    assert (result.state, result.reason) == ("waiting", "fhir_unavailable")


@pytest.mark.parametrize(
    ("body", "location", "expected"),
    [
        (b'{"resourceType": "Task", "id": "a"}', "", "a"),
        (b'{"resourceType": "Basic", "id": "a"}', "http://x/fhir/Task/b", "b"),
        (b"[1]", "Task/b/_history/3", "b"),
        (b"", "http://x/fhir/Task/b/?x=1", "b"),
        (b'{"resourceType": "Task", "id": 4}', "http://x/fhir/Basic/b", ""),
        (b"\xff", "", ""),
    ],
)
def test_the_new_id_is_named_by_body_or_location(body: bytes, location: str, expected: str) -> None:
    assert parse_created_id(Answer(201, body, location=location), "Task") == expected
