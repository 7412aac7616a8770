"""Killed at any point of a send: no message twice, none silently lost.

The full run is 20 points by 20 seeds and prints one line per point (`make send-once`); the suite
takes fewer seeds. A failing case names its seed and point; SEND_ONCE_SEED=n replays one.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.sync.post_world import ELENA, ELENA_MAIL
from tests.conftest import ROOT

POINTS = 20
SEEDS = int(os.environ.get("SEND_ONCE_SEEDS", "1"))
ONLY = os.environ.get("SEND_ONCE_SEED")
Ask = Callable[[dict[str, Any]], dict[str, Any]]
FAULTS: tuple[dict[str, object] | None, ...] = (
    None,
    None,
    {"status": 429},
    {"cut": True},
    {"execute_then_timeout": True},
)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Hand a case to the zygote."""
    command = [sys.executable, "-m", "tests.faults.send_once"]
    child = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None and child.stdout is not None
    stdin, stdout = child.stdin, child.stdout

    def send(case: dict[str, Any]) -> dict[str, Any]:
        stdin.write(json.dumps(case) + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    yield send
    stdin.close()
    assert child.wait(timeout=180) == 0
    stdout.close()


@pytest.fixture(scope="module")
def post_office() -> Iterator[str]:
    with running_sandbox(SandboxConfig(smtp_port=0), people=[]) as origin:
        yield origin


def build_case(origin: str, seed: int, folder: Path) -> dict[str, Any]:
    """What a seed stands for: the channel and what else goes wrong."""
    dice = random.Random(seed)
    said = httpx.post(f"{origin}/_sandbox/post", json={}, trust_env=False, timeout=60).json()
    return {
        "folder": str(folder),
        "origin": origin,
        "smtp_port": said["smtp_port"],
        "ca": said["certificate"],
        "channel": dice.choice(("text", "text", "email")),
        "fault": dice.choice(FAULTS),
    }


def count_arrived(origin: str, channel: str) -> int:
    """How many messages the patient got."""
    path = f"texts?number=%2B{ELENA[1:]}" if channel == "text" else f"mails?to={ELENA_MAIL}"
    return len(httpx.get(f"{origin}/_sandbox/{path}", trust_env=False, timeout=60).json())


def reset(origin: str, case: dict[str, Any]) -> None:
    httpx.post(f"{origin}/_sandbox/reset", trust_env=False, timeout=60).raise_for_status()
    if case["fault"]:
        data = {"match": {"personality": "texts"}, "effect": case["fault"], "times": 1}
        httpx.post(
            f"{origin}/_sandbox/faults", json=data, trust_env=False, timeout=60
        ).raise_for_status()


def judge(end: dict[str, Any], arrived: int, where: str) -> None:
    """Sent means it arrived once; what may have arrived is unknown and shown; nothing is stuck."""
    assert arrived <= 1, f"{where}: the patient got it {arrived} times"
    assert len(end["outbound"]) <= 1, f"{where}: {end}"
    state = end["outbound"][0] if end["outbound"] else ""
    assert state in ("sent", "unknown"), f"{where}: {end}"
    if state == "sent":
        assert (arrived, end["outreach"]) == (1, "sent"), f"{where}: {end}, arrived {arrived}"
    else:
        assert (end["outreach"], end["delivery"]) == ("sent", "unknown"), f"{where}: {end}"


def describe(ended: dict[str, Any], end: dict[str, Any], arrived: int) -> str:
    """In a few words, for the line of the point."""
    state = end["outbound"][0] if end["outbound"] else "lost"
    was = "killed" if ended.get("killed") else "lived"
    return f"{was} and {state} with {arrived} arrived"


@pytest.mark.parametrize("seed", [int(ONLY)] if ONLY else range(SEEDS))
def test_killed_anywhere_nothing_goes_twice_and_nothing_is_lost(
    ask: Ask, post_office: str, tmp_path: Path, seed: int, told: list[tuple[int, str]]
) -> None:
    made = tmp_path / "made"
    case = build_case(post_office, seed, made)
    made.mkdir()
    assert ask({**case, "step": "prepare"}) == {}
    whole = shutil.copytree(made, tmp_path / "whole")
    reset(post_office, {**case, "fault": None})
    points = ask({**case, "step": "send", "folder": str(whole)})["points"]
    assert points >= POINTS
    dice = random.Random(seed + 1000)
    for point, number in enumerate(sorted(dice.sample(range(1, points + 1), POINTS)), start=1):
        folder = shutil.copytree(made, tmp_path / f"at-{number}")
        reset(post_office, case)
        here = {**case, "folder": str(folder)}
        ended = ask({**here, "step": "send", "die_at": number})
        # A fault can end a send before that point: then it lived.
        assert ended.get("killed") or 0 < ended.get("points", 0) < number, ended
        end = ask({**here, "step": "recover", "later": 3})
        arrived = count_arrived(post_office, case["channel"])
        told.append((point, describe(ended, end, arrived)))
        judge(end, arrived, f"seed {seed}, point {number}")
        shutil.rmtree(folder)
