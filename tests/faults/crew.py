"""Worker processes of a fault run: started, killed, stopped past their lease, ended. Only ours."""

import contextlib
import json
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
SOON_S = 60.0


@dataclass(frozen=True, slots=True)
class Member:
    """One worker process; `ready` once it listens."""

    pid: int
    ready: threading.Event


@dataclass(slots=True)
class Crew:
    """`log` collects what every member says on stderr."""

    database: str
    data_dir: Path
    log: Path
    members: list[Member] = field(default_factory=list)
    _made: int = 0
    _nursery: subprocess.Popen[str] | None = None
    _known: dict[int, Member] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _began: list[int] = field(default_factory=list)

    def start(self, *, offset_s: float = 0.0) -> Member:
        """One more member; returns once the process is there, before it listens."""
        nursery = self._open_nursery()
        self._made += 1
        given = {
            "database": self.database,
            "data_dir": str(self.data_dir),
            "base": f"crew{self._made}",
            "lease_s": LEASE_S,
            "offset_s": offset_s,
        }
        assert nursery.stdin is not None
        nursery.stdin.write(json.dumps(given) + "\n")
        nursery.stdin.flush()
        with self._news:
            assert self._news.wait_for(lambda: self._began, SOON_S), "no member was born"
            member = self._know(self._began.pop())
        self.members.append(member)
        return member

    def wait_ready(self, member: Member, *, within_s: float = 150.0) -> None:
        """Until it listens. Raises TimeoutError, and RuntimeError when it ended by itself, with
        what it said last."""
        end = time.monotonic() + within_s
        while not member.ready.wait(0.1):
            if not Path(f"/proc/{member.pid}").exists():
                said = self.log.read_text("utf-8", "replace").splitlines()[-3:]
                raise RuntimeError(f"a member ended at its start: {' | '.join(said)}")
            if time.monotonic() > end:
                raise TimeoutError("a member did not start")

    def kill(self, member: Member) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)
        wait_gone(member.pid, SOON_S)
        self.members.remove(member)

    def freeze(self, member: Member, seconds: float) -> None:
        """SIGSTOP, longer than the lease, then go on as if nothing had been."""
        os.kill(member.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(member.pid, signal.SIGCONT)

    def end(self, member: Member, *, within_s: float = 30.0) -> float:
        """SIGTERM; how long the drain took. Raises TimeoutError beyond `within_s`."""
        started = time.monotonic()
        os.kill(member.pid, signal.SIGTERM)
        wait_gone(member.pid, within_s)
        self.members.remove(member)
        return time.monotonic() - started

    def clear(self) -> None:
        for member in list(self.members):
            self.kill(member)
        if self._nursery is not None and self._nursery.stdin is not None:
            self._nursery.stdin.close()
            self._nursery.wait(timeout=SOON_S)
            self._nursery = None

    def _open_nursery(self) -> subprocess.Popen[str]:
        if self._nursery is None:
            with self.log.open("ab") as stderr:
                self._nursery = subprocess.Popen(
                    [sys.executable, "-m", "tests.faults.member"],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                )
            threading.Thread(target=self._listen, args=(self._nursery,), daemon=True).start()
        return self._nursery

    def _listen(self, nursery: subprocess.Popen[str]) -> None:
        assert nursery.stdout is not None
        with nursery.stdout as said:
            for line in said:
                word, pid = line.split()
                with self._news:
                    if word == "began":
                        self._began.append(int(pid))
                    else:
                        self._know(int(pid)).ready.set()
                    self._news.notify_all()

    def _know(self, pid: int) -> Member:
        """A member may be ready before its birth is announced."""
        return self._known.setdefault(pid, Member(pid, threading.Event()))


def wait_gone(pid: int, within_s: float) -> None:
    """Until the process is no more. Raises TimeoutError."""
    end = time.monotonic() + within_s
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > end:
            raise TimeoutError(f"process {pid} is still there")
        time.sleep(0.01)
