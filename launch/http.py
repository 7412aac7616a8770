"""HttpFetcher over an httpx.AsyncClient: caps the body, follows nothing. The client brings pools,
TLS and the rules on which addresses may be reached."""

import asyncio
from collections.abc import Mapping

import httpx

from launch.models import HttpReply
from launch.ports import FetchFailed


class HttpxFetcher:
    """Sends one request at a time; `timeout_s` bounds the whole exchange, body included."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        max_bytes: int = 1_000_000,
    ) -> HttpReply:
        """The answer, whatever its status. Raises FetchFailed when there is none to trust."""
        try:
            request = self._client.build_request(
                method, url, headers=dict(headers or {}), data=dict(form) if form else None
            )
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request, max_bytes=max_bytes)
        except (TimeoutError, httpx.TimeoutException):
            raise FetchFailed("timeout") from None
        except httpx.ConnectError:
            raise FetchFailed("connect") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise FetchFailed("protocol") from None

    async def _exchange(self, request: httpx.Request, *, max_bytes: int) -> HttpReply:
        reply = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise FetchFailed("too_large")
            return HttpReply(
                status=reply.status_code,
                headers={name.lower(): value for name, value in reply.headers.items()},
                body=bytes(body),
            )
        finally:
            await reply.aclose()
