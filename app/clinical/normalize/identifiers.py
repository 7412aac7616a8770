"""Identifiers: what names a record, and which one is the medical record number."""

import re
from functools import lru_cache

from app.clinical.elements import Identifier
from app.clinical.normalize.codes import build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawIdentifier
from app.clinical.normalize.values import build_span
from app.clinical.terminology import canonical_system


def build_identifiers(
    raws: tuple[RawIdentifier, ...] | None, ctx: Context
) -> tuple[Identifier, ...]:
    """An identifier without a value (masked, or empty) is dropped and told; one without a
    system is kept but cannot be matched."""
    found = []
    for raw in raws or ():
        value = (raw.value or "").strip()
        if not value:
            ctx.warn(
                "identifier_withheld" if raw.hidden_value else "identifier_empty", "identifier"
            )
            continue
        system, written = ctx.system(raw.system), canonical_system(raw.system or "")
        found.append(
            Identifier(
                system,
                value,
                build_concept(raw.type, ctx, "identifier.type"),
                (raw.use or "").strip().lower(),
                build_span(raw.period, ctx, "identifier.period"),
                "" if written == system else written,
            )
        )
    return tuple(found)


def choose_mrn(identifiers: tuple[Identifier, ...], ctx: Context) -> str:
    """By the site's configured systems, else by a type. Never by position: where the rule fits
    several values there is none, and that is told."""
    current = [i for i in identifiers if i.use != "old"]
    for pattern in ctx.profile.mrn_systems:
        if held := {i.value for i in current if _is_system(i, pattern)}:
            return _only(held, ctx)
    wanted = {t.casefold() for t in ctx.profile.mrn_types}
    return _only({i.value for i in current if _types(i) & wanted}, ctx)


def _only(values: set[str], ctx: Context) -> str:
    if len(values) > 1:
        ctx.warn("mrn_ambiguous", "identifier")
    return values.pop() if len(values) == 1 else ""


def _is_system(identifier: Identifier, pattern: str) -> bool:
    """With its site segment or without."""
    fits = _compiled(pattern).fullmatch
    return any(fits(system) for system in (identifier.system, identifier.raw_system) if system)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in pattern.split("%")))


def _types(identifier: Identifier) -> set[str]:
    kind = identifier.type
    return {c.code.casefold() for c in kind.codings} | {kind.text.casefold()}
