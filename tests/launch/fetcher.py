"""launch.ports.HttpFetcher over an httpx.AsyncClient, for the tests: launch brings no HTTP client,
and what imports app has no place here. The product's own is app.fhir.fetcher."""

import asyncio
from collections.abc import Mapping

import httpx

from launch.models import HttpReply
from launch.ports import FetchFailed


class HttpxFetcher:
    """Keeps the Protocol's promises; reads a body whole before it counts it."""

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
        asked = self._client.request(method, url, headers=headers, data=form)
        try:
            reply = await asyncio.wait_for(asked, timeout_s)
        except (TimeoutError, httpx.TimeoutException):
            raise FetchFailed("timeout") from None
        except httpx.ConnectError:
            raise FetchFailed("connect") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise FetchFailed("protocol") from None
        if len(reply.content) > max_bytes:
            raise FetchFailed("too_large")
        found = {name.lower(): value for name, value in reply.headers.items()}
        return HttpReply(status=reply.status_code, headers=found, body=reply.content)
