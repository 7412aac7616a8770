"""Identifiers: what names a record, and which one is the medical record number."""

from fnmatch import fnmatchcase

from app.clinical.elements import Identifier
from app.clinical.normalize.codes import build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawIdentifier
from app.clinical.normalize.values import build_span


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
        found.append(
            Identifier(
                ctx.system(raw.system),
                value,
                build_concept(raw.type, ctx, "identifier.type"),
                (raw.use or "").strip().lower(),
                build_span(raw.period, ctx, "identifier.period"),
            )
        )
    return tuple(found)


def choose_mrn(identifiers: tuple[Identifier, ...], ctx: Context) -> str:
    """By the site's configured systems, else by a type that only one identifier carries."""
    current = [i for i in identifiers if i.use != "old"]
    for system in ctx.profile.mrn_systems:
        for identifier in current:
            if _is_system(identifier.system, system):
                return identifier.value
    wanted = {t.casefold() for t in ctx.profile.mrn_types}
    typed = {i.value for i in current if _types(i) & wanted}
    if len(typed) > 1:
        ctx.warn("mrn_ambiguous", "identifier")
    return typed.pop() if len(typed) == 1 else ""


def _is_system(system: str, pattern: str) -> bool:
    return system == pattern or ("%" in pattern and fnmatchcase(system, pattern.replace("%", "*")))


def _types(identifier: Identifier) -> set[str]:
    kind = identifier.type
    return {c.code.casefold() for c in kind.codings} | {kind.text.casefold()}
