"""Worker processes of a fault run: the product's own worker with a short lease and a clock that may
be wrong. `python -m tests.faults.member` imports everything once and forks a member for each line

    {"database": URL, "data_dir": DIR, "base": NAME, "lease_s": S, "offset_s": S}

on its input; it answers `began PID`, and the member says `ready PID` by itself. A member is a
process of its own: what kills it kills nobody else.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.cli.serving import run
from app.logs import set_up_logging
from app.main import build_parts
from app.settings import Settings


async def work(given: dict[str, Any]) -> None:
    """Until SIGTERM; then the product's own drain."""
    stop, lease_s = asyncio.Event(), float(given["lease_s"])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(
        data_dir=Path(given["data_dir"]),
        database_url=given["database"],
        allow_http=True,
        fhir_deadline_s=lease_s / 4,
        write_lease_s=lease_s,
    )
    wrong = timedelta(seconds=given["offset_s"])
    parts = await build_parts(settings, clock=lambda: datetime.now(UTC) + wrong)
    worker = replace(
        parts.build_worker(given["base"]), life=timedelta(seconds=lease_s), sweep_s=0.5
    )
    await worker.start()
    tell(f"ready {os.getpid()}")
    await stop.wait()
    await worker.stop()
    await parts.close()


def tell(line: str) -> None:
    """In one write, so that the lines of several processes do not mix."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def run_member(given: dict[str, Any]) -> None:
    """The child's whole life. Never comes back."""
    code = 1
    try:
        os.setpgid(0, 0)
        set_up_logging("WARNING")
        run(work(given))
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a member; the kernel does
    assert threading.active_count() == 1, "a thread would not survive the fork"
    for line in sys.stdin:
        given = json.loads(line)
        child = os.fork()
        if child == 0:
            os.close(0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run_member(given)
        tell(f"began {child}")


if __name__ == "__main__":
    main()
