"""Moments: FHIR date, dateTime, instant and Period text to typed time. Guesses nothing."""

import re
from datetime import UTC, datetime

from app.clinical.elements import Moment, Precision

_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:[Tt ](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?)?)?"
)


def parse_moment(text: str) -> Moment | None:
    """None when the text is not a FHIR time or names a day that does not exist."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, clock, second, fraction, zone = found.groups()
    try:
        if clock is None:
            at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
            return Moment(at, "day" if day else "month" if month else "year")
        return _timed(
            f"{year}-{month}-{day}T{clock}:{second or '00'}{fraction or ''}",
            _precision(second, fraction),
            zone,
        )
    except (ValueError, OverflowError):
        return None


def _precision(second: str | None, fraction: str | None) -> Precision:
    return "fraction" if fraction else "second" if second else "minute"


def _timed(text: str, precision: Precision, zone: str | None) -> Moment:
    if zone is None:
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), precision)
    if zone in ("Z", "z"):
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), precision, 0)
    local = datetime.fromisoformat(text + zone)
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else None
    return Moment(local.astimezone(UTC), precision, minutes)
