"""Static files: small, and asking nothing of any other server."""

import re
import xml.etree.ElementTree as ET

import pytest

from app.settings import ROOT

STATIC = ROOT / "static"
LIMITS = {"chartside.js": 20_000, "chartside.css": 40_000, "icons.svg": 12_000}


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_files_are_small(name: str, limit: int) -> None:
    assert (STATIC / name).stat().st_size < limit


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.*")), ids=lambda p: p.name)
def test_no_address_of_another_server(path: object) -> None:
    text = STATIC.joinpath(str(path)).read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"')]+|url\([^)]*\)|@import", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_script_evaluates_nothing() -> None:
    text = (STATIC / "chartside.js").read_text(encoding="utf-8")
    for banned in ("eval(", "Function(", "innerHTML", "outerHTML", "document.write", "Storage"):
        assert banned not in text


def test_every_icon_that_a_page_names_is_drawn() -> None:
    svg = ET.fromstring((STATIC / "icons.svg").read_text(encoding="utf-8"))  # noqa: S314 (ours)
    drawn = {node.get("id") for node in svg}
    named = {"mark-yes", "mark-wait", "mark-no", "mark-unknown", "mark-stopped"}
    for path in ROOT.glob("templates/**/*.html"):
        named |= set(re.findall(r"icon\('([a-z]+)'", path.read_text(encoding="utf-8")))
    for path in (ROOT / "app" / "web" / "views").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'Notice\(\s*"[a-z]+",\s*"([a-z]+)"', text))
        named |= set(re.findall(r'icon_name="([a-z]+)"', text))
    assert named <= drawn
