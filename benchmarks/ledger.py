"""The ledger end to end against a pretend EHR of its own process at zero latency, both databases.

ledger_writes_per_s: contacts to record, each created, read back and recorded by one worker (on
SQLite the app's own, while saves go on). ledger_writes_ratio: that over bare POSTs and GETs, as
many at once, without a ledger. ledger_ack_p95_ms: a save in its transaction with audit row and
job; ledger_ack_ratio: that over an audit row alone. ledger_drain_mb: peak memory of that worker;
ledger_growth_mb: of it, what came after the first quarter. LEDGER_INTENTS sets the number (20,000
takes half an hour), LEDGER_DATABASE one database.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from app.jobs.names import LEDGER
from app.store.audit import AuditEntry, append_audit
from app.sync.visits import Visit
from benchmarks.demo_world import ROOT, free_port, wait_until_ready
from benchmarks.figure import Figure
from tests.faults.drain import count_done
from tests.faults.judge import TENANT, judge
from tests.faults.stage import Stage, build_contact, open_stage

FIGURES = (
    "ledger_writes_per_s",
    "ledger_writes_ratio",
    "ledger_ack_p95_ms",
    "ledger_ack_ratio",
    "ledger_drain_mb",
    "ledger_growth_mb",
)
INTENTS, BARE = 400, 120
WITHIN_S = 3600.0
FHIR_JSON = "application/fhir+json"


def run() -> Iterator[Figure]:
    number = int(os.environ.get("LEDGER_INTENTS", INTENTS))
    wanted = os.environ.get("LEDGER_DATABASE", "sqlite postgresql").split()
    for database in wanted:
        made = tempfile.TemporaryDirectory(prefix="ledger")
        with (
            made as folder,
            running_ehr() as ehr,
            open_stage(Path(folder), database, ehr=ehr) as stage,
        ):
            yield from measure(stage, database, number)


@contextmanager
def running_ehr() -> Iterator[str]:
    """A process of its own, so that it takes none of the worker's time."""
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(trust_env=False) as http:
            wait_until_ready(http, f"http://127.0.0.1:{port}/_sandbox/state", child)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(timeout=30)


def measure(stage: Stage, database: str, number: int) -> Iterator[Figure]:
    """On SQLite the clock starts with the first save, since the app's own worker sends at once;
    on PostgreSQL a `chartside worker` begins when all are saved."""
    visit = stage.open()
    bare, alone = send_bare(stage, visit), audit_alone(stage)
    began, acks = time.perf_counter(), save_all(stage, visit, number)
    sizes: list[int] = []
    if database == "postgresql":
        with running_worker(stage) as worker:
            began = time.perf_counter()
            wait_drained(stage, number, began, sizes, psutil.Process(worker.pid))
    else:
        wait_drained(stage, number, began, sizes, None)
    rate = number / (time.perf_counter() - began)
    found = judge(stage.world, stage.ids, expected=("in_ehr",))
    told = f"lost {found.lost}, twice {found.duplicated}, wrong state {found.wrong}"
    ack = find_p95(acks)
    yield Figure(FIGURES[0], rate, "/s", f"{database}, {number} intents, {told}")
    yield Figure(FIGURES[1], rate / bare, "", f"{database}, of {bare:.0f}/s without a ledger")
    yield Figure(FIGURES[2], ack, "ms", f"{database}, {number} saves")
    yield Figure(FIGURES[3], ack / find_p95(alone), "", f"{database}, over an audit row alone")
    if sizes:
        quarter = max(sizes[: max(len(sizes) // 4, 1)])
        yield Figure(FIGURES[4], max(sizes) / 1e6, "MB", f"{database}, one worker")
        yield Figure(FIGURES[5], (max(sizes) - quarter) / 1e6, "MB", f"{database}, one worker")


def send_bare(stage: Stage, visit: Visit) -> float:
    """POST and GET per second of such a resource, as many at once as a worker has of a tenant."""
    world, at_once = stage.world, asyncio.Semaphore(LEDGER.per_tenant)
    base = f"{visit.opened.iss}/Communication"

    async def send_all() -> float:
        tokens = await world.parts.launches.current_tokens(visit.opened.launch_id)
        headers = {"Authorization": f"Bearer {tokens.access_token}", "Content-Type": FHIR_JSON}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:

            async def send_one() -> None:
                async with at_once:
                    made = await http.post(base, content=build_bare(visit.patient_id))
                    made.raise_for_status()
                    kept = made.headers["location"].split("/Communication/")[1].split("/")[0]
                    (await http.get(f"{base}/{kept}")).raise_for_status()

            began = time.perf_counter()
            await asyncio.gather(*(send_one() for _ in range(BARE)))
            return BARE / (time.perf_counter() - began)

    return world.run(send_all())


def build_bare(patient_id: str) -> bytes:
    resource = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    return json.dumps(resource).encode()


def audit_alone(stage: Stage) -> list[float]:
    """How long one audit row takes to be durable, in ms."""

    async def append() -> float:
        began = time.perf_counter()
        async with stage.world.parts.store.write(TENANT) as tx:
            await append_audit(tx, AuditEntry(action="bench.nothing", actor_id="system:bench"))
        return (time.perf_counter() - began) * 1000

    return [stage.world.run(append()) for _ in range(BARE)]


def save_all(stage: Stage, visit: Visit, number: int) -> list[float]:
    """How long each save took, in ms."""
    acks = []
    for index in range(number):
        new, changes = build_contact(visit, index)
        began = time.perf_counter()
        stage.save_until_taken(visit, new, changes)
        acks.append((time.perf_counter() - began) * 1000)
        stage.ids.append(new.ledger_id)
    return acks


@contextmanager
def running_worker(stage: Stage) -> Iterator["subprocess.Popen[str]"]:
    """`chartside worker`, at work."""
    env = os.environ | {"DATABASE_URL": stage.crew.database, "ALLOW_HTTP": "1"}
    env["DATA_DIR"] = str(stage.crew.data_dir)
    command = [sys.executable, "-m", "app.cli", "worker", "--name", "bench"]
    child = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    try:
        while "is at work" not in child.stderr.readline():
            if child.poll() is not None:
                raise RuntimeError("the worker did not start")
        yield child
    finally:
        child.terminate()
        child.wait(timeout=60)
        child.stderr.close()


def wait_drained(
    stage: Stage, number: int, began: float, sizes: list[int], worker: psutil.Process | None
) -> None:
    """Until all are in the EHR; `sizes` gets the worker's resident bytes on the way."""
    while count_done(stage) < number and time.perf_counter() - began < WITHIN_S:
        if worker is not None:
            sizes.append(worker.memory_info().rss)
        time.sleep(0.25)


def find_p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
