"""The guarded way a request takes: its rules, a connection, its answer. Builds no client.

HTTP/1.1 goes over our own connections (app.fhir.wire): a chart is a dozen requests at once, and
httpcore spends a millisecond of the event loop on each. A server that chooses HTTP/2 in the TLS
handshake is remembered and served by httpcore.
"""

import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping

import httpx

from app.fhir.door import Door, SpeaksHttp2
from app.fhir.incoming import Incoming
from app.fhir.multiplexed import MultiplexedTransport
from app.fhir.pool import Origin, Pool
from app.fhir.wire import Wire

MAX_CONNECTIONS = 100
IDLE_S = 60.0
CONNECT_TIMEOUT_S = 5.0
Limits = Mapping[str, float | None]
"""Seconds for connect, pool, read and write; None or absent for no limit."""

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_TARGET = re.compile(rb"[\x21-\x7e]+")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class GuardedTransport(httpx.AsyncBaseTransport):
    """Refuses plain http where it is not allowed, and private addresses that nobody listed."""

    def __init__(self, may_be_private: Callable[[str], bool], *, allow_http: bool) -> None:
        tls = ssl.create_default_context()
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        tls.set_alpn_protocols(["h2", "http/1.1"])
        self._allow_http = allow_http
        self._pool = Pool(Door(may_be_private, tls).open, limit=MAX_CONNECTIONS, idle_s=IDLE_S)
        self._multiplexed = MultiplexedTransport(
            may_be_private, tls, limit=MAX_CONNECTIONS, idle_s=IDLE_S
        )
        self._http2: set[Origin] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError; UnsupportedProtocol for what is never sent."""
        origin = self._require_allowed(request)
        limits: Limits = request.extensions.get("timeout", {})
        message = build_message(request, await request.aread())
        opened = await self.open(origin, message, limits)
        if opened is None:
            return await self._multiplexed.handle_async_request(request)
        head, body = opened
        version = {"http_version": b"HTTP/1.1"}
        return httpx.Response(head.status, headers=head.headers, stream=body, extensions=version)

    async def open(
        self, origin: Origin, message: bytes, limits: Limits
    ) -> "tuple[Incoming, Body] | None":
        """Sends one request and reads the head of its answer; the body must be closed. None, and
        nothing sent, where the server speaks HTTP/2.

        Raises httpx.TransportError. The message is the caller's to have checked.
        """
        if origin in self._http2:
            return None
        self.require_scheme(origin[0])
        try:
            wire = await self._pool.take(
                origin, connect_s=limits.get("connect"), pool_s=limits.get("pool")
            )
        except SpeaksHttp2:
            self._http2.add(origin)
            return None
        body = Body(self._pool, origin, wire, limits.get("read"))
        try:
            await wire.send(message, timeout_s=limits.get("write"))
            return await wire.read_head(timeout_s=limits.get("read")), body
        except BaseException:
            await body.aclose()
            raise

    def require_scheme(self, scheme: str) -> None:
        """Raises httpx.UnsupportedProtocol for plain http where it is not allowed."""
        if scheme != "https" and not (self._allow_http and scheme == "http"):
            raise httpx.UnsupportedProtocol("plain http is not allowed")

    def warm(self, url: str, count: int) -> None:
        """Opens connections to the URL's server ahead of requests, unless it takes one for all."""
        parsed = httpx.URL(url)
        if parsed.scheme != "https" and not self._allow_http:
            return
        origin = origin_at(parsed)
        if origin not in self._http2:
            self._pool.warm(origin, count, connect_s=CONNECT_TIMEOUT_S)

    async def aclose(self) -> None:
        await self._pool.aclose()
        await self._multiplexed.aclose()

    def _require_allowed(self, request: httpx.Request) -> Origin:
        url = request.url
        self.require_scheme(url.scheme)
        if url.userinfo:
            raise httpx.UnsupportedProtocol("a URL with user info is refused", request=request)
        if request.method not in METHODS:
            raise httpx.UnsupportedProtocol("this method is never sent", request=request)
        return origin_at(url)


class Body(httpx.AsyncByteStream):
    """An answer's body; closing it gives the connection back, or ends it half-read."""

    def __init__(self, pool: Pool, origin: Origin, wire: Wire, read_s: float | None) -> None:
        self._pool = pool
        self._origin = origin
        self._wire: Wire | None = wire
        self._read_s = read_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._wire is not None and (data := await self._wire.read(timeout_s=self._read_s)):
            yield data

    async def aclose(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._pool.give_back(self._origin, wire)


def origin_at(url: httpx.URL) -> Origin:
    """(scheme, host in ASCII, port)."""
    usual = 443 if url.scheme == "https" else 80
    return url.scheme, url.raw_host.decode("ascii"), usual if url.port is None else url.port


def build_message(request: httpx.Request, body: bytes) -> bytes:
    """The request as it goes over the wire (RFC 9112). Raises httpx.LocalProtocolError for
    anything that could end a line where none may end."""
    target = request.url.raw_path
    if not _TARGET.fullmatch(target):
        raise httpx.LocalProtocolError("an illegal character in the URL", request=request)
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), target)]
    for name, value in request.headers.raw:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise httpx.LocalProtocolError("an illegal character in a header", request=request)
        lines.append(b"%b: %b" % (name, value))
    return b"\r\n".join((*lines, b"", body))
