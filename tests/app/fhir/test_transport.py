"""The guarded transport on real sockets: which connections are used again, and what ends one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from app.fhir.outbound import build_http_client
from app.fhir.pool import Pool
from app.fhir.transport import GuardedTransport, build_message
from app.fhir.wire import MAX_WAITING_BYTES, Wire
from tests.app.fhir.raw_server import OK, RawServer, answering, raw_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with build_http_client(may_be_private=lambda _h: True, allow_http=True) as client:
        yield client


async def test_one_connection_serves_one_request_after_another(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        for number in range(3):
            answer = await http.get(f"{server.base}/{number}", headers={"X-A": "b"})
            assert (answer.status_code, answer.content) == (200, b"ok")
    assert server.connections == 1
    assert server.requests[2].startswith(b"GET /2 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-A: b\r\n" in server.requests[2]


async def test_requests_at_once_have_a_connection_each(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        await asyncio.gather(*(http.get(server.base) for _ in range(5)))
        await asyncio.gather(*(http.get(server.base) for _ in range(5)))
    assert server.connections == 5


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother",
    ],
)
async def test_some_connections_are_not_used_again(http: httpx.AsyncClient, first: bytes) -> None:
    async with raw_server(answering(first, OK)) as server:
        assert (await http.get(server.base)).content == b"ok"
        assert (await http.get(server.base)).content == b"ok"
    assert server.connections == 2


async def test_bytes_nobody_asked_for_end_the_connection(http: httpx.AsyncClient) -> None:
    """An answer to nobody's request must not become the next patient's chart."""
    async with raw_server() as server:
        await http.get(server.base)
        server.writers[0].write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother")
        await turns()
        assert (await http.get(server.base)).content == b"ok"
    assert server.connections == 2


async def test_a_body_left_half_read_ends_the_connection(http: httpx.AsyncClient) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\nsome"
    async with raw_server(answering(endless)) as server:
        async with http.stream("GET", server.base) as answer:
            assert answer.status_code == 200
        with suppress(httpx.TransportError):
            async with http.stream("GET", server.base):
                pass
    assert server.connections == 2


async def test_a_connection_closed_while_resting_is_not_used(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        await http.get(server.base)
        server.writers[0].close()
        await turns()
        assert (await http.get(server.base)).content == b"ok"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", httpx.RemoteProtocolError),
        (b"not http at all\r\n\r\n", httpx.RemoteProtocolError),
    ],
)
async def test_an_answer_that_breaks_off(
    http: httpx.AsyncClient, answer: bytes, error: type[Exception]
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async with raw_server(speak) as server:
        with pytest.raises(error):
            await http.get(server.base)


async def test_a_reset_is_a_read_error(http: httpx.AsyncClient) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)  # the rest stays unread, so that closing resets
        writer.transport.abort()

    async with raw_server(speak) as server:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http.get(server.base)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_silence_is_a_read_time_out(http: httpx.AsyncClient, answer: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await reader.read(1)

    async with raw_server(speak) as server:
        with pytest.raises(httpx.ReadTimeout):
            await http.get(server.base, timeout=httpx.Timeout(60, read=0.05))


async def test_a_server_that_reads_nothing_is_a_write_time_out(http: httpx.AsyncClient) -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a stream
        await asyncio.sleep(600)

    async with raw_server(speak) as server:
        with pytest.raises(httpx.WriteTimeout):
            await http.post(
                server.base, content=b"x" * 30_000_000, timeout=httpx.Timeout(60, write=0.1)
            )


async def test_a_slow_reader_holds_the_server_back(http: httpx.AsyncClient) -> None:
    sent = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with raw_server(speak) as server, http.stream("GET", server.base) as answer:
        before = -1
        while sent != before:  # until it waits for us
            before = sent
            await turns()
        parts = answer.aiter_raw()
        first = await anext(parts)
        assert MAX_WAITING_BYTES < len(first) < 2 * MAX_WAITING_BYTES
        await anext(parts)  # and goes on once we read


async def test_a_url_cannot_end_its_line(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        await http.get(server.base + "/a b?c=d e")
    assert server.requests[0].startswith(b"GET /a%20b?c=d%20e HTTP/1.1\r\n")
    request = httpx.Request("GET", "http://ehr/")
    request.url = Bent("http://ehr/")
    with pytest.raises(httpx.LocalProtocolError):
        build_message(request, b"")


class Bent(httpx.URL):
    """A URL as httpx would never let it through."""

    @property
    def raw_path(self) -> bytes:
        return b"/ HTTP/1.1\r\nX-Evil: 1"


@pytest.mark.parametrize(
    ("name", "value"), [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("X-A", "b\x00"), ("", "b")]
)
async def test_a_header_cannot_become_two(http: httpx.AsyncClient, name: str, value: str) -> None:
    async with raw_server() as server:
        with pytest.raises(httpx.LocalProtocolError):
            await http.get(server.base, headers=[(name.encode(), value.encode())])
    assert server.requests == []


async def test_a_method_that_is_never_sent(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        with pytest.raises(httpx.UnsupportedProtocol):
            await http.head(server.base)
    assert server.connections == 0


async def test_a_body_goes_after_its_head(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        await http.post(server.base, content=b"PAYLOAD\r\n\r\n")
    assert b"Content-Length: 11\r\n" in server.requests[0]
    assert server.requests[1] == b"PAYLOAD\r\n\r\n"


async def test_warm_connections_are_used() -> None:
    transport = GuardedTransport(lambda _h: True, allow_http=True)
    async with raw_server() as server, httpx.AsyncClient(transport=transport) as http:
        transport.warm(server.base, 3)
        transport.warm(server.base, 3)
        await until(lambda: server.connections == 3)
        await turns()
        await asyncio.gather(*(http.get(server.base) for _ in range(3)))
        transport.warm(server.base, 3)
        await asyncio.sleep(0.05)
    assert server.connections == 3


async def test_warming_obeys_the_rules_and_fails_in_silence() -> None:
    async with raw_server() as server:
        for transport in (
            GuardedTransport(lambda _h: False, allow_http=True),
            GuardedTransport(lambda _h: True, allow_http=False),
        ):
            transport.warm(server.base, 2)
            await asyncio.sleep(0.05)
            await transport.aclose()
    assert server.connections == 0


async def test_a_body_may_be_closed_twice(http: httpx.AsyncClient) -> None:
    async with raw_server() as server:
        request = http.build_request("GET", server.base)
        answer = await http.send(request, stream=True)
        await answer.stream.aclose()  # type: ignore[union-attr]  # an async stream
        await answer.aclose()
        assert [part async for part in answer.stream] == []  # type: ignore[union-attr]
        await http.get(server.base)


async def test_a_broken_connection_is_a_write_error() -> None:
    async with raw_server() as server, pool(server) as kept:
        wire = await kept.take(ORIGIN)
        wire.close()
        with pytest.raises(httpx.WriteError):
            await wire.send(b"GET / HTTP/1.1\r\n\r\n", timeout_s=1)


class TestPool:
    """The pool's limits, with connections to a real server."""

    async def test_places_are_limited_and_a_free_one_is_handed_on(self) -> None:
        async with raw_server() as server, pool(server, limit=2) as kept:
            first = await kept.take(ORIGIN)
            await kept.take(ORIGIN)
            with pytest.raises(httpx.PoolTimeout):
                await kept.take(ORIGIN, pool_s=0.02)
            waiting = asyncio.create_task(kept.take(ORIGIN, pool_s=60))
            await turns()
            kept.give_back(ORIGIN, first)
            assert await waiting is first

    async def test_a_resting_connection_makes_room_for_another_server(self) -> None:
        async with raw_server() as server, pool(server, limit=1) as kept:
            first = await kept.take(ORIGIN)
            kept.give_back(ORIGIN, first)
            other = await kept.take(("http", "other", 80))
            assert other is not first
            assert not first.is_reusable()

    async def test_a_connection_that_rested_too_long_is_closed(self) -> None:
        async with raw_server() as server, pool(server, idle_s=0.01) as kept:
            first = await kept.take(ORIGIN)
            kept.give_back(ORIGIN, first)
            await asyncio.sleep(0.03)
            assert await kept.take(ORIGIN) is not first

    async def test_warming_replaces_what_rested_too_long(self) -> None:
        async with raw_server() as server, pool(server, idle_s=0.05) as kept:
            first = await kept.take(ORIGIN)
            kept.give_back(ORIGIN, first)
            await asyncio.sleep(0.1)
            kept.warm(ORIGIN, 1)
            await until(lambda: server.connections == 2)
            await asyncio.sleep(0.02)
            assert await kept.take(ORIGIN) is not first

    async def test_a_refused_connection_gives_its_place_back(self) -> None:
        async def refuse(_origin: object, _timeout: float | None) -> Wire:
            raise httpx.ConnectError("refused")

        kept = Pool(refuse, limit=1, idle_s=60)
        for _ in range(3):
            with pytest.raises(httpx.ConnectError):
                await kept.take(ORIGIN, pool_s=0.05)


ORIGIN = ("http", "ehr", 80)


@asynccontextmanager
async def pool(server: RawServer, *, limit: int = 5, idle_s: float = 60) -> AsyncIterator[Pool]:
    """A pool whose every origin is the given server."""

    async def connect(_origin: object, _timeout: float | None) -> Wire:
        port = int(server.base.rpartition(":")[2])
        loop = asyncio.get_running_loop()
        _transport, wire = await loop.create_connection(Wire, "127.0.0.1", port)
        return wire

    kept = Pool(connect, limit=limit, idle_s=idle_s)
    yield kept
    await kept.aclose()


async def turns() -> None:
    """Some turns of the loop that both sides run on: what could go on by itself has gone on."""
    for _ in range(50):
        await asyncio.sleep(0.002)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)
