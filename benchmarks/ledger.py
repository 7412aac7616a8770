"""The ledger end to end against the pretend EHR at zero latency, on both databases.

ledger_writes_per_s: saved contacts to record, each created, read back and recorded by one worker
process. ledger_ack_p95_ms: a save in its transaction with audit and job. ledger_drain_mb: peak
memory of that worker. LEDGER_INTENTS changes the number (20,000 for the figure in the issue).
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from app.store.records.ledger_counts import count_states
from benchmarks.figure import Figure
from tests.faults.judge import TENANT, judge
from tests.faults.stage import Stage, build_contact, open_stage

FIGURES = ("ledger_writes_per_s", "ledger_ack_p95_ms", "ledger_drain_mb")
INTENTS = 2_000
WITHIN_S = 3600.0


def run() -> Iterator[Figure]:
    number = int(os.environ.get("LEDGER_INTENTS", INTENTS))
    for database in ("sqlite", "postgresql"):
        made = tempfile.TemporaryDirectory(prefix="ledger")
        with made as folder, open_stage(Path(folder), database) as stage:
            yield from measure(stage, database, number)


def measure(stage: Stage, database: str, number: int) -> Iterator[Figure]:
    """On SQLite the app's own worker sends while saves go on, so the clock starts with the first;
    on PostgreSQL one worker process begins when all are saved."""
    began, acks = time.perf_counter(), save_all(stage, number)
    peak, member = 0, None
    if database == "postgresql":
        member = stage.crew.start()
        stage.crew.wait_ready(member)
        began = time.perf_counter()
    while count_done(stage) < number and time.perf_counter() - began < WITHIN_S:
        if member is not None:
            peak = max(peak, psutil.Process(member.pid).memory_info().rss)
        time.sleep(0.5)
    rate = number / (time.perf_counter() - began)
    found = judge(stage.world, stage.ids, expected=("in_ehr",))
    note = f"{database}, {number} intents, lost {found.lost}, twice {found.duplicated}"
    yield Figure(FIGURES[0], rate, "/s", note)
    yield Figure(FIGURES[1], acks[int(len(acks) * 0.95)], "ms", f"{database}, {number} saves")
    if peak:
        yield Figure(FIGURES[2], peak / 1e6, "MB", f"{database}, one worker, {number} intents")


def save_all(stage: Stage, number: int) -> list[float]:
    """How long each save took, in ms, sorted."""
    visit, acks = stage.open(), []
    for index in range(number):
        new, changes = build_contact(visit, index)
        began = time.perf_counter()
        stage.save_until_taken(visit, new, changes)
        acks.append((time.perf_counter() - began) * 1000)
        stage.ids.append(new.ledger_id)
    return sorted(acks)


def count_done(stage: Stage) -> int:
    """Rows that are in the EHR, by one count in the database."""

    async def count() -> int:
        async with stage.world.parts.store.read(TENANT) as tx:
            return (await count_states(tx)).get("in_ehr", 0)

    return stage.world.run(count())
