"""The link that carries a held launch out of a frame without cookies into a window of its own.

Signed and dated by itsdangerous; used once, because the store swaps the secret it names.
"""

from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from launch.browser import Browser
from launch.cookies import hash_secret
from launch.errors import SessionInvalid
from launch.events import build_event, tell_opened
from launch.models import Clock, OpenedLaunch
from launch.parts import LaunchParts

PURPOSE = "chartside.launch.continue"


def build_continuation(parts: LaunchParts, *, launch_id: str, secret: str) -> str:
    """The URL to open in a new window."""
    token = str(_serializer(parts).dumps([launch_id, secret]))
    return f"{parts.settings.public_base_url}/continue?t={token}"


def parse_continuation(parts: LaunchParts, token: str) -> tuple[str, str]:
    """(launch_id, secret). Raises SessionInvalid("window") if forged, altered or too old."""
    max_age = int(parts.settings.hold_life.total_seconds())
    try:
        value: Any = _serializer(parts).loads(token, max_age=max_age)
        launch_id, secret = value
    except (BadData, TypeError, ValueError):
        raise SessionInvalid("window") from None
    return str(launch_id), str(secret)


async def claim_held_launch(
    parts: LaunchParts, *, token: str, browser: Browser
) -> tuple[OpenedLaunch, str]:
    """Opens a held launch in this browser: the launch and its new session secret.

    Raises SessionInvalid("window") when it was claimed before, has ended, or is too old.
    """
    launch_id, held_secret = parse_continuation(parts, token)
    stored = await parts.launches.load_launch(launch_id)
    if stored is None or not stored.held or stored.ended:
        raise SessionInvalid("window")
    secret = parts.randomness()
    claimed = await parts.launches.claim_launch(
        launch_id,
        held_hash=hash_secret(held_secret),
        session_hash=hash_secret(secret),
        audit=build_event("launch_continued", stored.opened, parts=parts, browser=browser),
    )
    if not claimed:
        raise SessionInvalid("window")
    await tell_opened(parts, stored.opened, None)
    return stored.opened, secret


def _serializer(parts: LaunchParts) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        parts.settings.signing_key, salt=PURPOSE, signer=_dated_by(parts.clock)
    )


def _dated_by(clock: Clock) -> type[TimestampSigner]:
    """A signer on the launch's own clock instead of the machine's."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock().timestamp())

    return Signer
