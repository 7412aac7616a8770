"""A sign-in's requests over the one way out: bounded in time and size, failures by their kind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.fhir.fetcher import Fetcher
from app.fhir.outbound import OutboundClient, build_http_client
from launch.ports import FetchFailed
from tests.app.fhir.raw_server import answering, raw_server

pytestmark = pytest.mark.anyio
TOKEN = b'HTTP/1.1 200 OK\r\nX-Mark: 1\r\nContent-Length: 15\r\n\r\n{"token":"t-1"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def http() -> AsyncIterator[OutboundClient]:
    async with build_http_client(may_be_private=lambda _host: True, allow_http=True) as client:
        yield client


async def test_a_form_is_sent_as_one_and_its_answer_is_whole(http: OutboundClient) -> None:
    bodies: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        bodies.append(head + await reader.readexactly(length))
        writer.write(TOKEN)

    async with raw_server(speak) as server:
        form = {"code": "a b&c=ä", "grant_type": "authorization_code"}
        headers = {"Accept": "application/json", "Authorization": "Basic eA=="}
        reply = await Fetcher(http).send("POST", f"{server.base}/token", headers=headers, form=form)
    assert (reply.status, reply.body, reply.headers["x-mark"]) == (200, b'{"token":"t-1"}', "1")
    assert "t-1" not in repr(reply)
    (sent,) = bodies
    assert sent.startswith(b"POST /token HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in sent
    assert b"\r\nAuthorization: Basic eA==\r\n" in sent
    assert sent.endswith(b"\r\n\r\ncode=a+b%26c%3D%C3%A4&grant_type=authorization_code")


async def test_a_redirect_and_a_refusal_are_answers(http: OutboundClient) -> None:
    for status in (302, 400, 503):
        head = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        async with raw_server(answering(head.encode())) as server:
            assert (await Fetcher(http).send("GET", server.base + "/a")).status == status


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000, "too_large"),
        (CHUNKED + b"7d0\r\n" + b"x" * 2000, "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nxx", "timeout"),
        (b"nonsense\r\n\r\n", "protocol"),
    ],
)  # fmt: skip
async def test_answers_that_are_none(http: OutboundClient, answer: bytes, kind: str) -> None:
    async with raw_server(answering(answer)) as server:
        with pytest.raises(FetchFailed) as caught:
            patience_s = 1.0 if kind == "timeout" else 30.0
            url = server.base + "/token"
            await Fetcher(http).send("GET", url, timeout_s=patience_s, max_bytes=1000)
    assert caught.value.kind == kind


async def test_nobody_there_no_url_and_an_address_that_may_not_be_reached(
    http: OutboundClient,
) -> None:
    with pytest.raises(FetchFailed, match="connect"):
        await Fetcher(http).send("GET", "http://127.0.0.1:1/")
    for url in ("http://[", "gopher://x/"):
        with pytest.raises(FetchFailed):
            await Fetcher(http).send("GET", url)
    async with raw_server() as server, build_http_client(allow_http=True) as strict:
        with pytest.raises(FetchFailed, match="connect"):
            await Fetcher(strict).send("GET", server.base + "/token")
    assert server.requests == []
