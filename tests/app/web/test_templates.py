"""Each template's variables are exactly its view's fields, and every template escapes."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import StrictUndefined, meta, nodes

import app.web.views
from app.settings import ROOT
from app.web.render import Renderer

GLOBALS = {"w", "assets", "range"}


def iterate_views() -> Iterator[type]:
    seen: set[type] = set()
    for module in pkgutil.iter_modules(app.web.views.__path__, "app.web.views."):
        for item in vars(importlib.import_module(module.name)).values():
            if isinstance(item, type) and hasattr(item, "template") and item not in seen:
                seen.add(item)
                yield item


VIEWS = sorted(iterate_views(), key=lambda view: view.__name__)
TEMPLATES = sorted(str(p.relative_to(ROOT / "templates")) for p in ROOT.glob("templates/**/*.html"))


def find_variables(renderer: Renderer, name: str) -> set[str]:
    """Undeclared names of a template and of those it includes (an include shares the context)."""
    path = ROOT / "templates" / name
    tree = renderer.env.parse(path.read_text(encoding="utf-8"))
    found = meta.find_undeclared_variables(tree) - GLOBALS
    for include in tree.find_all(nodes.Include):
        assert isinstance(include.template, nodes.Const)
        found |= find_variables(renderer, include.template.value)
    return found


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.__name__)
def test_template_context_equals_its_dataclass(renderer: Renderer, view: type) -> None:
    declared = {field.name for field in dataclasses.fields(view)}
    assert find_variables(renderer, view.template) == declared  # type: ignore[attr-defined]


def test_every_view_is_frozen() -> None:
    for view in VIEWS:
        assert view.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_environment_is_strict_and_escapes(renderer: Renderer) -> None:
    assert renderer.env.undefined is StrictUndefined
    for name in TEMPLATES:
        autoescape = renderer.env.autoescape
        assert autoescape is True or (callable(autoescape) and autoescape(name))


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_trust_no_data_and_hold_no_inline_code(name: str) -> None:
    text = (Path(ROOT) / "templates" / name).read_text(encoding="utf-8")
    for banned in (
        "|safe",
        "| safe",
        "autoescape false",
        "Markup",
        " style=",
        " onclick",
        "<style",
    ):
        assert banned not in text
    assert "http://" not in text
    assert "https://" not in text
