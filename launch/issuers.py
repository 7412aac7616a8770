"""Is this `iss` one we know? Parses FHIR base URLs and compares them as parsed. Fetches nothing."""

import re
from urllib.parse import SplitResult, urlsplit

from launch.errors import IssuerNotAllowed

MAX_ISS = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_IPV6 = re.compile(r"[0-9a-f:.]+")
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+")
# Percent-encoded dot, slash, backslash, percent: what a second decoder would read differently.
_HIDDEN = re.compile(r"%(?:2e|2f|5c|25|00)", re.IGNORECASE)


def canonical_iss(raw: str, *, allow_http: bool = False) -> str | None:
    """The one spelling of a FHIR base, or None when it is no acceptable base URL.

    Scheme and host in lower case, default port left out, no trailing slash, path as given. Not
    acceptable: other schemes, user information, query, fragment, dot or empty segments, encoded
    slashes, white space, non-ASCII letters, odd spellings of the port.
    """
    if not 0 < len(raw) <= MAX_ISS or not raw.isascii() or not raw.isprintable():
        return None
    if any(mark in raw for mark in "?#\\ @"):
        return None
    parts = _split(raw)
    if parts is None or not _is_scheme(parts.scheme, allow_http=allow_http):
        return None
    authority, path = canonical_authority(parts), _canonical_path(parts.path)
    if authority is None or path is None:
        return None
    return f"{parts.scheme}://{authority}{path}"


def require_iss(raw: str, *, allow_http: bool = False) -> str:
    """canonical_iss, raising IssuerNotAllowed("malformed") instead of answering None."""
    iss = canonical_iss(raw, allow_http=allow_http)
    if iss is None:
        raise IssuerNotAllowed("malformed")
    return iss


def canonical_authority(parts: SplitResult) -> str | None:
    """host or host:port of a split URL in lower case, without the scheme's default port."""
    host = parts.hostname or ""
    try:
        port = parts.port
    except ValueError:
        return None
    if ":" in host:
        if not _IPV6.fullmatch(host):
            return None
        host = f"[{host}]"
    elif not _NAME.fullmatch(host) or ".." in host:
        return None
    spelled = host if port is None else f"{host}:{port}"
    if parts.netloc.lower() != spelled:  # `host:`, `host:0443`, `[::1%eth0]`, user information
        return None
    return host if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else spelled


def endpoint_host(url: str, *, allow_http: bool = False) -> str | None:
    """canonical_authority of an absolute endpoint URL; None when it is not https or is odd."""
    parts = _split(url) if url.isascii() and url.isprintable() and " " not in url else None
    if parts is None or not _is_scheme(parts.scheme, allow_http=allow_http) or "#" in url:
        return None
    return canonical_authority(parts)


def _split(raw: str) -> SplitResult | None:
    try:
        return urlsplit(raw)
    except ValueError:
        return None


def _is_scheme(scheme: str, *, allow_http: bool) -> bool:
    return scheme == "https" or (allow_http and scheme == "http")


def _canonical_path(path: str) -> str | None:
    path = path.removesuffix("/")
    if not path:
        return ""
    if _HIDDEN.search(path) or not path.startswith("/"):
        return None
    segments = path[1:].split("/")
    if any(s in {".", ".."} or not _SEGMENT.fullmatch(s) for s in segments):
        return None
    return path
