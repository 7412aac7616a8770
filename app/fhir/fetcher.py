"""launch.ports.HttpFetcher over the one way out: a sign-in's requests, bounded in time and size.

They stand in the way of every chart, so they take the short way that FHIR calls take.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from app.errors import FhirUnavailable
from app.fhir.exchange import Reply
from app.fhir.outbound import OutboundClient
from launch.models import HttpReply
from launch.ports import FetchFailed

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Fetcher:
    """Sends one request at a time; `timeout_s` bounds the whole exchange, body included."""

    def __init__(self, http: OutboundClient) -> None:
        self._http = http

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
        body = urlencode(form).encode("ascii") if form else b""
        sent = {**(headers or {}), **(FORM if form else {})}
        try:
            async with asyncio.timeout(timeout_s):
                reply: Reply = await self._http.exchange(
                    method, url, headers=sent, body=body, max_bytes=max_bytes
                )
        except FhirUnavailable:  # what the exchange says of an answer that passes `max_bytes`
            raise FetchFailed("too_large") from None
        except (TimeoutError, httpx.TimeoutException):
            raise FetchFailed("timeout") from None
        except httpx.ConnectError:
            raise FetchFailed("connect") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise FetchFailed("protocol") from None
        found = {name.lower(): value for name, value in reply.headers.items()}
        return HttpReply(status=reply.status, headers=found, body=reply.body)
