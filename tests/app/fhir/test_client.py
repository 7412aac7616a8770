"""The client's promises: every refusal is the right error, nothing leaves the registered base."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.errors import (
    FhirConflict,
    FhirError,
    FhirForbidden,
    FhirMalformed,
    FhirNotFound,
    FhirRejected,
    FhirThrottled,
    FhirUnauthorized,
    FhirUnavailable,
)
from app.fhir.client import FhirClient, parse_etag, parse_issue_codes, parse_retry_after
from app.fhir.outbound import OutboundClient, build_http_client
from tests.app.fhir.conftest import ScriptedServer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.anyio


@pytest.fixture
async def http() -> AsyncIterator[OutboundClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        yield client


def answering(ehr: ScriptedServer, response: Response) -> None:
    async def handler(_request: Request) -> Response:
        return response

    ehr.handler = handler


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (401, {}, FhirUnauthorized),
        (403, {}, FhirForbidden),
        (404, {}, FhirNotFound),
        (410, {}, FhirNotFound),
        (409, {}, FhirConflict),
        (412, {}, FhirConflict),
        (400, {}, FhirRejected),
        (422, {}, FhirRejected),
        (423, {}, FhirRejected),
        (423, {"retry-after": "3"}, FhirThrottled),
        (429, {}, FhirThrottled),
        (500, {}, FhirUnavailable),
        (503, {}, FhirUnavailable),
        (503, {"retry-after": "3"}, FhirThrottled),
        (302, {"location": "http://127.0.0.1:1/elsewhere"}, FhirMalformed),
    ],
)
async def test_each_refusal_is_its_error(
    ehr: ScriptedServer,
    http: OutboundClient,
    status: int,
    headers: dict[str, str],
    expected: type[FhirError],
) -> None:
    answering(ehr, Response("secret diagnostics", status, headers))
    with pytest.raises(expected) as caught:
        await FhirClient(http, ehr.base, "token").fetch("Patient/1")
    assert type(caught.value) is expected
    assert "secret" not in str(caught.value)
    assert len(ehr.seen) == 1


async def test_sends_the_token_and_reads_the_version(
    ehr: ScriptedServer, http: OutboundClient
) -> None:
    answering(ehr, JSONResponse({"resourceType": "Patient"}, headers={"ETag": 'W/"7"'}))
    answer = await FhirClient(http, ehr.base, "opaque").fetch("Patient/1", {"_format": "json"})
    assert answer.etag_version == "7"
    assert ehr.seen[0].headers["authorization"] == "Bearer opaque"
    assert ehr.seen[0].url.path == "/fhir/Patient/1"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/fhir/Patient",
        "http://evil.example/fhir",
        "http://127.0.0.1@evil.example/fhir",
        "file:///etc/passwd://",
    ],
)
async def test_another_server_is_refused_before_sending(
    ehr: ScriptedServer, http: OutboundClient, url: str
) -> None:
    client = FhirClient(http, ehr.base, "token")
    with pytest.raises((FhirMalformed, ValueError)):
        await client.fetch(url)
    assert ehr.seen == []


async def test_an_answer_that_is_not_json_is_malformed(
    ehr: ScriptedServer, http: OutboundClient
) -> None:
    answering(ehr, Response("<html>", 200, media_type="text/html"))
    with pytest.raises(FhirMalformed):
        await FhirClient(http, ehr.base, "token").fetch("Patient/1")


@pytest.mark.parametrize("declared", [True, False])
async def test_an_endless_body_is_cut(
    ehr: ScriptedServer, http: OutboundClient, declared: bool
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1000

    async def handler(_request: Request) -> Response:
        if declared:
            return Response(b" " * 100_001, media_type="application/json")
        return StreamingResponse(endless(), media_type="application/json")

    ehr.handler = handler
    with pytest.raises(FhirUnavailable):
        await FhirClient(http, ehr.base, "token", max_bytes=100_000).fetch("Patient/1")


async def test_a_slow_write_has_an_unknown_outcome_and_a_read_has_not(
    ehr: ScriptedServer, http: OutboundClient
) -> None:
    over = asyncio.Event()

    async def handler(_request: Request) -> Response:
        await over.wait()
        return Response()

    ehr.handler = handler
    client = FhirClient(http, ehr.base, "token", deadline_s=0.5)
    with pytest.raises(FhirUnavailable) as write:
        await client.send("POST", "Communication", b"{}")
    with pytest.raises(FhirUnavailable) as read:
        await client.fetch("Communication/1")
    over.set()
    assert write.value.outcome_unknown
    assert not read.value.outcome_unknown


async def test_nothing_listening_is_a_known_outcome(http: OutboundClient) -> None:
    client = FhirClient(http, "http://127.0.0.1:9/fhir", "token")
    with pytest.raises(FhirUnavailable) as caught:
        await client.send("POST", "Communication", b"{}")
    assert not caught.value.outcome_unknown


async def test_a_server_error_after_a_write_is_unknown(
    ehr: ScriptedServer, http: OutboundClient
) -> None:
    answering(ehr, Response("", 500))
    with pytest.raises(FhirUnavailable) as caught:
        await FhirClient(http, ehr.base, "token").send("PUT", "Patient/1", b"{}")
    assert caught.value.outcome_unknown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("-3", None),
        ("1000000000", 600.0),
        ("9" * 400, 600.0),
        ("soon", None),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 12:00:30", 30.0),
    ],
)
def test_retry_after_in_every_form(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, now=NOW) == seconds


@pytest.mark.parametrize(
    ("text", "version"), [('W/"3"', "3"), ('"ab-c"', "ab-c"), (None, ""), ("4", "4")]
)
def test_etag(text: str | None, version: str) -> None:
    assert parse_etag(text) == version


def test_issue_codes_leave_diagnostics_behind() -> None:
    body = (
        b'{"resourceType":"OperationOutcome","issue":[{"code":"processing","diagnostics":"Vargas",'
        b'"details":{"coding":[{"code":"4119"}],"text":"Elena"}}]}'
    )
    assert parse_issue_codes(body) == ("processing", "4119")


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda s: st.lists(s)))
def test_issue_codes_never_raise(value: Any) -> None:
    assert parse_issue_codes(httpx.Response(200, json=value).content) == ()


@given(st.binary())
def test_issue_codes_of_noise(value: bytes) -> None:
    assert parse_issue_codes(value) == ()
