"""The command: starts on a port, answers, stops cleanly on both signals."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox.__main__ import parse_arguments
from sandbox.config import SandboxConfig
from sandbox.server import build_sandbox
from sandbox.serving import running_sandbox
from tests.ports import find_port

ROOT = Path(__file__).resolve().parents[2]
CLIENT = '[{"client_id": "filed", "type": "public", "redirect_uris": ["https://a.test/cb"]}]'


def wait_ready(port: int) -> httpx.Response:
    """The state, once the server answers; fails after ninety seconds."""
    until = time.monotonic() + 90
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/_sandbox/state", timeout=60)
        except httpx.TransportError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_starts_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "clients.json").write_text(CLIENT)
    port = find_port()
    words = ["--port", str(port), "--personality", "epic", "--latency-ms", "1"]
    words += ["--clients", str(tmp_path / "clients.json"), "--app-origin", "http://app.test"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    try:
        state = wait_ready(port).json()
        assert state["personality"] == "epic"
        assert state["app_origin"] == "http://app.test"
        assert state["latency_ms"] == 1
        assert [c["client_id"] for c in state["clients"]] == ["filed"]
        assert state["personalities"]["epic"]["base"] == f"http://127.0.0.1:{port}/epic/fhir"
        with httpx.stream("GET", f"http://127.0.0.1:{port}/epic/fhir/metadata"):
            process.send_signal(number)
        assert process.wait(90) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--port", port, "--patients", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("Cannot start:")
    assert "Traceback" not in done.stderr


def test_arguments_have_the_documented_defaults() -> None:
    config = parse_arguments([])
    assert (config.host, config.port, config.personality) == ("127.0.0.1", 9000, "generic")
    assert config.public_origin == "http://127.0.0.1:9000"
    assert parse_arguments(["--origin", "https://ehr.test/"]).public_origin == "https://ehr.test"


def test_an_unknown_personality_is_refused() -> None:
    with pytest.raises(ValueError, match="personality"):
        build_sandbox(SandboxConfig(personality="abacus"))


def test_two_can_run_at_once() -> None:
    with running_sandbox(SandboxConfig(), people=[]) as one:
        with running_sandbox(SandboxConfig(), people=[]) as two:
            assert one != two
            assert httpx.get(f"{two}/_sandbox/health", timeout=60).status_code == 200
        assert httpx.get(f"{one}/_sandbox/health", timeout=60).status_code == 200
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{two}/_sandbox/health", timeout=60)
