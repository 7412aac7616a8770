"""Views to HTML: the one Jinja environment, autoescaped and strict. Builds no views.

Every view names its own template, and the template's variables are exactly the view's fields.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.web.words import EN, Words


class View(Protocol):
    """Any frozen dataclass that names its template."""

    template: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


Html: TypeAlias = str


@cache
def list_fields(kind: type[View]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class Renderer:
    """Renders views of one language. Templates are compiled when it is made, and kept."""

    def __init__(self, root: Path, *, words: Words = EN) -> None:
        self.env = Environment(
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
        for name in self.env.list_templates():
            self.env.get_template(name)  # compiled now, so that no first visitor waits for it

    def render(self, view: View) -> Html:
        """One view with its own template."""
        context = {name: getattr(view, name) for name in list_fields(type(view))}
        return self.env.get_template(view.template).render(context)

    def render_all(self, views: Iterable[View]) -> Html:
        """Views one after the other, as a panel streams them."""
        return "".join(self.render(view) for view in views)


def hash_file(path: Path) -> str:
    """Eight hex digits of the content, so that a changed file has a new address."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
