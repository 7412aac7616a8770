"""The one way out: builds the HTTP client that every outbound request goes through.

It knows nothing of FHIR or OAuth. It refuses redirects, private addresses that nobody listed, and
plain http where that is not allowed; it connects to the address it has checked, so a name that
resolves differently a moment later changes nothing.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from app.errors import FhirUnavailable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
MAX_CONNECTIONS = 100
_SHARED_SPACE = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598, not "private" to ipaddress


def is_public(address: IpAddress) -> bool:
    """True only for globally routable unicast; an IPv4 inside an IPv6 is judged as the IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
    if address.version == 4 and address in _SHARED_SPACE:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class AddressRefused(httpcore.ConnectError):
    """The name resolves only to addresses that this deployment does not allow."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves once, filters, and connects to the filtered address itself."""

    def __init__(self, may_be_private: Callable[[str], bool]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._may_be_private = may_be_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self._resolve(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                last = exc
        raise last or AddressRefused("no allowed address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("unix sockets are not a way out")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as exc:
            raise httpcore.ConnectError("name not resolved") from exc
        addresses = [str(entry[4][0]) for entry in found]
        if self._may_be_private(host):
            return addresses
        return [a for a in addresses if is_public(ipaddress.ip_address(a.split("%")[0]))]


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a connection pool that uses the guarded backend."""

    def __init__(self, may_be_private: Callable[[str], bool], *, allow_http: bool) -> None:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        super().__init__(verify=context)
        self._allow_http = allow_http
        # httpx offers no argument for the backend; the version is pinned, a test holds this.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=60.0,
            http1=True,
            http2=True,
            network_backend=GuardedBackend(may_be_private),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https" and not self._allow_http:
            raise httpx.UnsupportedProtocol("plain http is not allowed", request=request)
        if request.url.userinfo:
            raise httpx.UnsupportedProtocol("a URL with user info is refused", request=request)
        return await super().handle_async_request(request)


def build_http_client(
    *,
    may_be_private: Callable[[str], bool] = lambda _host: False,
    allow_http: bool = False,
    read_timeout_s: float = READ_TIMEOUT_S,
) -> httpx.AsyncClient:
    """The process's one client: shared connections, HTTP/2 where the server has it.

    `may_be_private(host)` says whether a tenant lists that host as reachable inside its network.
    Cookies set by an EHR are dropped: one user's cookie must never ride on another's request.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(may_be_private, allow_http=allow_http),
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S, pool=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": "Chartside"},
        trust_env=False,
    )


async def read_capped(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The body, inflated, or FhirUnavailable as soon as it passes `max_bytes`."""
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise FhirUnavailable("The EHR's answer is too large to read.", outcome_unknown=True)
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > max_bytes:
            raise FhirUnavailable("The EHR's answer is too large to read.", outcome_unknown=True)
        parts.append(part)
    return b"".join(parts)


def origin_of(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) by the one URL parser of the product; raises ValueError if unusable."""
    try:
        parsed: Any = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as exc:
        raise ValueError("not a URL") from exc
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ValueError("not a usable URL")
    return parsed.scheme, parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80)
