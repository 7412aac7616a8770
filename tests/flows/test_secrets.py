"""Nothing at rest or in the log says who anybody is: canaries through launch, edit and refusal."""

import logging
import re
import stat

import pytest

from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World
from tests.flows.test_spine import edit

CANARIES = (
    "Vargas", "Elena", "elena-vargas", "44027719", "1968-03-14", "canary@example.com",
    "6025550148", "555-0148", "Juniper", "Metformin", "Dana",
)  # fmt: skip


@pytest.fixture
def driven(
    world: World, browser: MiniBrowser, caplog: pytest.LogCaptureFixture
) -> tuple[World, str]:
    """The world after every kind of step; and all that was logged meanwhile."""
    with caplog.at_level(logging.DEBUG):
        panel = world.open("elena-vargas", browser)
        edit(browser, panel, email="canary@example.com")
        edit(browser, panel, email="not an address canary@example")
        match = {"resource": "Condition"}
        world.sandbox("faults", {"match": match, "effect": {"wrong_patient": True}})
        browser.submit(panel, panel.form("/refresh"), {})
        browser.post(panel.url + "contact", {"csrf": "wrong", "email": "canary@example.com"})
        world.sandbox("faults", {"match": {}, "effect": {"status": 500}, "times": 20})
        world.open("elena-vargas", browser)
    ours = [r for r in caplog.records if r.name.split(".")[0] in ("app", "launch", "uvicorn")]
    return world, "\n".join(f"{r.name} {r.getMessage()}" for r in ours)


def test_no_canary_in_files_or_logs(driven: tuple[World, str]) -> None:
    world, logged = driven
    folder = world.parts.services.settings.data_dir
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert any(p.name.startswith("chartside.db") for p in files)
    for path in files:
        content = path.read_bytes()
        assert not [c for c in CANARIES if c.encode() in content], path.name
    assert not [c for c in CANARIES if c in logged]
    assert not re.search(r"Bearer |eyJ[A-Za-z0-9_-]{10}", logged)


def test_the_key_file_is_for_its_owner_only(world: World) -> None:
    folder = world.parts.services.settings.data_dir
    keys = [p for p in folder.iterdir() if p.suffix == ".key"]
    assert [stat.S_IMODE(p.stat().st_mode) for p in keys] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0
