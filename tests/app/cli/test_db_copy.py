"""`chartside db copy` as an operator runs it: a practice moves from SQLite to PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.outreach.known import Held
from app.store.records.consents import load_consents, save_consents
from app.store.records.ledger import load_ledger
from app.store.records.outbound import load_outbound
from app.store.records.standing import save_held
from sandbox.config import SandboxConfig
from sandbox.people import build_people
from sandbox.serving import running_sandbox
from tests.app.store.conftest import postgres_server, postgres_template, postgres_url
from tests.app.sync.post_world import agreed
from tests.conftest import ROOT
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World, app_beside
from tests.flows.test_death import PATIENT, PHONE, TENANT, Wall, plan, queue
from tests.flows.test_spine import edit

__all__ = ["postgres_server", "postgres_template", "postgres_url"]
pytestmark = pytest.mark.postgres
WITHIN_S = 180.0


@dataclass(frozen=True)
class Practice:
    """What SQLite held when Chartside was stopped."""

    ehr: str
    folder: Path
    ledger: Any
    consents: Any


def read(world: World, load: Callable[..., Any], *args: Any) -> Any:
    async def look() -> Any:
        async with world.parts.store.read(TENANT) as tx:
            return await load(tx, *args)

    return world.run(look())


def wait_put_off(world: World) -> Any:
    """The ledger, once the job of the row that waits holds it no more."""
    end = time.monotonic() + WITHIN_S
    while (rows := read(world, load_ledger, PATIENT))[0].state == "sending":
        assert time.monotonic() < end
        time.sleep(0.1)
    return rows


def fill(world: World, wall: Wall) -> None:
    """An edit in the EHR, one that waits, a consent, a planned contact, a message in the queue."""
    browser = MiniBrowser()
    panel = world.open(PATIENT, browser)
    assert "In EHR" in edit(browser, panel, email="moved@example.com").text

    async def prepare() -> None:
        async with world.parts.delivery.store.write(TENANT) as tx:
            await save_consents(tx, PATIENT, (agreed("text", PHONE),), user_id="u1")
            checked = {PHONE: wall.now - timedelta(days=1)}
            await save_held(tx, PATIENT, Held(checked=checked), saved_by="u1")
        await plan(world, "queued", wall.now + timedelta(hours=1))
        await queue(world, "queued", "message", wall.now + timedelta(hours=1))

    world.run(prepare())
    world.sandbox("faults", {"match": {"resource": "Patient"}, "effect": {"status": 503}})
    edit(browser, panel, phone_mobile="602 555 0142")
    browser.close()


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    folder, wall = tmp_path_factory.mktemp("moving"), Wall()
    people = build_people(datetime.now(UTC).date())
    with running_sandbox(SandboxConfig(), people=people) as ehr:
        with app_beside(ehr, folder, wall=wall) as world:
            fill(world, wall)
            running = chartside(folder, "db", "copy", "--to", "postgresql://nobody@127.0.0.1:1/x")
            assert running.returncode == 2 and "is at work" in running.stderr
            ledger, consents = wait_put_off(world), read(world, load_consents, PATIENT)
        httpx.delete(f"{ehr}/_sandbox/faults", trust_env=False, timeout=60)
        assert ledger[0].state in ("saved", "unknown")
        yield Practice(ehr, folder, ledger, consents)


def environment(folder: Path, database: str = "") -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_URL")}
    return (
        env
        | {"DATA_DIR": str(folder), "ALLOW_HTTP": "1"}
        | ({"DATABASE_URL": database} if database else {})
    )


def chartside(folder: Path, *words: str, database: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env=environment(folder, database),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def rows_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def count(url: str, table: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
    assert found is not None
    return int(found[0])


def test_everything_is_there_readable_and_what_waited_goes_out_from_the_new_database(
    practice: Practice, postgres_url: str
) -> None:
    copy = ("db", "copy", "--to", postgres_url, "--format", "json")
    said = rows_of(chartside(practice.folder, *copy))
    copied = {row["table"]: row["rows"] for row in said if "table" in row}
    for table in ("launch", "token_set", "ledger", "ledger_attempt", "consent_entries", "outbound"):
        assert copied[table] > 0, table
    assert {table: count(postgres_url, table) for table in copied} == copied
    assert {row["audit"] for row in said if "audit" in row} == {"ok"}
    verified = rows_of(
        chartside(practice.folder, "audit", "verify", "--format", "json", database=postgres_url)
    )
    assert all(row["holds"] for row in verified) and len(verified) > 1
    drain(practice, postgres_url)
    with app_beside(practice.ehr, practice.folder, database_url=postgres_url) as world:
        before = {row.ledger_id: row.intent for row in practice.ledger}
        after = read(world, load_ledger, PATIENT)
        assert {row.ledger_id: row.intent for row in after} == before
        assert after[0].state == "in_ehr"
        assert read(world, load_consents, PATIENT) == practice.consents
        assert read(world, load_outbound, "message").content.address == PHONE
        browser = MiniBrowser()
        panel = world.open(PATIENT, browser)
        assert "Vargas, Elena" in panel.text and "555-0142" in panel.text
        assert "In EHR" in edit(browser, panel, email="after.the.move@example.com").text
        browser.close()
    # Every sealed cell opens there: it is sealed anew under a new key.
    rotated = chartside(
        practice.folder, "keys", "rotate", "--tenant", TENANT, database=postgres_url
    )
    assert rotated.returncode == 0 and int(rotated.stdout.split()[0]) > len(practice.ledger)
    again = chartside(practice.folder, *copy)
    assert again.returncode == 2 and "not empty" in again.stderr


def drain(practice: Practice, url: str) -> None:
    """The real worker sends what waited, with the sign-in that was copied with it."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker", "--name", "moved"],
        cwd=ROOT,
        env=environment(practice.folder, url),
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + WITHIN_S
    try:
        while states(url) != {"in_ehr"}:
            assert time.monotonic() < end and worker.poll() is None, states(url)
            time.sleep(0.2)
    finally:
        worker.terminate()
        assert worker.wait(timeout=WITHIN_S) == 0


