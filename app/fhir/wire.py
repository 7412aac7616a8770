"""One HTTP/1.1 connection: writes a request, lets its answer be read. Opens and keeps none."""

import asyncio
from typing import cast

import httpx

from app.fhir.incoming import Incoming

MAX_WAITING_BYTES = 262_144


class Wire(asyncio.Protocol):
    """One exchange at a time: `send`, `read_head`, `read` until b"", then `is_reusable()`.

    A reader that is slow, or that gives up at its byte cap, holds the server back: beyond
    MAX_WAITING_BYTES nothing more is taken from the socket. `last_used` is the pool's.
    """

    def __init__(self) -> None:
        self.last_used = 0.0
        self._transport: asyncio.Transport | None = None
        self._incoming: Incoming | None = None
        self._failure: httpx.TransportError | None = None
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._is_paused = False

    async def send(self, message: bytes, *, timeout_s: float | None) -> None:
        """Writes one whole request. Raises WriteError or WriteTimeout."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise httpx.WriteError("the connection is closed")
        self._incoming = Incoming()
        transport.write(message)
        if self._room is not None:
            await self._wait(
                self._room, timeout_s, httpx.WriteTimeout("the server reads too slowly")
            )

    async def read_head(self, *, timeout_s: float | None) -> Incoming:
        """The answer once its status and headers are there. Raises httpx.TransportError."""
        incoming = self._incoming
        assert incoming is not None  # noqa: S101 — only after send
        while not incoming.has_head:
            await self._wait_for_news(timeout_s)
        return incoming

    async def read(self, *, timeout_s: float | None) -> bytes:
        """The next bytes of the body; b"" after the last. Raises httpx.TransportError."""
        incoming = self._incoming
        assert incoming is not None  # noqa: S101 — only after send
        while not incoming.parts:
            if incoming.is_whole:
                return b""
            await self._wait_for_news(timeout_s)
        data = incoming.take()
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def is_reusable(self) -> bool:
        """Open, with nothing of the last exchange left on it."""
        last, transport = self._incoming, self._transport
        if transport is None or transport.is_closing() or self._failure is not None:
            return False
        return last is None or (last.is_whole and last.keeps_open and not last.parts)

    def is_http2(self) -> bool:
        """The server chose HTTP/2 in the TLS handshake, which this class does not speak."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport else None
        return tls is not None and tls.selected_alpn_protocol() == "h2"

    def rest(self) -> None:
        """Between two exchanges: whatever comes now was not asked for."""
        self._incoming = None

    def close(self) -> None:
        """At once, also in the middle of an answer."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # a stream has both directions

    def data_received(self, data: bytes) -> None:
        incoming = self._incoming
        if incoming is None:
            self.close()
            return
        try:
            incoming.feed(data)
        except httpx.RemoteProtocolError as exc:
            self._fail(exc)
        if incoming.waiting > MAX_WAITING_BYTES and not self._is_paused and self._transport:
            self._is_paused = True
            self._transport.pause_reading()
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._incoming is not None and not self._incoming.is_whole:
            try:
                self._incoming.end()
            except httpx.RemoteProtocolError as early:
                self._fail(early if exc is None else httpx.ReadError("the connection broke"))
            if exc is not None:
                self._fail(httpx.ReadError("the connection broke"))
        self._tell()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    async def _wait_for_news(self, timeout_s: float | None) -> None:
        if self._failure is not None:
            raise self._failure
        self._news = asyncio.get_running_loop().create_future()
        await self._wait(self._news, timeout_s, httpx.ReadTimeout("the server does not answer"))

    async def _wait(
        self, what: "asyncio.Future[None]", timeout_s: float | None, late: httpx.TimeoutException
    ) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await what
        except TimeoutError:
            raise late from None

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None and not news.done():
            news.set_result(None)

    def _fail(self, failure: httpx.TransportError) -> None:
        self._failure = self._failure or failure
        self.close()
