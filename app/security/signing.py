"""Signed values that travel through a browser, each with a purpose and an age. No I/O."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from itsdangerous import BadData, TimestampSigner
from itsdangerous.url_safe import URLSafeTimedSerializer

from app.security.crypto import derive_key


class _At(TimestampSigner):
    """itsdangerous reads the clock itself; here the time is an argument."""

    def __init__(self, *args: object, now: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed through unchanged
        self._now = now

    def get_timestamp(self) -> int:
        return self._now


def _serializer(key: bytes, purpose: str, now: datetime) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        derive_key(key, "browser", purpose),
        salt=purpose,
        signer=_At,
        signer_kwargs={
            "now": int(now.timestamp()),
            "key_derivation": "hmac",
            "digest_method": hashlib.sha256,
        },
    )


def sign(key: bytes, purpose: str, parts: Sequence[str], *, now: datetime) -> str:
    """A URL-safe text that holds `parts` readably and cannot be changed or used elsewhere."""
    return str(_serializer(key, purpose, now).dumps(list(parts)))


def parse_signed(
    keys: Sequence[bytes], purpose: str, text: str, *, now: datetime, max_age_s: int
) -> tuple[str, ...] | None:
    """The parts, or None when forged, for another purpose, from the future or too old.

    `keys` holds the current key first and the previous ones after it.
    """
    for key in keys:
        try:
            parts = _serializer(key, purpose, now).loads(text, max_age=max_age_s)
        except BadData:
            continue
        return tuple(str(part) for part in parts) if isinstance(parts, list) else None
    return None
