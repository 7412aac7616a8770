"""Anchors: where each audit chain stood, kept in a file outside the database. Verifies no chain.

Ship the file to a place that this machine cannot edit: then even someone who holds the database
and an old copy of it cannot cut the log's tail unseen.
"""

import errno
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.security.crypto import build_mac, is_same_mac
from app.security.keys import KeySet
from app.store.keyfile import PRIVATE_FILE

LOG = logging.getLogger(__name__)
ANCHOR_FILE = "audit-anchors.jsonl"
EVERY_ROWS = 100
EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Chain of `tenant_id` had this `mac` at `seq`."""

    tenant_id: str
    seq: int
    mac: str


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    tenant: str
    seq: int
    mac: str
    at: str
    key: str
    sig: str


class AnchorFile:
    """Follows commits and writes an anchor per tenant each 100 rows or 60 seconds, and at close.

    A write that fails is logged and tried again with the next row: the log itself is unharmed.
    """

    def __init__(self, path: Path, keys: KeySet) -> None:
        self.path = path
        self.keys = keys
        self._latest: dict[str, Anchor] = {}
        self._written: dict[str, tuple[int, datetime]] = {}

    def note(self, tenant_id: str, seq: int, mac: str, now: datetime) -> None:
        known = self._latest.get(tenant_id)
        if known is None or seq > known.seq:
            self._latest[tenant_id] = Anchor(tenant_id, seq, mac)
        written, at = self._written.setdefault(tenant_id, (seq - 1, now))
        if seq - written >= EVERY_ROWS or now - at >= EVERY:
            self.flush(now)

    def flush(self, now: datetime) -> None:
        """Writes what is not written yet."""
        due = [a for t, a in self._latest.items() if self._written.get(t, (0, now))[0] < a.seq]
        if not due:
            return
        try:
            append_anchors(self.path, self.keys, due, now)
        except OSError as exc:
            LOG.error("audit anchors could not be written: %s", type(exc).__name__)
            return
        self._written.update({anchor.tenant_id: (anchor.seq, now) for anchor in due})


def append_anchors(path: Path, keys: KeySet, anchors: Iterable[Anchor], now: datetime) -> None:
    """Adds signed lines, flushed to the disk; on a full disk none of them. Raises OSError."""
    lines = b"".join(msgspec.json.encode(_sign(keys, anchor, now)) + b"\n" for anchor in anchors)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        written = os.write(handle, lines)
        if written < len(lines):
            _take_back(handle, written)
            raise OSError(errno.ENOSPC, "the anchors did not fit")
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_back(handle: int, written: int) -> None:
    """A torn line would look like a forged one. Left alone if another process wrote behind it."""
    end = os.lseek(handle, 0, os.SEEK_CUR)
    if os.fstat(handle).st_size == end:
        os.ftruncate(handle, end - written)


def load_anchors(path: Path, keys: KeySet) -> tuple[tuple[Anchor, ...], int]:
    """The anchors whose signature holds, and how many lines do not hold (0 in a sound file).

    A last line without its newline was being written when the machine stopped; it does not count.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return (), 0
    whole = content[: content.rfind(b"\n") + 1].splitlines()
    read = [_parse(keys, line) for line in whole]
    good = tuple(anchor for anchor in read if anchor is not None)
    return good, len(read) - len(good)


def _sign(keys: KeySet, anchor: Anchor, now: datetime) -> _Line:
    at = now.isoformat()
    sig = _build_signature(keys.key, anchor, at)
    return _Line(anchor.tenant_id, anchor.seq, anchor.mac, at, keys.current, sig)


def _parse(keys: KeySet, content: bytes) -> Anchor | None:
    try:
        line = msgspec.json.decode(content, type=_Line)
    except msgspec.MsgspecError:
        return None
    anchor = Anchor(line.tenant, line.seq, line.mac)
    key = keys.keys.get(line.key)
    if key is None:
        return None
    expected = _build_signature(key, anchor, line.at)
    return anchor if is_same_mac(expected.encode(), line.sig.encode()) else None


def _build_signature(key: bytes, anchor: Anchor, at: str) -> str:
    parts = (anchor.tenant_id, str(anchor.seq), anchor.mac, at)
    return build_mac(key, b"anchor", *(part.encode() for part in parts)).hex()
