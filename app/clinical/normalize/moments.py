"""Moments: FHIR date, dateTime, instant and Period text to typed time. Guesses nothing."""

import re
from datetime import UTC, datetime

from app.clinical.elements import Moment, Precision

_SHAPE = re.compile(
    r"\d{4}(?:-(\d\d)(?:-(\d\d)"
    r"(?:[Tt ](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
# The commonest writing, checked at the places where the standard reader is laxer than FHIR.
_COMMON_LENGTH = len("2026-01-05T10:00:00+00:00")
_COMMON_SIGNS = frozenset({"--T::+:", "--T::-:"})


def parse_moment(text: str) -> Moment | None:
    """None when the text is not a FHIR time or names a day that does not exist."""
    if len(text) == _COMMON_LENGTH and text[4::3] in _COMMON_SIGNS:
        try:
            return _timed(text, "second", text[19])
        except (ValueError, OverflowError):
            return None
    text = text.strip()
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    month, day, clock, second, fraction, zone = found.groups()
    try:
        if clock is None:
            at = datetime(int(text[:4]), int(month or 1), int(day or 1), tzinfo=UTC)
            return Moment(at, "day" if day else "month" if month else "year")
        precision: Precision = "fraction" if fraction else "second" if second else "minute"
        return _timed(text, precision, zone)
    except (ValueError, OverflowError):
        return None


def _timed(text: str, precision: Precision, zone: str | None) -> Moment:
    if zone is None:
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), precision)
    local = datetime.fromisoformat(text.upper())
    offset = local.utcoffset()
    if not offset:
        return Moment(local.replace(tzinfo=UTC), precision, 0)
    return Moment(local.astimezone(UTC), precision, int(offset.total_seconds() // 60))
