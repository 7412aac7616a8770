"""Message: versioned templates with language variants, and their sandboxed rendering.

A template holds plain text with variables of VARIABLES and nothing else: no logic, no filters. It
is used only once approved, and in their language or not at all.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct

from app.errors import InvalidInput
from app.outreach.request import PURPOSES, Channel
from app.outreach.versions import parse_versions
from app.outreach.way_out import with_way_out

FILE = "templates.toml"
VARIABLES: Mapping[str, str] = {
    "clinic_name": "Mercy West Clinic",
    "clinic_phone": "(614) 555-0100",
    "clinic_address": "410 Alder Street, Columbus, OH 43215",
    "first_name": "Elena",
    "visit_day": "Tue, Jan 12",
    "visit_time": "9:20 AM",
    "staff_name": "Marcus Bell, RN",
    "link": "https://example.org/v/8f2k",
    "own_words": "We will call you this afternoon.",
}
"""Every variable that a template may name, with an example of usual length."""
MAX_VALUE = 120
WRITTEN: tuple[Channel, ...] = ("text", "email", "letter", "portal")


class Variant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words in one language for some channels. `reviewed_by`: the person who vouches for the
    language, needed beside the approval where it is not English (rule L1)."""

    language: str
    channels: tuple[Channel, ...]
    text: str
    subject: str = ""
    reviewed_by: str = ""


class Template(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of one template; a change is a new version. `approved_on` None = not in use."""

    key: str
    version: int
    name: str
    purpose: str
    approved_by: str = ""
    approved_on: date | None = None
    part2: bool = False
    variants: tuple[Variant, ...]


class Rendered(Struct, frozen=True, kw_only=True):
    """What would arrive, with the template that it was made of."""

    key: str
    version: int
    language: str
    text: str
    subject: str = ""
    part2: bool = False


def load_templates(text: str) -> tuple[Template, ...]:
    """The text of templates.toml. Raises ConfigError naming the template and what is wrong."""
    return parse_versions(text, Template, _check, file=FILE, table="template")


def _check(template: Template) -> None:
    where = f"{template.key} version {template.version}"
    if template.purpose not in PURPOSES or template.version < 1 or not template.variants:
        raise ValueError(f"{where}: a purpose, a version from 1 and at least one variant")
    seen = [(v.language, c) for v in template.variants for c in v.channels]
    if len(set(seen)) != len(seen) or any(c not in WRITTEN for _, c in seen):
        raise ValueError(f"{where}: one written variant for each language and channel")
    for variant in template.variants:
        for text in (variant.text, variant.subject):
            find_variables(text)


def find_template(
    templates: tuple[Template, ...], key: str, version: int | None = None
) -> Template | None:
    """That version, or the newest approved one. A planned message keeps the version it was
    planned with."""
    same = [t for t in templates if t.key == key]
    if version is not None:
        return next((t for t in same if t.version == version), None)
    approved = [t for t in same if t.approved_on is not None]
    return max(approved, key=lambda t: t.version, default=None)


def find_variant(template: Template, language: str, channel: Channel) -> Variant | None:
    """The variant of their language and this channel; None = there is none, and no other language
    stands in. `language` "" (not known) takes English."""
    wanted = (language or "en").split("-")[0].lower()
    fits = (v for v in template.variants if v.language == wanted and channel in v.channels)
    return next(fits, None)


def is_usable(template: Template, variant: Variant, today: date) -> bool:
    """Approved by now, and its language vouched for by a person."""
    approved = template.approved_on is not None and template.approved_on <= today
    return approved and (variant.language == "en" or bool(variant.reviewed_by))


def find_variables(text: str) -> tuple[str, ...]:
    """The variables that a text names, in order. Raises ValueError for anything but a plain
    variable of VARIABLES."""
    try:
        tree = _environment().parse(text)
    except jinja2.TemplateSyntaxError as exc:
        raise ValueError(f"line {exc.lineno}: {exc.message}") from exc
    names: list[str] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else (output,):
            if isinstance(node, nodes.TemplateData):
                continue
            if not isinstance(node, nodes.Name):
                raise ValueError("only plain variables may stand in braces")
            if node.name not in VARIABLES:
                raise ValueError(f"no variable is named {node.name}")
            names.append(node.name)
    return tuple(names)


def render_message(
    template: Template, variant: Variant, values: Mapping[str, str], channel: Channel
) -> Rendered:
    """The words with the values in place, e-mail with its way out. Raises InvalidInput when a value
    is missing or is not one short line."""
    if channel not in variant.channels:
        raise InvalidInput("This template has no words for this channel.", field="template")
    text = render_text(variant.text, values)
    return Rendered(
        key=template.key,
        version=template.version,
        language=variant.language,
        text=with_way_out(text, variant.language) if channel == "email" else text,
        subject=render_text(variant.subject, values),
        part2=template.part2,
    )


def render_text(text: str, values: Mapping[str, str]) -> str:
    """One text rendered. Values are data: braces in them stay braces."""
    try:
        names = find_variables(text)
    except ValueError as exc:
        raise InvalidInput(f"The template cannot be used: {exc}.", field="template") from exc
    given = {name: _clean(name, values.get(name, "")) for name in names}
    return _environment().from_string(text).render(given).strip()


def _clean(name: str, value: str) -> str:
    line = " ".join(value.split())
    if not line:
        raise InvalidInput(f"{name.replace('_', ' ').capitalize()} is not known.", field=name)
    if len(line) > MAX_VALUE or not line.isprintable():
        raise InvalidInput(f"{name.replace('_', ' ').capitalize()} is too long.", field=name)
    return line


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    # Plain text, not HTML: a page that shows it escapes it there.
    return ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
    )
