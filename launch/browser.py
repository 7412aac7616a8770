"""What a request tells of the browser behind it. Trusts none of it to allow anything."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from launch.errors import SessionInvalid
from launch.issuers import canonical_iss
from launch.models import Binding, OpenedLaunch

FRAMES = frozenset({"iframe", "frame", "embed", "object"})


@dataclass(frozen=True, slots=True)
class Browser:
    """What we note of the browser that asks: its cookies, whether it says that it is a frame, a
    hash of its kind, its address for the audit."""

    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    framed: bool = False
    agent_hash: str = ""
    client_ip: str | None = None


def read_browser(request: Request) -> Browser:
    """What we note of the browser; `framed` only where it says so (Sec-Fetch-Dest)."""
    agent = request.headers.get("user-agent", "")
    return Browser(
        cookies=request.cookies,
        framed=request.headers.get("sec-fetch-dest") in FRAMES,
        agent_hash=hashlib.sha256(agent.encode()).hexdigest()[:16],
        client_ip=request.client.host if request.client else None,
    )


def require_same_origin(request: Request, opened: OpenedLaunch, base: str) -> None:
    """Raises SessionInvalid("origin") for a POST that another site sent.

    `null` is what our own pages send under `Referrer-Policy: no-referrer`. A frame that keeps no
    cookies counts as cross-site even to itself; there the handle in the path is the proof.
    """
    if opened.binding is Binding.COOKIELESS:
        return
    origin = request.headers.get("origin", "null")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin not in ("null", _origin(base)) or site not in ("same-origin", "none"):
        raise SessionInvalid("origin")


def _origin(url: str) -> str:
    """As browsers write it: without path and default port."""
    return "/".join((canonical_iss(url, allow_http=True) or url).split("/", 3)[:3])
