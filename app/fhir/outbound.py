"""The one way out: builds the HTTP client that every outbound request goes through.

It knows nothing of FHIR or OAuth. It refuses redirects, private addresses that nobody listed, and
plain http where that is not allowed; it connects to the address it has checked, so a name that
resolves differently a moment later changes nothing.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import httpx

from app.fhir.exchange import (
    Reply,
    build_request,
    build_too_large,
    parse_plain_url,
    read_reply,
)
from app.fhir.transport import CONNECT_TIMEOUT_S, METHODS, GuardedTransport

READ_TIMEOUT_S = 20.0
AGENT = {"User-Agent": "Chartside"}
OURS = {**AGENT, "Accept-Encoding": "gzip"}


class NoCookies(httpx.Cookies):
    """Keeps none: one user's cookie must never ride on another's request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leaves them in the answer."""


class OutboundClient(httpx.AsyncClient):
    """The process's one client: shared connections, HTTP/2 where the server has it."""

    def __init__(self, transport: GuardedTransport, *, read_timeout_s: float) -> None:
        self._guarded = transport
        self._none = NoCookies()
        connect = CONNECT_TIMEOUT_S
        super().__init__(
            transport=transport,
            timeout=httpx.Timeout(read_timeout_s, connect=connect, pool=connect),
            follow_redirects=False,
            headers=AGENT,
            trust_env=False,
        )

    @property
    def cookies(self) -> httpx.Cookies:
        return self._none

    @cookies.setter
    def cookies(self, _cookies: object) -> None:
        """httpx sets its own when it is built; none are kept."""

    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, max_bytes: int
    ) -> Reply:
        """A request and its whole answer, whatever its status. Follows nothing.

        Raises httpx.HTTPError or InvalidURL when there is no answer, FhirUnavailable for one that
        is larger than `max_bytes`.
        """
        address = parse_plain_url(url)
        message = address and build_request(method, address, {**OURS, **headers}, body)
        opened = None
        if address is not None and message is not None and method in METHODS:
            opened = await self._guarded.open(address.origin, message, self.timeout.as_dict())
        if opened is None:
            return await self._exchange_slowly(method, url, headers, body, max_bytes)
        head, stream = opened
        try:
            return await read_reply(head, stream, max_bytes=max_bytes)
        finally:
            await stream.aclose()

    async def _exchange_slowly(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, max_bytes: int
    ) -> Reply:
        async with self.stream(method, url, content=body or None, headers=headers) as answer:
            content = await read_capped(answer, max_bytes=max_bytes)
            return Reply(answer.status_code, answer.headers, content)

    def warm(self, url: str, count: int) -> None:
        """Opens up to `count` connections to the URL's server, for requests about to follow."""
        self._guarded.warm(url, count)


def build_http_client(
    *,
    may_be_private: Callable[[str], bool] = lambda _host: False,
    allow_http: bool = False,
    read_timeout_s: float = READ_TIMEOUT_S,
) -> OutboundClient:
    """`may_be_private(host)` says whether a tenant lists that host as reachable inside its
    network."""
    transport = GuardedTransport(may_be_private, allow_http=allow_http)
    return OutboundClient(transport, read_timeout_s=read_timeout_s)


async def read_capped(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The body, inflated, or FhirUnavailable as soon as it passes `max_bytes`."""
    declared = response.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise build_too_large()
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > max_bytes:
            raise build_too_large()
        parts.append(part)
    return b"".join(parts)


@lru_cache(maxsize=1024)
def origin_of(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) by the one URL parser of the product; raises ValueError if unusable."""
    try:
        parsed: Any = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as exc:
        raise ValueError("not a URL") from exc
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
        raise ValueError("not a usable URL")
    return parsed.scheme, parsed.host, parsed.port or (443 if parsed.scheme == "https" else 80)
