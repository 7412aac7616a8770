"""Moments: FHIR date, dateTime, instant and Period text to typed time. Guesses nothing."""

import re
from datetime import UTC, datetime

from app.clinical.elements import Moment, Precision

_SHAPE = re.compile(
    r"\d{4}(?:-(\d\d)(?:-(\d\d)"
    r"(?:[Tt ](\d\d:\d\d)(?::(\d\d)(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_USUAL: dict[tuple[int, str], tuple[Precision, int, str]] = {
    (len("2026-01-05"), "--"): ("day", 7, "-"),
    (len("2026-01-05T10:00:00Z"), "--T::Z"): ("second", 19, "Z"),
    (len("2026-01-05T10:00:00.000Z"), "--T::."): ("fraction", 23, "Z"),
    (len("2026-01-05T10:00:00+00:00"), "--T::+"): ("second", 22, ":"),
    (len("2026-01-05T10:00:00-05:00"), "--T::-"): ("second", 22, ":"),
}
"""Length and every third sign of the common writings → precision, and one more sign that has to
stand where the standard reader is laxer than FHIR. It checks the digits between them itself."""


def parse_moment(text: str) -> Moment | None:
    """None when the text is not a FHIR time or names a day that does not exist."""
    usual = _USUAL.get((len(text), text[4:20:3]))
    if usual is not None and text[usual[1]] == usual[2]:
        return _read_usual(text, usual[0])
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


def _read_usual(text: str, precision: Precision) -> Moment | None:
    try:
        if precision == "day":
            return Moment(datetime.fromisoformat(text + "T00:00Z"), precision)
        return _zoned(datetime.fromisoformat(text), precision)
    except (ValueError, OverflowError):
        return None


def _timed(text: str, precision: Precision, zone: str | None) -> Moment:
    if zone is None:
        return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), precision)
    return _zoned(datetime.fromisoformat(text.upper()), precision)


def _zoned(local: datetime, precision: Precision) -> Moment:
    if local.tzinfo is UTC:
        return Moment(local, precision, 0)
    offset = local.utcoffset()
    if not offset:
        return Moment(local.replace(tzinfo=UTC), precision, 0)
    return Moment(local.astimezone(UTC), precision, int(offset.total_seconds() // 60))
