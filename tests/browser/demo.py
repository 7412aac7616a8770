"""`chartside demo` as a newcomer runs it: real child processes, free ports, an empty folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import ROOT
from tests.ports import find_port

START_S = 180.0
STOP_S = 90.0


@dataclass(frozen=True)
class Demo:
    """Origins without a trailing slash; `printed` is what the command wrote when it was ready."""

    ehr: str
    app: str
    printed: str

    def reset(self) -> None:
        """The pretend EHR as on the first day; registered apps stay."""
        assert httpx.post(f"{self.ehr}/_sandbox/reset", timeout=START_S).status_code == 200


@contextmanager
def running_demo(folder: Path, *, patients: Path | None = None) -> Iterator[Demo]:
    """Starts it, waits until it is ready, stops it with Ctrl-C and requires a clean stop."""
    app_port, ehr_port = find_port(), find_port()
    env = os.environ | {
        "APP_PORT": str(app_port),
        "EHR_PORT": str(ehr_port),
        "DATA_DIR": str(folder),
        "BROWSER": "0",
        "PATIENTS": str(patients or ""),
        "PYTHONUNBUFFERED": "1",
    }
    out = folder.parent / f"{folder.name}.out"
    with out.open("wb") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo"],
            cwd=ROOT,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(f"http://localhost:{app_port}/health/ready", child, out)
            yield Demo(
                ehr=f"http://127.0.0.1:{ehr_port}",
                app=f"http://localhost:{app_port}",
                printed=out.read_text(encoding="utf-8"),
            )
        finally:
            code = _stop(child)
    assert code in (0, 130, -signal.SIGINT), out.read_text(encoding="utf-8")


def _wait_until_ready(url: str, child: subprocess.Popen[bytes], out: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if child.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=START_S).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the demo did not become ready:\n{out.read_text(encoding='utf-8')}")


def _stop(child: subprocess.Popen[bytes]) -> int:
    """Ctrl-C, as a person would; killed only if that does not help."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
    try:
        return child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        raise AssertionError("the demo did not stop on Ctrl-C") from None
