"""Cells of the disk: full while work goes on, and starts that cannot go well and say why."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import psycopg

from app.errors import NotSaved
from app.store.keyfile import KEY_FILE
from app.sync.visits import Visit
from tests.faults.crew import ROOT
from tests.faults.disk import SmallDisk
from tests.faults.judge import load_rows
from tests.faults.stage import Cell, Stage, States, build_contact
from tests.flows.mini_browser import MiniBrowser, Page

DONE: States = ("in_ehr",)
SAVES_UNTIL_FULL = 400
"""A full disk still takes what fits into files that are there already."""
START_S = 60.0
SAID = ("This was not saved", "cannot read its records right now")


def disk_full(stage: Stage) -> States:
    """D1: data, journal and log on a disk without one free byte, with sends under way. What is not
    saved says so, nothing is kept by halves, and all goes on by itself once there is room."""
    disk, visit, browser = require_disk(stage), stage.open(), MiniBrowser()
    panel = stage.world.open(visit.patient_id, browser)
    stage.world.sandbox("latency", {"ms": 200})
    stage.save(visit, 4)
    stage.pause(0.0, 0.6)
    disk.fill()
    refused = save_until_refused(stage, visit, disk)
    require_plain(stage, browser.get(panel.url))
    browser.close()
    stage.pause(2.0, 5.0)
    disk.free()
    stage.wait_database()
    assert not load_rows(stage.world, [refused]), "refused, and kept by halves"
    stage.heal()
    stage.settle(within_s=120)
    stage.save(visit, 1)
    stage.settle(within_s=60)
    return DONE


def save_until_refused(stage: Stage, visit: Visit, disk: SmallDisk) -> str:
    """The id of the first save that the full disk does not take; those before it count as any."""
    for number in range(SAVES_UNTIL_FULL):
        new, changes = build_contact(visit, number)
        try:
            stage.save_once(visit, new, changes)
        except NotSaved:
            return new.ledger_id
        stage.ids.append(new.ledger_id)
        disk.fill()  # what the journal gave back in the meantime
    raise AssertionError("a full disk took everything")


def require_plain(stage: Stage, page: Page) -> None:
    """A chart that cannot be put on record is not shown, in plain words; the process lives."""
    assert page.status in (200, 503), page.status
    assert page.status == 200 or any(words in page.text for words in SAID), page.text
    assert stage.world.http.get(f"{stage.world.app}/health/live").status_code == 200


def start_refused(stage: Stage) -> States:
    """D3: on a read-only disk, without its key file, or over a damaged database, `chartside
    worker` ends at once and names the reason; what runs already is not disturbed."""
    disk, visit = require_disk(stage), stage.open()
    stage.save(visit, 2)
    here = stage.crew.data_dir
    view = disk.folder.parent / f"view-{stage.choose.randrange(10**9)}"
    disk.show_read_only(view)
    bare = disk.folder / "bare"
    bare.mkdir()
    require_reason(stage, bare, "key file is missing")
    shutil.rmtree(bare)
    if stage.postgres is None:
        require_reason(stage, view / here.name, "cannot be written")
        damaged = disk.folder / "damaged"
        damaged.mkdir()
        shutil.copy(here / KEY_FILE, damaged)
        (damaged / "chartside.db").write_bytes(b"not a database, " * 1024)
        require_reason(stage, damaged, "cannot be opened")
        shutil.rmtree(damaged)
    stage.settle(within_s=60)
    return DONE


def require_reason(stage: Stage, data_dir: Path, words: str) -> None:
    """A start there ends by itself, unsuccessful, with these words and no trace."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_URL")}
    env |= {"DATA_DIR": str(data_dir), "ALLOW_HTTP": "1"}
    if stage.postgres is not None:
        env["DATABASE_URL"] = stage.postgres.url
    elif "key file" in words:
        copy_database(stage.crew.data_dir / "chartside.db", data_dir / "chartside.db")
    command = [sys.executable, "-m", "app.cli", "worker"]
    done = subprocess.run(
        command, cwd=ROOT, env=env, timeout=START_S, capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2), f"ended with {done.returncode}: {done.stderr}"
    assert words in done.stderr and "Traceback" not in done.stderr, done.stderr


def copy_database(source: Path, target: Path) -> None:
    """As it stands now, with what is in its journal only."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def read_only_database(stage: Stage) -> States:
    """D3: the server turns read-only under load (a full volume, a failover) and back."""
    if stage.postgres is None:
        raise LookupError("files that are open stay writable; starts are in the cell above")
    visit = stage.open()
    stage.world.sandbox("latency", {"ms": 200})
    stage.save(visit, 4)
    stage.pause(0.0, 0.6)
    set_read_only(stage.postgres.url, on=True)
    new, changes = build_contact(visit, 99)
    try:
        stage.save_once(visit, new, changes)
    except NotSaved:
        refused = new.ledger_id
    else:
        raise AssertionError("saved in a read-only database")
    stage.pause(2.0, 5.0)
    set_read_only(stage.postgres.url, on=False)
    assert not load_rows(stage.world, [refused]), "refused, and kept by halves"
    stage.heal()
    stage.settle(within_s=120)
    stage.save(visit, 1)
    stage.settle(within_s=60)
    return DONE


REACHED_S = 1.0
"""A reload reaches the open connections by a signal to each, which nothing confirms."""


def set_read_only(url: str, *, on: bool) -> None:
    """For all transactions that begin from now on."""
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as c:
        c.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if on else 'off'}")
        c.execute("SELECT pg_reload_conf()")
    time.sleep(REACHED_S)


def require_disk(stage: Stage) -> SmallDisk:
    if stage.disk is None:
        raise LookupError("this stage stands on an ordinary disk")
    return stage.disk


ON_SMALL_DISK: Mapping[str, Cell] = {
    "D1 disk full": disk_full,
    "D3 start refused": start_refused,
    "D3 database read-only": read_only_database,
}
"""Played on a stage of their own, all of whose files lie on a small disk."""
