"""Writing a Patient against a server that misbehaves: the result is only what a read showed."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any

import jsonpatch
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.clinical.elements import Moment, PatientLink, ReadInfo, Reference, Source
from app.clinical.facts import Patient
from app.clinical.normalize import normalize_patient
from app.errors import FhirUnauthorized
from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.outreach.contact import FieldChange
from app.sync.patient_write import MAX_ROUNDS, ContactWrite, Identity, Route, WriteResult
from app.vendors import profile_named
from tests.app.fhir.conftest import ScriptedServer, ehr

__all__ = ["ehr"]
pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 22)
READ = ReadInfo("EHR", datetime(2026, 11, 22, tzinfo=UTC), "", "")
IDENTITY = Identity("p", date(1968, 3, 14), "44")
MOVE = (FieldChange("phone_mobile", "+16025550148", "+16025550177"),)
Misbehave = Callable[["Record", Request, bytes], Response | None]


class Record:
    """One Patient as a small server keeps it; `misbehave` may answer in its place."""

    def __init__(self, misbehave: Misbehave = lambda _r, _q, _b: None) -> None:
        self.version = 1
        self.writes = 0
        self.misbehave = misbehave
        self.body: dict[str, Any] = {
            "resourceType": "Patient",
            "id": "p",
            "birthDate": "1968-03-14",
            "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "x", "value": "44"}],
            "telecom": [{"system": "phone", "use": "mobile", "value": "(602) 555-0148"}],
        }

    def current(self) -> dict[str, Any]:
        return self.body | {"meta": {"versionId": str(self.version)}}

    def apply(self, request: Request, body: bytes) -> None:
        if request.method == "PATCH":
            self.body = jsonpatch.apply_patch(self.current(), body.decode())
        else:
            self.body = json.loads(body)
        self.writes += 1
        self.version += 1

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        odd = self.misbehave(self, request, body)
        if odd is not None:
            return odd
        if request.method != "GET":
            self.apply(request, body)
        return JSONResponse(self.current(), headers={"ETag": f'W/"{self.version}"'})


@pytest.fixture
async def client(ehr: ScriptedServer) -> AsyncIterator[FhirClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as http:
        yield FhirClient(http, ehr.base, "token", deadline_s=60)


def parse(raw: bytes) -> Patient | None:
    return normalize_patient(raw, profile=profile_named("generic").normalizer, read=READ)


async def write(
    ehr: ScriptedServer,
    client: FhirClient,
    record: Record,
    *,
    route: Route = "patch",
    identity: Identity = IDENTITY,
    changes: tuple[FieldChange, ...] = MOVE,
) -> WriteResult:
    ehr.handler = record.answer
    job = ContactWrite(client, identity, changes, route, parse, TODAY)
    return await job.apply()


@pytest.mark.parametrize("route", ["patch", "put"])
async def test_a_plain_write_is_read_back(
    ehr: ScriptedServer, client: FhirClient, route: Route
) -> None:
    record = Record()
    result = await write(ehr, client, record, route=route)
    assert (result.state, result.version, record.writes) == ("in_ehr", "2", 1)
    assert result.read_back == (("phone_mobile", "+16025550177"),)
    assert result.precondition == 'W/"1"'


async def test_what_the_ehr_has_already_is_adopted(ehr: ScriptedServer, client: FhirClient) -> None:
    record = Record()
    record.body["telecom"][0]["value"] = "602-555-0177"
    result = await write(ehr, client, record)
    assert (result.state, record.writes) == ("in_ehr", 0)


def refusing(status: int, times: int = 99) -> Misbehave:
    left = [times]

    def odd(_record: Record, request: Request, _body: bytes) -> Response | None:
        if request.method == "GET" or not left[0]:
            return None
        left[0] -= 1
        return Response("", status)

    return odd


@pytest.mark.parametrize(
    ("status", "times", "state", "reason"),
    [
        (412, 1, "in_ehr", ""),
        (409, 99, "attention", "fhir_conflict"),
        (422, 99, "attention", "fhir_rejected"),
        (403, 99, "attention", "fhir_forbidden"),
        (429, 99, "waiting", "fhir_throttled"),
        (503, 1, "in_ehr", ""),
        (500, 99, "unknown", "fhir_unavailable"),
    ],
)
async def test_refusals(
    ehr: ScriptedServer, client: FhirClient, status: int, times: int, state: str, reason: str
) -> None:
    record = Record(refusing(status, times))
    result = await write(ehr, client, record)
    assert (result.state, result.reason) == (state, reason)
    assert record.writes == (1 if state == "in_ehr" else 0)
    assert result.rounds <= MAX_ROUNDS


async def test_done_but_not_told_is_adopted_and_not_done_twice(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def odd(record: Record, request: Request, body: bytes) -> Response | None:
        if request.method == "GET":
            return None
        record.apply(request, body)
        return Response("", 502)

    record = Record(odd)
    result = await write(ehr, client, record)
    assert (result.state, record.writes) == ("in_ehr", 1)


async def test_a_server_that_says_yes_and_does_nothing(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def odd(record: Record, request: Request, _body: bytes) -> Response | None:
        return None if request.method == "GET" else JSONResponse(record.current())

    result = await write(ehr, client, Record(odd))
    assert (result.state, result.reason) == ("attention", "not_taken")


async def test_an_edit_between_our_read_and_our_write_is_a_conflict(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def odd(record: Record, request: Request, _body: bytes) -> Response | None:
        if request.method == "GET" or record.version > 1:
            return None
        record.version = 2
        record.body["telecom"][0]["value"] = "(602) 555-0184"
        return Response("", 412)

    record = Record(odd)
    result = await write(ehr, client, record)
    assert (result.state, record.writes) == ("conflict", 0)
    assert [c.theirs for c in result.clashes] == ["+16025550184"]


@pytest.mark.parametrize(
    "identity",
    [
        Identity("other", date(1968, 3, 14), "44"),
        Identity("p", date(1970, 1, 1), "44"),
        Identity("p", None, "45"),
    ],
)
async def test_a_record_that_is_not_this_person_is_not_touched(
    ehr: ScriptedServer, client: FhirClient, identity: Identity
) -> None:
    record = Record()
    ehr.handler = record.answer
    job = ContactWrite(client, identity, MOVE, "patch", parse, TODAY)
    result = await job.apply()
    assert (result.state, result.reason) == ("attention", "not_this_person")
    assert (record.writes, job.facts) == (0, None)


def test_identity_knows_a_merged_record() -> None:
    link = PatientLink("replaced-by", Reference("Patient", "q"))
    born = Moment(datetime(1968, 3, 14, tzinfo=UTC), "day")
    found = Patient(id="p", source=Source(READ, "Patient", "p"), birth_date=born)
    assert IDENTITY.is_same(found)
    merged = Patient(id="p", source=Source(READ, "Patient", "p"), links=(link,))
    assert not IDENTITY.is_same(merged)


async def test_a_dead_token_is_the_callers_matter(ehr: ScriptedServer, client: FhirClient) -> None:
    record = Record(lambda _r, _q, _b: Response("", 401))
    with pytest.raises(FhirUnauthorized):
        await write(ehr, client, record)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (Response("", 503), "waiting", "fhir_unavailable"),
        (Response("", 429), "waiting", "fhir_throttled"),
        (Response("", 404), "attention", "fhir_not_found"),
        (JSONResponse({"resourceType": "Observation", "id": "p"}), "waiting", "fhir_malformed"),
    ],
)
async def test_a_record_that_cannot_be_read_is_not_written(
    ehr: ScriptedServer, client: FhirClient, answer: Response, state: str, reason: str
) -> None:
    record = Record(lambda _r, _q, _b: answer)
    result = await write(ehr, client, record)
    assert (result.state, result.reason, record.writes) == (state, reason, 0)


@pytest.mark.parametrize(("status", "state"), [(429, "waiting"), (503, "unknown")])
async def test_a_busy_ehr_says_when_to_come_back(
    ehr: ScriptedServer, client: FhirClient, status: int, state: str
) -> None:
    def odd(_record: Record, request: Request, _body: bytes) -> Response | None:
        busy = Response("", status, headers={"Retry-After": "7"})
        return None if request.method == "GET" else busy

    result = await write(ehr, client, Record(odd))
    assert (result.state, result.reason, result.retry_after_s) == (state, "fhir_throttled", 7.0)


async def test_losing_the_ehr_after_sending_is_unknown(
    ehr: ScriptedServer, client: FhirClient
) -> None:
    def odd(record: Record, request: Request, _body: bytes) -> Response | None:
        if request.method == "GET" and record.version == 1:
            return None
        record.version = 2
        return Response("", 500)

    result = await write(ehr, client, Record(odd))
    assert (result.state, result.reason) == ("unknown", "fhir_unavailable")
