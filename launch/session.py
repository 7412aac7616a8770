"""Which opened chart does this request belong to? Checks the secret; knows no roles.

The path names the launch, the cookie proves it: `/l/<launch id>/…`. For tenants that chose the
cookie-less mode the path proves it itself: `/l/<launch id>~<handle>/…`.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from launch.browser import Browser
from launch.cookies import hash_secret, session_cookie_name
from launch.errors import LaunchError, SessionInvalid
from launch.events import build_event
from launch.models import Binding, OpenedLaunch, StoredLaunch
from launch.parts import LaunchParts
from launch.revocation import revoke_tokens

HANDLE_MARK = "~"


@dataclass(frozen=True, slots=True)
class LaunchSession:
    """An opened launch that this request may act for. `segment` is its part of every link."""

    opened: OpenedLaunch
    segment: str


def build_segment(opened: OpenedLaunch, secret: str) -> str:
    """What stands after `/l/`: the launch id, with the handle in cookie-less mode."""
    if opened.binding is Binding.COOKIELESS:
        return f"{opened.launch_id}{HANDLE_MARK}{secret}"
    return opened.launch_id


async def require_session(
    parts: LaunchParts, segment: str, cookies: Mapping[str, str]
) -> LaunchSession:
    """The launch behind a path segment. Raises SessionInvalid.

    Without a secret the answer is always "missing", so that ids cannot be probed.
    """
    proof = read_proof(segment, cookies)
    stored = await parts.launches.load_launch(proof.launch_id)
    return LaunchSession(require_proven(stored, proof, now=parts.clock()).opened, segment)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request brings to show that a launch is its own."""

    launch_id: str
    secret: str = field(repr=False)
    by_handle: bool


def read_proof(segment: str, cookies: Mapping[str, str]) -> Proof:
    """The secret behind a path segment. Raises SessionInvalid("missing")."""
    launch_id, _, handle = segment.partition(HANDLE_MARK)
    secret = cookies.get(session_cookie_name(launch_id)) or handle
    if not secret:
        raise SessionInvalid("missing")
    return Proof(launch_id, secret, by_handle=secret == handle)


def require_proven(stored: StoredLaunch | None, proof: Proof, *, now: datetime) -> StoredLaunch:
    """The stored launch, if the proof opens it now. Raises SessionInvalid.

    For callers that load the launch together with what else they need.
    """
    if stored is None or not _is_proven(stored, proof.secret, by_handle=proof.by_handle):
        raise SessionInvalid("unknown")
    if stored.ended:
        raise SessionInvalid("ended")
    if now >= stored.opened.expires_at:
        raise SessionInvalid("expired")
    return stored


async def end_session(parts: LaunchParts, session: LaunchSession, browser: Browser) -> None:
    """Ends the launch here first, then asks the EHR to revoke its tokens, which may fail."""
    opened = session.opened
    stored = await parts.token_store.load_tokens(opened.launch_id)
    await parts.launches.end_launch(
        opened.launch_id,
        audit=build_event("launch_ended", opened, parts=parts, browser=browser),
    )
    registration = await parts.registry.by_tenant(opened.tenant_id)
    if stored is None or registration is None:
        return
    try:
        await revoke_tokens(
            parts.token_endpoint,
            stored.tokens,
            registration=registration,
            configuration=opened.configuration,
        )
    except LaunchError:
        return  # ended here all the same; the EHR's tokens run out by themselves


def _is_proven(stored: StoredLaunch, secret: str, *, by_handle: bool) -> bool:
    if stored.held or (by_handle and stored.opened.binding is not Binding.COOKIELESS):
        return False
    return hmac.compare_digest(hash_secret(secret), stored.session_hash)
