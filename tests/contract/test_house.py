"""The house rules that a machine can hold: size of modules and functions, one line on top."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "launch", "sandbox", "tests", "benchmarks")
MAX_MODULE = 400
MAX_FUNCTION = 30

MODULES = sorted(p for folder in FOLDERS for p in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_is_small_and_introduces_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MAX_MODULE
    assert ast.get_docstring(tree), "one opening line: what it does and what it does not"


@pytest.mark.parametrize("path", [p for p in MODULES if "tests" not in p.parts], ids=name)
def test_functions_are_short(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = {f.name: n for f in functions(tree) if (n := body_lines(f)) > MAX_FUNCTION}
    assert not long


@pytest.mark.parametrize("room", ["utils", "common", "helpers", "manager", "misc"])
def test_no_drawer_rooms(room: str) -> None:
    assert not [p for p in MODULES if p.stem == room or room in p.parent.parts[len(ROOT.parts) :]]
