"""httpcore's pool behind the guard, for servers that speak HTTP/2: many requests, one connection.

It exists because app.fhir.wire speaks HTTP/1.1 only; what may be reached is decided elsewhere.
"""

import ssl
from collections.abc import Callable, Iterable

import httpcore
import httpx

from app.fhir.addresses import fetch_addresses

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


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
            return await fetch_addresses(host, port, may_be_private=self._may_be_private)
        except OSError as exc:
            raise httpcore.ConnectError("name not resolved") from exc


class MultiplexedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a connection pool that uses the guarded backend."""

    def __init__(
        self,
        may_be_private: Callable[[str], bool],
        tls: ssl.SSLContext,
        *,
        limit: int,
        idle_s: float,
    ) -> None:
        super().__init__(verify=tls)
        # httpx offers no argument for the backend; the version is pinned, a test holds this.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limit,
            max_keepalive_connections=limit,
            keepalive_expiry=idle_s,
            http1=True,
            http2=True,
            network_backend=GuardedBackend(may_be_private),
        )
