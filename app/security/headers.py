"""The security headers of an answer, as pure values. Sets nothing on any response."""

import re
from collections.abc import Sequence

from app.security.csrf import build_origin

_ORIGIN = re.compile(
    r"https?://(\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(:\d{1,5})?|http://\[::1\](:\d{1,5})?"
)

_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)


def is_frame_ancestor(origin: str) -> bool:
    """Whether a configured origin can stand in a policy: no path, no blanks, no keywords."""
    return _ORIGIN.fullmatch(origin) is not None


def build_csp(*, nonce: str, frame_ancestors: Sequence[str] = (), public_base_url: str = "") -> str:
    """Content-Security-Policy of a page. Nobody may frame it but the tenant's own EHR origins.

    With ancestors, our own origin joins them: our pages may be nested in our own. Raises ValueError
    for an origin or nonce that could end the directive and begin another.
    """
    if not re.fullmatch(r"[A-Za-z0-9+/_=-]{16,}", nonce):
        raise ValueError("the nonce must be at least 16 base64 characters")
    if bad := [origin for origin in frame_ancestors if not is_frame_ancestor(origin)]:
        raise ValueError(f"{len(bad)} frame ancestors are not origins")
    own = [build_origin(public_base_url)] if public_base_url and frame_ancestors else []
    ancestors = " ".join(dict.fromkeys([*frame_ancestors, *own])) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            f"frame-ancestors {ancestors}",
        )
    )


def build_page_headers(csp: str) -> dict[str, str]:
    """Headers of every page with or near PHI: never cached, never referred, never sniffed."""
    return {
        "content-security-policy": csp,
        "cache-control": "no-store",
        "pragma": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "permissions-policy": _PERMISSIONS,
        "cross-origin-resource-policy": "same-origin",
    }


def build_logout_headers() -> dict[str, str]:
    """Added when a launch ends: the browser forgets what it kept of us."""
    return {"clear-site-data": '"cache", "storage"'}
