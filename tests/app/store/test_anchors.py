"""Anchors follow the chains in a file, signed, and survive what a machine may do to it."""

import logging
import resource
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from app.security.keys import KeySet, new_root_keys
from app.store.anchors import ANCHOR_FILE, Anchor, AnchorFile, append_anchors, load_anchors
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from tests.app.store.conftest import T0, MovableClock

KEYS = new_root_keys().audit


def seqs(path: Path, keys: KeySet = KEYS) -> list[int]:
    anchors, forged = load_anchors(path, keys)
    assert forged == 0
    return [anchor.seq for anchor in anchors]


def test_an_anchor_is_written_each_hundred_rows_each_minute_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    file = AnchorFile(path, KEYS)
    for seq in range(1, 100):
        file.note("north", seq, f"m{seq}", T0)
    assert seqs(path) == []
    file.note("north", 100, "m100", T0)
    assert seqs(path) == [100]
    file.note("north", 101, "m101", T0 + timedelta(seconds=59))
    assert seqs(path) == [100]
    file.note("north", 102, "m102", T0 + timedelta(seconds=60))
    assert seqs(path) == [100, 102]
    file.note("south", 1, "s1", T0)
    file.flush(T0)
    file.flush(T0)
    assert load_anchors(path, KEYS)[0][-1] == Anchor("south", 1, "s1")
    assert len(seqs(path)) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_rows_that_commit_out_of_order_anchor_the_latest(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path / "a", KEYS)
    file.note("north", 2, "m2", T0)
    file.note("north", 1, "m1", T0)
    file.flush(T0)
    assert load_anchors(tmp_path / "a", KEYS)[0] == (Anchor("north", 2, "m2"),)


def test_a_full_disk_leaves_no_torn_line_and_the_next_anchor_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = AnchorFile(path, KEYS)
    file.note("north", 1, "m1", T0)
    file.flush(T0)
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, hard))
    try:
        file.note("north", 2, "m2", T0)
        file.flush(T0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == whole
    file.flush(T0)
    assert seqs(path) == [1, 2]


def test_changed_forged_and_unreadable_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    append_anchors(path, KEYS, [Anchor("north", 1, "m1"), Anchor("north", 2, "m2")], T0)
    append_anchors(path, new_root_keys().audit, [Anchor("north", 3, "m3")], T0)
    content = path.read_bytes().replace(b'"m2"', b'"x2"') + b"junk\n" + b'{"half a li'
    path.write_bytes(content)
    assert load_anchors(path, KEYS) == ((Anchor("north", 1, "m1"),), 3)


def test_no_file_is_no_anchor(tmp_path: Path) -> None:
    assert load_anchors(tmp_path / "none", KEYS) == ((), 0)


def test_a_disk_that_refuses_does_not_harm_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "missing" / "a"
    file = AnchorFile(path, KEYS)
    file.note("north", 1, "m1", T0)
    with caplog.at_level(logging.ERROR):
        file.flush(T0)
    assert "could not be written" in caplog.text
    path.parent.mkdir()
    file.flush(T0)
    assert seqs(path) == [1]


@pytest.mark.anyio
async def test_the_store_anchors_what_it_commits(
    store: Store, key_file: Path, clock: MovableClock
) -> None:
    async with store.write("north") as tx:
        await append_audit(tx, AuditEntry(action="x"))
    clock.move(minutes=2)
    async with store.write_wide("north") as wide:
        await append_audit(wide.within("north"), AuditEntry(action="y"))
    assert seqs(key_file.parent / ANCHOR_FILE, store.vault.roots.audit) == [2]
