"""The demo's two programs as child processes, for benchmarks that measure what a user feels."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0


@dataclass(slots=True)
class DemoWorld:
    """Origins of both programs, the app's process id, a client for the pretend EHR's switches."""

    ehr: str
    app: str
    app_pid: int
    http: httpx.Client

    def sandbox(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.http.post(f"{self.ehr}/_sandbox/{path}", json=body or {})
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def log(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.http.get(f"{self.ehr}/_sandbox/log").json()
        return entries

    def launch_url(self, patient: str, personality: str) -> str:
        asked = {"personality": personality, "client_id": f"chartside-{personality}"}
        return str(self.sandbox("launches", asked | {"patient": patient})["launch_url"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_demo() -> Iterator[DemoWorld]:
    """`chartside demo` on free ports in an empty folder; both programs are gone afterwards."""
    app_port, ehr_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, httpx.Client(trust_env=False, timeout=60) as http:
        env = os.environ | {
            "APP_PORT": str(app_port),
            "EHR_PORT": str(ehr_port),
            "DATA_DIR": folder,
            "BROWSER": "0",
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
        )
        try:
            wait_until_ready(http, f"http://localhost:{app_port}/health/ready", child)
            yield DemoWorld(
                f"http://127.0.0.1:{ehr_port}", f"http://localhost:{app_port}", child.pid, http
            )
        finally:
            child.terminate()
            child.wait(timeout=30)


def wait_until_ready(http: httpx.Client, url: str, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and child.poll() is None:
        with suppress(httpx.HTTPError):
            if http.get(url).status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the demo did not start")
