"""One worker process of a fault run: the product's own worker with a short lease and a clock that
may be wrong. Run as `python -m tests.faults.member DATABASE DATA_DIR BASE LEASE_S OFFSET_S`."""

import asyncio
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.logs import set_up_logging
from app.main import build_parts
from app.settings import Settings


async def work(database: str, data_dir: Path, base: str, lease_s: float, offset_s: float) -> None:
    """Until SIGTERM; then the product's own drain."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(
        data_dir=data_dir,
        database_url=database,
        allow_http=True,
        fhir_deadline_s=lease_s / 4,
        write_lease_s=lease_s,
    )
    wrong = timedelta(seconds=offset_s)
    parts = await build_parts(settings, clock=lambda: datetime.now(UTC) + wrong)
    worker = replace(parts.build_worker(base), life=timedelta(seconds=lease_s), sweep_s=0.5)
    await worker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    await worker.stop()
    await parts.close()


if __name__ == "__main__":
    set_up_logging("WARNING")
    _database, _data, _base, _lease, _offset = sys.argv[1:6]
    asyncio.run(work(_database, Path(_data), _base, float(_lease), float(_offset)))
