"""The cookies of a launch: their names, their one Set-Cookie spelling, their hash. Holds no state.

Each launch has a cookie of its own, so that charts opened side by side never share one.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta

SESSION_PREFIX = "__Host-cs-"
PENDING_PREFIX = "__Host-csp-"
# A day of charts must not outgrow the Cookie header that proxies accept (8 kB); ~70 bytes each.
KEPT_COOKIES = 40


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Enough for secrets of 256 random bits; what we store instead of them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_cookie_name(launch_id: str) -> str:
    return f"{SESSION_PREFIX}{launch_id}"


def pending_cookie_name(state_hash: str) -> str:
    """The pre-session cookie of one authorization: the callback finds it by `state` alone."""
    return f"{PENDING_PREFIX}{state_hash[:16]}"


def build_cookie(name: str, value: str, *, max_age: timedelta) -> str:
    """A Set-Cookie value. Written out because Starlette's `partitioned` needs Python 3.14.

    SameSite=None and Partitioned let it live in a frame on another site (CHIPS); `__Host-` holds
    it to this host, over a secure connection, for every path.
    """
    return (
        f"{name}={value}; Path=/; Max-Age={int(max_age.total_seconds())}; "
        "Secure; HttpOnly; SameSite=None; Partitioned"
    )


def build_removal(name: str) -> str:
    """A Set-Cookie value that removes the cookie; the attributes must match those it was set by."""
    return build_cookie(name, "", max_age=timedelta(0))


def plan_removals(cookies: Mapping[str, str], *, kept: int = KEPT_COOKIES) -> tuple[str, ...]:
    """Names of the launch cookies beyond the newest `kept`; browsers send the oldest first."""
    ours = [name for name in cookies if name.startswith((SESSION_PREFIX, PENDING_PREFIX))]
    return tuple(ours[: max(0, len(ours) - kept)])


def launch_ids(cookies: Iterable[str]) -> tuple[str, ...]:
    """The launches for which this browser sent a session cookie."""
    return tuple(
        name.removeprefix(SESSION_PREFIX) for name in cookies if name.startswith(SESSION_PREFIX)
    )
