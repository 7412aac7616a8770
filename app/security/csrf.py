"""Cross-site request forgery: a token bound to launch and session, and the Origin check. Pure."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from app.security.crypto import is_same_mac
from app.security.signing import parse_signed, sign

CSRF_PURPOSE = "csrf"
CSRF_MAX_AGE_S = 12 * 60 * 60


def build_csrf_token(key: bytes, *, launch_id: str, session_hash: str, now: datetime) -> str:
    """The hidden field of every form of one launch. `session_hash` as stored, never the cookie."""
    return sign(key, CSRF_PURPOSE, (launch_id, session_hash), now=now)


def is_csrf_token(
    keys: Sequence[bytes],
    token: str,
    *,
    launch_id: str,
    session_hash: str,
    now: datetime,
    max_age_s: int = CSRF_MAX_AGE_S,
) -> bool:
    """Whether the token was made for exactly this launch and session, not too long ago."""
    parts = parse_signed(keys, CSRF_PURPOSE, token, now=now, max_age_s=max_age_s)
    if parts is None or len(parts) != 2:
        return False
    expected = f"{launch_id}\n{session_hash}".encode()
    return is_same_mac("\n".join(parts).encode(), expected)


def is_same_origin(*, origin: str | None, sec_fetch_site: str | None, public_base_url: str) -> bool:
    """Whether an unsafe request came from our own pages.

    Both headers, where present, must agree; without any of the two the answer is no, since every
    browser that can carry our partitioned cookie sends them. Under `Referrer-Policy: no-referrer`
    browsers write `Origin: null` on a form of our own (Fetch, "append a request Origin header");
    Sec-Fetch-Site then tells it from a sandboxed frame's, which is cross-site.
    """
    if sec_fetch_site is not None and sec_fetch_site != "same-origin":
        return False
    if origin is not None and not (origin == "null" and sec_fetch_site == "same-origin"):
        return origin == build_origin(public_base_url)
    return sec_fetch_site == "same-origin"


def build_origin(url: str) -> str:
    """scheme://host[:port] of a configured URL, the default port left out, as browsers write it."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
