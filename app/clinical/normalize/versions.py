"""Versions: of one resource read more than once, only the newest is kept.

Version ids are compared by no order (some servers give UUIDs); the source's own last-updated
mark decides, then what supersedes by its meaning, then all that was read of it, so that order
never matters.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from app.clinical.chart import SetAside
from app.clinical.normalize.moments import parse_moment
from app.clinical.normalize.reading import Found

_START = datetime(1, 1, 1, tzinfo=UTC)
_SUPERSEDES = {"entered-in-error": 3, "corrected": 2, "amended": 2, "final": 1}


def keep_latest(found: Iterable[Found]) -> tuple[list[Found], list[SetAside]]:
    """(newest of each, those without an id in a fixed order; the others as `superseded`)."""
    latest: dict[tuple[str, str], Found] = {}
    nameless: list[Found] = []
    superseded: list[SetAside] = []
    for item in found:
        if not item.id:
            nameless.append(item)
            continue
        key = (item.kind, item.id)
        other = latest.setdefault(key, item)
        if other is not item:
            latest[key] = max(other, item, key=_age)
            superseded.append(SetAside("superseded", item.kind, item.id))
    nameless.sort(key=lambda f: (f.kind, _words(f)))
    return [*latest.values(), *nameless], superseded


def _age(item: Found) -> tuple[datetime, int, tuple[bytes, bytes]]:
    meta = item.raw.meta
    marked = parse_moment(meta.last_updated) if meta and meta.last_updated else None
    rank = _SUPERSEDES.get((item.raw.status or "").strip().lower(), 0)
    return (marked.at if marked else _START, rank, _words(item))


def _words(item: Found) -> tuple[bytes, bytes]:
    """All that tells two readings apart when nothing else does."""
    return msgspec.json.encode(item.raw), msgspec.json.encode(item.notes)
