"""Views to HTML: the one Jinja environment, autoescaped and strict. Builds no views.

Every view names its own template, and the template's variables are exactly the view's fields.
"""

import hashlib
import re
from collections.abc import Iterable, MutableMapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup, escape

from app.web.words import EN, Words


class View(Protocol):
    """Any frozen dataclass that names its template."""

    template: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


Html: TypeAlias = str
MARKS = "parts/marks.html"
DRAWN = ("mark", "icon", "track")
"""Drawings that depend on nothing but their names: drawn once, used dozens of times a page."""
_find_special = re.compile("[&<>'\"]").search


def escape_text(value: object) -> str:
    """As markupsafe.escape, for what is only put together: six hundred times a page, and plain text
    without a special character is its own escape."""
    if type(value) is str and _find_special(value) is None:
        return value
    return value if type(value) is Markup else escape(value)


class ReadyEnvironment(Environment):
    """Compiled templates by name. They never change, so that a look-up is one of a dictionary."""

    ready: dict[str, Template]

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 — Jinja's own name
    ) -> Template:
        """Raises jinja2.TemplateNotFound."""
        found = self.ready.get(name) if isinstance(name, str) else None
        return super().get_template(name, parent, globals) if found is None else found

    def compile_all(self) -> None:
        """Everything now, so that no first visitor waits for it. To be called once, after the
        globals are set: a template keeps its own copy, which Jinja would join anew for each use."""
        self.ready = {}
        for name in self.list_templates():
            template = self.get_template(name)
            template.globals = dict(template.globals)
            template.root_render_func.__globals__["escape"] = escape_text
            self.ready[name] = template
        drawings = self.ready[MARKS].module
        for name in DRAWN:
            setattr(drawings, name, lru_cache(maxsize=256)(getattr(drawings, name)))


class Renderer:
    """Renders views of one language. Templates are compiled at the first use at the latest, and
    kept."""

    def __init__(self, root: Path, *, words: Words = EN) -> None:
        self.env = ReadyEnvironment(
            loader=FileSystemLoader(root / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        static = root / "static"
        assets = {
            path.name: f"/static/{path.name}?v={hash_file(path)}"
            for path in sorted(static.iterdir())
            if path.is_file()
        }
        self.env.globals.update(w=words, assets=assets)
        self.env.ready = {}
        self._kinds: dict[type[View], tuple[Template, tuple[str, ...]]] = {}

    def compile_all(self) -> None:
        """Before the first page is served. A worker serves none and begins sooner without."""
        self.env.compile_all()

    def render(self, view: View) -> Html:
        """One view with its own template."""
        template, names = self._kinds.get(type(view)) or self._know(type(view))
        return template.render({name: getattr(view, name) for name in names})

    def _know(self, kind: type[View]) -> tuple[Template, tuple[str, ...]]:
        if not self.env.ready:
            self.env.compile_all()
        names = tuple(field.name for field in fields(kind))
        self._kinds[kind] = known = self.env.get_template(kind.template), names
        return known

    def render_all(self, views: Iterable[View]) -> Html:
        """Views one after the other, as a panel streams them."""
        return "".join(self.render(view) for view in views)


def hash_file(path: Path) -> str:
    """Eight hex digits of the content, so that a changed file has a new address."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
