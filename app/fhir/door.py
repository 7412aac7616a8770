"""Opens connections to the addresses that may be reached. Sends nothing over them."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httpx

from app.fhir.addresses import fetch_addresses
from app.fhir.pool import Origin
from app.fhir.wire import Wire


class SpeaksHttp2(Exception):
    """The server chose HTTP/2 when the connection was opened."""


class Door:
    """Resolves once, filters, and connects to the filtered address itself, so a name that resolves
    differently a moment later changes nothing."""

    def __init__(self, may_be_private: Callable[[str], bool], tls: ssl.SSLContext) -> None:
        self._may_be_private = may_be_private
        self._tls = tls

    async def open(self, origin: Origin, timeout_s: float | None) -> Wire:
        """Raises httpx.ConnectError or ConnectTimeout, and SpeaksHttp2."""
        try:
            async with asyncio.timeout(timeout_s):
                wire = await self._open_first(origin)
        except TimeoutError:
            raise httpx.ConnectTimeout("the server does not take the connection") from None
        if wire.is_http2():
            wire.close()
            raise SpeaksHttp2
        return wire

    async def _open_first(self, origin: Origin) -> Wire:
        """The first of the host's allowed addresses that takes the connection."""
        scheme, host, port = origin
        tls: dict[str, Any] = {}
        if scheme == "https":
            tls = {"ssl": self._tls, "server_hostname": host}
        loop = asyncio.get_running_loop()
        last: OSError | None = None
        for address in await self._resolve(host, port):
            try:
                _transport, wire = await loop.create_connection(Wire, address, port, **tls)
            except OSError as exc:
                last = exc
            else:
                return wire
        raise httpx.ConnectError("no allowed address took the connection") from last

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            return await fetch_addresses(host, port, may_be_private=self._may_be_private)
        except OSError as exc:
            raise httpx.ConnectError("name not resolved") from exc
