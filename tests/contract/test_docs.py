"""Docs tell the truth: error codes, rooms and scopes in them are those of the code."""

import re
from pathlib import Path

from app.errors import AppError
from app.sync.read_plan import READ_REASONS, SCOPES
from launch.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]


def codes_of(root: type[Exception]) -> set[str]:
    found = {getattr(root, "code", "")}
    for child in root.__subclasses__():
        found |= codes_of(child)
    return found - {""}


def test_every_error_code_is_documented() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert documented == codes_of(AppError) | codes_of(LaunchError)


def test_every_room_is_on_the_map() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    rooms = [p.parent for p in (ROOT / "app").glob("*/__init__.py")]
    assert not [r.name for r in rooms if f"`app/{r.name}/`" not in text]


def test_every_scope_stands_with_its_reason() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `(patient/\S+)` \| (.+) \|$", text, re.MULTILINE))
    asked = [scope for scope in SCOPES if scope.startswith("patient/")]
    assert said == dict(zip(asked, READ_REASONS.values(), strict=True))
