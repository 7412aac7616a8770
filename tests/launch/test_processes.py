"""One refresh across real processes: the product's own store, the strict pretend EHR.

A second use of a refresh token makes that EHR revoke everything, so a race would show.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from app.main import build_parts
from app.settings import Settings
from app.store.ports.launches import StoredLaunches
from app.store.records.tenants import Tenant, save_tenant
from launch.cookies import hash_secret
from launch.models import LaunchEvent, OpenedLaunch, Registration, TokenSet
from tests.launch.rig import Browser, Rig

PROCESSES = 3


async def save(
    data_dir: Path, registration: Registration, opened: OpenedLaunch, tokens: TokenSet
) -> None:
    """The launch as the product itself keeps it."""
    parts = await build_parts(Settings(data_dir=data_dir, allow_http=True))
    tenant = Tenant(registration, name="Generic", allowed_hosts=("127.0.0.1", "localhost"))
    async with parts.store.write(registration.tenant_id) as tx:
        await save_tenant(tx, tenant)
    event = LaunchEvent(kind="launch_opened", at=opened.opened_at, tenant_id=opened.tenant_id)
    await StoredLaunches(parts.store).save_launch(
        opened, tokens, session_hash="0" * 64, held=False, audit=event
    )
    await parts.close()


async def load(data_dir: Path, launch_id: str) -> TokenSet:
    parts = await build_parts(Settings(data_dir=data_dir, allow_http=True))
    tokens = await parts.launches.current_tokens(launch_id)
    await parts.close()
    return tokens


def start(order: dict[str, str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.launch.refresh_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    say(process, json.dumps(order))
    return process


def say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def test_a_hundred_callers_in_three_processes_cause_one_refresh(rig: Rig, tmp_path: Path) -> None:
    registration = rig.register("alcs", "generic")
    opened = Browser(rig).opened(registration)
    old = rig.run(rig.service.current_tokens(opened.launch_id))
    asyncio.run(save(tmp_path, registration, opened, old))
    rig.control("expire_tokens")
    # So slow that every process asks while the first one's refresh is still under way.
    rig.control("faults", match={"path_regex": "oauth2/token"}, effect={"latency_ms": 1500})
    rig.control("log", "DELETE")
    order = {
        "data_dir": str(tmp_path),
        "launch_id": opened.launch_id,
        "used": old.access_token,
    }
    processes = [start(order) for _ in range(PROCESSES)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        say(process, "go")
    answers = [process.communicate(timeout=180)[0] for process in processes]
    given = {token for answer in answers for token in json.loads(answer)}
    rows = rig.control("log?path=oauth2/token", "GET")
    assert [row["params"]["grant_type"] for row in rows] == ["refresh_token"]
    new = asyncio.run(load(tmp_path, opened.launch_id))
    assert given == {hash_secret(new.access_token)}
    assert rig.read_patient(new, opened) == 200
