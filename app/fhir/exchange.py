"""One request and its whole answer, bounded and inflated: what a FHIR call needs of HTTP.

httpx's client parses each URL anew, merges headers, watches cookies and wraps the stream: a quarter
of a millisecond of the event loop, and a chart is eleven requests. Plain URLs skip all that here;
whatever is unusual, and HTTP/2, goes the long way, under the same rules.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from app.errors import FhirUnavailable
from app.fhir.incoming import Incoming
from app.fhir.pool import Origin
from app.fhir.transport import Body

_PLAIN = re.compile(
    r"(https?)://([a-z0-9.-]+)(?::([0-9]{1,4}|[1-5][0-9]{4}))?(/[A-Za-z0-9/?&=%+._~:,*!$'();-]*)"
)
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `headers` are looked up by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Address(NamedTuple):
    """Where a URL leads, as the wire needs it."""

    origin: Origin
    host: str
    target: str


def parse_plain_url(url: str) -> Address | None:
    """None for a URL that needs httpx's own reading: user info, IPv6, upper case or foreign
    letters in the host, dot segments, characters to be escaped, a fragment."""
    found = _PLAIN.fullmatch(url)
    if found is None or "/." in url:
        return None
    scheme, name, port, target = found.groups()
    number = int(port) if port else _PORTS[scheme]
    is_usual = number == _PORTS[scheme]
    return Address((scheme, name, number), name if is_usual else f"{name}:{number}", target)


def build_request(
    method: str, address: Address, headers: Mapping[str, str], body: bytes
) -> bytes | None:
    """The request as it goes over the wire; None when a header holds more than plain text."""
    lines = [f"{method} {address.target} HTTP/1.1", f"Host: {address.host}"]
    for name, value in headers.items():
        if not (_NAME.fullmatch(name) and value.isascii() and value.isprintable()):
            return None
        lines.append(f"{name}: {value}")
    if body or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


async def read_reply(head: Incoming, body: Body, *, max_bytes: int) -> Reply:
    """Raises FhirUnavailable as soon as the body passes `max_bytes`, inflated; and
    httpx.DecodingError for a coding that was not asked for."""
    headers = fold_headers(head.headers)
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise build_too_large()
    inflate = choose_inflate(headers.get("content-encoding", ""))
    parts: list[bytes] = []
    room = max_bytes
    async for data in body:
        part = inflate.take(data, room) if inflate else data
        room -= len(part)
        if room < 0:
            raise build_too_large()
        parts.append(part)
    if inflate and not inflate.is_whole():
        raise httpx.DecodingError("the compressed answer broke off")
    return Reply(head.status, headers, parts[0] if len(parts) == 1 else b"".join(parts))


def fold_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; a name given twice has its values joined (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


class Inflate:
    """Inflates gzip, never more than there is room for and one byte."""

    def __init__(self) -> None:
        self._gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._is_empty = True

    def take(self, data: bytes, room: int) -> bytes:
        """Raises httpx.DecodingError for what is no gzip."""
        self._is_empty = False
        try:
            return self._gzip.decompress(data, room + 1)
        except zlib.error as exc:
            raise httpx.DecodingError("the answer is not what it says it is") from exc

    def is_whole(self) -> bool:
        return self._is_empty or self._gzip.eof


def choose_inflate(coding: str) -> Inflate | None:
    """Raises httpx.DecodingError for a coding that was not asked for."""
    wanted = coding.strip().lower()
    if wanted in ("", "identity"):
        return None
    if wanted not in ("gzip", "x-gzip"):
        raise httpx.DecodingError("the answer's coding was not asked for")
    return Inflate()


def build_too_large() -> FhirUnavailable:
    return FhirUnavailable("The EHR's answer is too large to read.", outcome_unknown=True)
