"""The short way reads URLs as httpx does, and inflates no further than asked."""

import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import FhirMalformed, FhirUnavailable
from app.fhir.client import FhirClient
from app.fhir.exchange import _PLAIN, build_request, fold_headers, parse_plain_url
from app.fhir.outbound import OutboundClient, build_http_client
from app.fhir.transport import origin_at
from tests.app.fhir.raw_server import RawServer, answering, raw_server

BUNDLE = b'{"resourceType":"Bundle"}' + b" " * 5000
JSON = b"Content-Type: application/fhir+json\r\n"


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_a_plain_url_leads_where_httpx_says(url: str) -> None:
    address = parse_plain_url(url)
    if address is None:
        return
    try:
        known = httpx.URL(url)
    except httpx.InvalidURL:
        return  # a host that no name can be: it will not resolve
    assert address.origin == origin_at(known)
    assert address.target.encode() == known.raw_path
    assert address.host.encode() == dict(httpx.Request("GET", known).headers.raw)[b"Host"]


@pytest.mark.parametrize(
    "url",
    [
        "https://user@ehr.example/fhir", "https://EHR.example/fhir", "https://ehr.example",
        "https://[::1]/fhir", "https://ehr.example/a b", "https://ehr.example/a#b",
        "https://ehr.example/a/../b", "https://ehr.example/ä", "https://ehr.example:65536/",
        "ftp://ehr.example/", "https://ehr.example/a\r\nX: y", "https://ehr.example\\@evil/",
        "//ehr.example/", "",
    ],
)  # fmt: skip
def test_what_is_unusual_goes_the_long_way(url: str) -> None:
    assert parse_plain_url(url) is None


@pytest.mark.parametrize(
    ("name", "value"), [("A", "b\r\nC: d"), ("A", "b\n"), ("A:", "b"), ("", "b"), ("A", "ä")]
)
def test_a_header_that_is_not_plain_is_not_built(name: str, value: str) -> None:
    address = parse_plain_url("https://ehr.example/fhir")
    assert address is not None
    assert build_request("GET", address, {name: value}, b"") is None


def test_a_request_as_it_goes_over_the_wire() -> None:
    address = parse_plain_url("https://ehr.example:8443/fhir/Task?a=b")
    assert address is not None
    assert build_request("POST", address, {"Accept": "x"}, b"{}") == (
        b"POST /fhir/Task?a=b HTTP/1.1\r\nHost: ehr.example:8443\r\nAccept: x\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )


def test_headers_are_found_in_any_case_and_joined() -> None:
    raw = [(b"ETag", b'W/"1"'), (b"X-A", b"1"), (b"x-a", b"2")]
    assert fold_headers(raw) == {"etag": 'W/"1"', "x-a": "1, 2"}


@pytest.fixture
async def http() -> AsyncIterator[OutboundClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        yield client


def coded(body: bytes, coding: bytes) -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    head = b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Encoding: " + coding + b"\r\n"
    return head + length + b"\r\n" + body


def client_of(http: OutboundClient, server: RawServer, max_bytes: int = 100_000) -> FhirClient:
    return FhirClient(http, server.base + "/fhir", "token", max_bytes=max_bytes)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["Condition?patient=p1", "Condition?patient=p ä"])
@pytest.mark.parametrize("coding", [b"gzip", b"identity"])
async def test_both_ways_bring_the_same(http: OutboundClient, path: str, coding: bytes) -> None:
    body = gzip.compress(BUNDLE) if coding == b"gzip" else BUNDLE
    async with raw_server(answering(coded(body, coding))) as server:
        for _ in range(2):
            assert (await client_of(http, server).fetch(path)).body == BUNDLE
        assert server.connections == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(BUNDLE)[:-9],
        b"no gzip at all",
        zlib.compress(BUNDLE),
        gzip.compress(b" " * 50_000_000),
    ],
    ids=[
        "cut",
        "no gzip",
        "zlib",
        "boundless",
    ],  # gzip carries the time: ids made of it would differ
)
async def test_a_bad_or_boundless_gzip_is_no_answer(http: OutboundClient, body: bytes) -> None:
    async with raw_server(answering(coded(body, b"gzip"))) as server:
        with pytest.raises(FhirUnavailable):
            await client_of(http, server).fetch("Condition")


@pytest.mark.anyio
async def test_a_coding_that_was_not_asked_for_is_no_answer(http: OutboundClient) -> None:
    async with raw_server(answering(coded(b"x", b"br"))) as server:
        with pytest.raises(FhirUnavailable):
            await client_of(http, server).fetch("Condition")


@pytest.mark.anyio
@pytest.mark.parametrize("size", [100_000, 100_001])
async def test_the_cap_is_exact(http: OutboundClient, size: int) -> None:
    body = gzip.compress(b" " * size)
    async with raw_server(answering(coded(body, b"gzip"))) as server:
        if size == 100_000:
            assert len((await client_of(http, server).fetch("Condition")).body) == size
        else:
            with pytest.raises(FhirUnavailable):
                await client_of(http, server).fetch("Condition")


@pytest.mark.anyio
async def test_the_rules_hold_on_the_short_way(http: OutboundClient) -> None:
    async with raw_server() as server:
        async with build_http_client(may_be_private=lambda _h: True) as secure:
            with pytest.raises(FhirUnavailable) as caught:
                await client_of(secure, server).fetch("Condition")
            assert not caught.value.outcome_unknown
        async with build_http_client(allow_http=True) as public:
            with pytest.raises(FhirUnavailable):
                await client_of(public, server).fetch("Condition")
        assert server.connections == 0
        with pytest.raises(FhirUnavailable):
            await FhirClient(http, server.base, "to\nken").fetch("Condition")
        with pytest.raises(FhirMalformed):
            await client_of(http, server).fetch("http://127.0.0.1:1/fhir/Condition")
        assert server.requests == []