def states(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        sent = "SELECT state FROM ledger WHERE plan NOT IN ('', 'none', 'here', 'person')"
        return {str(row[0]) for row in connection.execute(sent)}


def test_killed_half_way_nothing_is_kept_and_the_next_run_copies_all(
    practice: Practice, postgres_url: str
) -> None:
    command = [sys.executable, "-m", "app.cli", "db", "copy", "--to", postgres_url]
    with psycopg.connect(postgres_url) as blocker:
        blocker.execute("LOCK TABLE ledger IN SHARE MODE")  # the copy comes this far and waits
        child = subprocess.Popen(
            command, cwd=ROOT, env=environment(practice.folder), stderr=subprocess.DEVNULL
        )
        wait_blocked(postgres_url, child)
        child.send_signal(signal.SIGKILL)
        child.wait()
    end = time.monotonic() + WITHIN_S
    while sessions(postgres_url) and time.monotonic() < end:
        time.sleep(0.1)
    assert (count(postgres_url, "tenant"), count(postgres_url, "ledger")) == (0, 0)
    done = chartside(practice.folder, "db", "copy", "--to", postgres_url)
    assert done.returncode == 0, done.stderr
    assert count(postgres_url, "ledger") == len(practice.ledger)


def wait_blocked(url: str, child: "subprocess.Popen[bytes]") -> None:
    """Until the copy waits for the lock, with earlier tables written in its transaction."""
    end = time.monotonic() + WITHIN_S
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(asked, (connection.info.dbname,)).fetchone() == (0,):
            assert time.monotonic() < end and child.poll() is None, "the copy never came so far"
            time.sleep(0.05)


def sessions(url: str) -> int:
    """How many others are in the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        asked = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = %s"
        found = connection.execute(asked, (connection.info.dbname,)).fetchone()
    assert found is not None
    return int(found[0])
