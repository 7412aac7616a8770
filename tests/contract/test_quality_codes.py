"""Every data-quality code that can occur is listed, and every listed one is documented."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clinical.normalize.quality import REASONS, REPAIRS, WARNINGS

ROOT = Path(__file__).resolve().parents[2]
ROOM = sorted((ROOT / "app" / "clinical" / "normalize").glob("*.py"))
CALLS = {
    "repair": REPAIRS,
    "_mend": REPAIRS,
    "Repair": REPAIRS,
    "warn": WARNINGS,
    "leave_out": REASONS,
    "Refusal": REASONS,
    "SetAside": REASONS,
    "Unreadable": REASONS,
}


def used() -> Iterator[tuple[str, str]]:
    """(function, code) of every call that takes a code as its first argument."""
    for path in ROOM:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield name, first.value


def test_every_code_in_use_is_listed() -> None:
    found = set(used())
    assert len(found) > 30
    assert {(name, code) for name, code in found if code not in CALLS[name]} == set()


@pytest.mark.parametrize("code", sorted({**REPAIRS, **WARNINGS, **REASONS}))
def test_every_listed_code_is_documented(code: str) -> None:
    page = (ROOT / "docs" / "normalize.md").read_text(encoding="utf-8")
    assert f"| `{code}` |" in page


@pytest.mark.parametrize("code", sorted({**REPAIRS, **WARNINGS, **REASONS}))
def test_every_listed_code_is_in_use(code: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ROOM if path.stem != "quality")
    assert f'"{code}"' in text
