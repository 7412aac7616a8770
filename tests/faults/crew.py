"""Worker processes of a fault run: started, killed, stopped past their lease, ended. Only ours."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEASE_S = 6.0


@dataclass(slots=True)
class Crew:
    """`log` collects what every member says on stderr."""

    database: str
    data_dir: Path
    log: Path
    members: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _made: int = 0

    def start(self, *, offset_s: float = 0.0) -> subprocess.Popen[bytes]:
        """One more member; returns at once."""
        self._made += 1
        args = [self.database, str(self.data_dir), f"crew{self._made}", str(LEASE_S)]
        with self.log.open("ab") as stderr:
            member = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.member", *args, str(offset_s)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        self.members.append(member)
        return member

    def wait_ready(self, member: subprocess.Popen[bytes], *, within_s: float = 150.0) -> None:
        """Until it listens. Raises TimeoutError."""
        done = threading.Event()

        def read() -> None:
            assert member.stdout is not None
            if member.stdout.readline():
                done.set()

        threading.Thread(target=read, daemon=True).start()
        if not done.wait(within_s):
            raise TimeoutError("a member did not start")

    def kill(self, member: subprocess.Popen[bytes]) -> None:
        os.kill(member.pid, signal.SIGKILL)
        member.wait()
        self._forget(member)

    def freeze(self, member: subprocess.Popen[bytes], seconds: float) -> None:
        """SIGSTOP, longer than the lease, then go on as if nothing had been."""
        os.kill(member.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(member.pid, signal.SIGCONT)

    def end(self, member: subprocess.Popen[bytes], *, within_s: float = 30.0) -> float:
        """SIGTERM; how long the drain took. Raises TimeoutExpired beyond `within_s`."""
        started = time.monotonic()
        member.terminate()
        member.wait(timeout=within_s)
        self._forget(member)
        return time.monotonic() - started

    def _forget(self, member: subprocess.Popen[bytes]) -> None:
        if member.stdout is not None:
            member.stdout.close()
        self.members.remove(member)

    def clear(self) -> None:
        for member in list(self.members):
            self.kill(member)
