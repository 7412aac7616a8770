"""Kills a sender at any point of a send and looks at what is left. Run by test_send_once.

A zygote process (`python -m tests.faults.send_once`) imports everything once and forks a child for
each case, so that a real SIGKILL hits a real process. One JSON line in, one JSON line out.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app.store.records.outbound import load_outbound_of
from app.store.records.outreach import load_outreach
from tests.app.sync.post_world import T0, TENANT, Practice, open_practice, read_gate_rules

OUTREACH = "o1"


@dataclass
class Points:
    """Counts the points that are passed; the process dies at number `last`. 0 = never."""

    last: int
    passed: int = 0
    name: str = ""

    def __call__(self, name: str = "sql") -> None:
        self.passed += 1
        if self.passed == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(practice: Practice, points: Points) -> None:
    """Every step of delivery, every statement and commit, every request and answer is a point."""
    practice.delivery.reached = points
    engine = practice.store.engine.sync_engine
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, lambda *_a: points())

    async def on_wire(_message: Any) -> None:
        points("wire")

    practice.delivery.doors.http.event_hooks = {"request": [on_wire], "response": [on_wire]}


async def prepare(folder: Path, case: dict[str, Any]) -> dict[str, Any]:
    """A practice with one planned contact."""
    async with opened(folder, case) as practice:
        await practice.plan(OUTREACH, channel=case["channel"])
    return {}


async def send(folder: Path, case: dict[str, Any]) -> dict[str, Any]:
    """One sweep that dies at a point; how many points there are, when it lives."""
    points = Points(case.get("die_at", 0))
    async with opened(folder, case) as practice:
        watch(practice, points)
        await practice.delivery.run_due()
    return {"points": points.passed}


async def recover(folder: Path, case: dict[str, Any]) -> dict[str, Any]:
    """A later process sweeps until nothing moves; what the database says then."""
    async with opened(folder, case) as practice:
        for _ in range(4):
            practice.clock.move(minutes=5)
            await practice.delivery.run_due()
        async with practice.store.read(TENANT) as tx:
            row = await load_outreach(tx, OUTREACH)
            sent = await load_outbound_of(tx, OUTREACH)
    return {
        "outreach": row.state,
        "delivery": row.delivery,
        "outbound": [s.state for s in sent],
    }


@contextlib.asynccontextmanager
async def opened(folder: Path, case: dict[str, Any]) -> Any:
    later = timedelta(minutes=case.get("later", 0))
    url = f"sqlite+aiosqlite:///{folder / 'chartside.db'}"
    async with open_practice(
        url,
        folder / "keys",
        case["origin"],
        case["smtp_port"],
        case["ca"],
        now=T0 + later,
        timeout_s=1.0,  # some cases wait for an answer that does not come
    ) as practice:
        yield practice


STEPS = {"prepare": prepare, "send": send, "recover": recover}


def run_child(case: dict[str, Any]) -> dict[str, Any]:
    """The case in a process of its own: what it said, or {"killed": true}."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        code = 1
        try:
            said = asyncio.run(STEPS[case["step"]](Path(case["folder"]), case))
            os.write(writes, json.dumps(said).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        heard = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status) == signal.SIGKILL}
    if os.WEXITSTATUS(status):
        return {"failed": True}
    answer: dict[str, Any] = json.loads(heard)
    return answer


def main() -> None:
    read_gate_rules()  # once, for all children
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run_child(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
