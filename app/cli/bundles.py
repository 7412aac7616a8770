"""Bundles from the disk: one path to the bundles in it. Reads files; normalises nothing.

A path is a bundle, NDJSON with one bundle per line, or a folder of either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

_LINES = frozenset({".ndjson", ".jsonl"})
_SUFFIXES = frozenset({".json", *_LINES})


@dataclass(frozen=True, slots=True)
class Found:
    """One bundle and where it stood (`name`, with the line in an NDJSON file)."""

    name: str
    raw: bytes


def read_bundles(path: Path) -> Iterator[Found]:
    """Every bundle at `path`, folders in order of their files' names. Raises OSError."""
    if not path.is_dir():
        yield from _in_file(path)
        return
    for file in sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES):
        if file.is_file():
            yield from _in_file(file)


def _in_file(path: Path) -> Iterator[Found]:
    if path.suffix.lower() not in _LINES:
        raw = path.read_bytes()
        if _is_one(raw):
            yield Found(path.name, raw)
            return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield Found(f"{path.name} line {number}", line)


def _is_one(raw: bytes) -> bool:
    """One JSON document, or something broken that is not several lines of JSON either."""
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except msgspec.DecodeError:
        return not raw.lstrip().startswith(b"{") or raw.strip().count(b"\n") == 0
    return True
