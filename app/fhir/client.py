"""One FHIR server as seen with one token: sends a request, returns plain bytes or a FhirError.

Knows HTTP and OperationOutcome; does not page, judge or retry.
"""

import asyncio
import email.utils
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import msgspec

from app.errors import (
    FhirConflict,
    FhirError,
    FhirForbidden,
    FhirMalformed,
    FhirNotFound,
    FhirRejected,
    FhirThrottled,
    FhirUnauthorized,
    FhirUnavailable,
)
from app.fhir.outbound import OutboundClient, origin_of

FHIR_JSON = "application/fhir+json"
PATCH_JSON = "application/json-patch+json"
MAX_BODY_BYTES = 20_000_000
MAX_RETRY_AFTER_S = 600.0
DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer. `etag_version` is the version inside a weak ETag, "" when absent."""

    status: int
    body: bytes
    etag_version: str = ""
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Coding(msgspec.Struct):
    code: str | None = None


class _Details(msgspec.Struct):
    coding: list[_Coding] | None = None


class _Issue(msgspec.Struct):
    severity: str = ""
    code: str = ""
    details: _Details | None = None


class _Outcome(msgspec.Struct):
    resourceType: str = ""
    issue: list[_Issue] = []


_outcome_decoder = msgspec.json.Decoder(_Outcome)


def parse_issue_codes(body: bytes) -> tuple[str, ...]:
    """Codes of an OperationOutcome (issue.code and vendor codes); () for anything else.

    Diagnostics are left behind on purpose: servers put patient data into them.
    """
    try:
        outcome = _outcome_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()
    if outcome.resourceType != "OperationOutcome":
        return ()
    codes: list[str] = []
    for issue in outcome.issue:
        codes.append(issue.code)
        if issue.details and issue.details.coding:
            codes.extend(c.code for c in issue.details.coding if c.code)
    return tuple(dict.fromkeys(c[:64] for c in codes if c))


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110 §10.2.3: delta or HTTP-date), capped; None when unusable."""
    if not value:
        return None
    text = value.strip()
    if text.isdigit():
        return min(float(int(text[:12])), MAX_RETRY_AFTER_S)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


_SIMPLE: dict[int, type[FhirError]] = {
    401: FhirUnauthorized,
    403: FhirForbidden,
    404: FhirNotFound,
    410: FhirNotFound,
    409: FhirConflict,
    412: FhirConflict,
}


def build_error(
    status: int, body: bytes, headers: Mapping[str, str], *, is_write: bool, now: datetime
) -> FhirError:
    """The member of the family that a refused answer belongs to."""
    codes = parse_issue_codes(body)
    if status == 429:
        return FhirThrottled(retry_after_s=parse_retry_after(headers.get("retry-after"), now=now))
    if status in (423, 503) and headers.get("retry-after"):
        wait = parse_retry_after(headers.get("retry-after"), now=now)
        return FhirThrottled(retry_after_s=wait, status=status)
    if status >= 500:
        # A write may have been carried out before the server failed to say so.
        return FhirUnavailable(status=status, outcome_unknown=is_write, issue_codes=codes)
    if 300 <= status < 400:
        return FhirMalformed("The EHR tried to send us elsewhere.", status=status)
    kind = _SIMPLE.get(status, FhirRejected)
    return kind(status=status, issue_codes=codes)


def parse_etag(value: str | None) -> str:
    """`W/"3"` → `3`."""
    if not value:
        return ""
    text = value.strip()
    return text.removeprefix("W/").strip('"')


class FhirClient:
    """Requests under one base URL with one bearer token; with "" none is sent, for what is public.

    `base` is the registered FHIR base. A URL elsewhere is refused before anything is sent: the
    token belongs to that origin only (SMART 2.2 "token use", RFC 9700 §4.9).
    """

    def __init__(
        self,
        http: OutboundClient,
        base: str,
        access_token: str,
        *,
        deadline_s: float = DEADLINE_S,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._origin = origin_of(base)
        self._token = access_token
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes

    @property
    def base(self) -> str:
        return self._base

    def build_url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """Absolute URL under the base; a path that is already absolute must share its origin."""
        url = path if "://" in path else f"{self._base}/{path.lstrip('/')}"
        # What begins with the base and a slash cannot name another host; the rest is parsed.
        if not url.startswith(f"{self._base}/") and origin_of(url) != self._origin:
            raise FhirMalformed("The EHR pointed to another server; we did not follow.")
        return f"{url}?{urlencode(params)}" if params else url

    async def fetch(
        self, path: str, params: Mapping[str, str] | None = None, *, accept: str = FHIR_JSON
    ) -> Answer:
        """GET. Raises FhirError; an answer that is not JSON is FhirMalformed."""
        return await self._send("GET", self.build_url(path, params), headers={"Accept": accept})

    async def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        content_type: str = FHIR_JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST, PUT, PATCH or DELETE. `FhirUnavailable.outcome_unknown` tells when the server
        may have carried it out without our hearing of it."""
        extra = {"Content-Type": content_type, "Prefer": "return=representation"} | dict(
            headers or {}
        )
        return await self._send(method, self.build_url(path), body=body, headers=extra)

    async def _send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        is_write = method != "GET"
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        sent = {**bearer, "Accept": FHIR_JSON, **(headers or {})}
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._exchange(method, url, body, sent, is_write=is_write)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as exc:
            raise FhirUnavailable(outcome_unknown=False) from exc
        except (TimeoutError, httpx.HTTPError, httpx.StreamError) as exc:
            raise FhirUnavailable(outcome_unknown=is_write) from exc

    async def _exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, is_write: bool
    ) -> Answer:
        answer = await self._http.exchange(
            method, url, headers=headers, body=body, max_bytes=self._max_bytes
        )
        if not 200 <= answer.status < 300:
            raise build_error(
                answer.status,
                answer.body,
                answer.headers,
                is_write=is_write,
                now=datetime.now(UTC),
            )
        if answer.body and "json" not in answer.headers.get("content-type", ""):
            raise FhirMalformed(status=answer.status)
        return Answer(
            status=answer.status,
            body=answer.body,
            etag_version=parse_etag(answer.headers.get("etag")),
            location=answer.headers.get("location", ""),
            headers=answer.headers,
        )
