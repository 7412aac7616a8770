"""Codes: CodeableConcept, Coding and Reference. Every coding is kept; none is invented."""

from app.clinical.elements import Coding, Concept, Reference, Repair
from app.clinical.normalize.context import Built, Context
from app.clinical.normalize.shapes import RawCoding, RawConcept, RawReference
from app.clinical.terminology import CLINICAL, TEXT, Mappings

EMPTY = Concept()
ANY: frozenset[str] = frozenset()
"""Asks for no particular system: nothing of the concept is reported as unmapped."""
RULED = CLINICAL
RULED_OR_WORDS = CLINICAL | {TEXT}
"""As RULED; where there is no code at all, the words are reported for mapping. Not for problems,
whose words are free text about a person."""


def build_coding(raw: RawCoding, ctx: Context) -> Coding:
    system = ctx.system(raw.system)
    written = raw.system or ""
    return Coding(
        system,
        (raw.code or "").strip(),
        raw.display or "",
        bool(raw.user_selected),
        "" if written == system else written,
    )


def build_concept(
    raw: RawConcept | None, ctx: Context, path: str, wanted: frozenset[str] = ANY
) -> Concept:
    """`wanted`: systems of which a rule needs one. Without it, local codes go through the
    tenant's mappings, and what stays unexplained is reported as unmapped."""
    if raw is None:
        return EMPTY
    found = ctx.concepts[wanted].get(raw)
    return found if type(found) is Concept else _noted(found, raw, ctx, path, wanted)


def build_concepts(
    raws: tuple[RawConcept, ...] | None, ctx: Context, path: str, wanted: frozenset[str] = ANY
) -> tuple[Concept, ...]:
    """A list of concepts; those that say nothing are left out."""
    if not raws:
        return ()
    if len(raws) == 1:
        concept = build_concept(raws[0], ctx, path, wanted)
        return () if concept is EMPTY else (concept,)
    built = (build_concept(raw, ctx, path, wanted) for raw in raws)
    return tuple(c for c in built if c is not EMPTY)


def _noted(
    built: Built | Concept | None,
    raw: RawConcept,
    ctx: Context,
    path: str,
    wanted: frozenset[str],
) -> Concept:
    """A concept that is new, or of which there is something to say each time."""
    if not isinstance(built, Built):
        built = _build(raw, ctx, path, wanted)
        quiet = not (built.notes or built.unmapped)
        ctx.concepts[wanted][raw] = built.concept if quiet else built
    for note in built.notes:
        ctx.repair(note.code, path, note.detail)
    for coding in built.unmapped:
        ctx.miss(coding)
    return built.concept


def build_reference(raw: RawReference | None, ctx: Context) -> Reference | None:
    """Type and id of a literal reference (relative, absolute, versioned or urn:)."""
    if raw is None:
        return None
    text, display = raw.reference, raw.display or ""
    if text and not (display or raw.type) and (known := ctx.pointers.get(text)) is not None:
        return known
    kind, ident = parse_reference(text, ctx)
    if not (ident or display):
        return None
    found = Reference(kind or raw.type or "", ident, display)
    if text and not (display or raw.type):
        ctx.pointers[text] = found
    return found


def build_references(raws: tuple[RawReference, ...] | None, ctx: Context) -> tuple[Reference, ...]:
    if not raws:
        return ()
    return tuple(r for raw in raws if (r := build_reference(raw, ctx)) is not None)


def parse_reference(text: str | None, ctx: Context) -> tuple[str, str]:
    """("Patient", "42") from any literal form; ("", "") when there is nothing to point at."""
    if not text:
        return "", ""
    found = ctx.references.get(text)
    if found is None:
        found = ctx.references[text] = ctx.index.get(text) or _split_reference(text, ctx)
    return found


def _split_reference(text: str, ctx: Context) -> tuple[str, str]:
    path = text.partition("?")[0].partition("/_history/")[0].strip()
    kind, slash, ident = path.rpartition("/")
    if not slash:
        bare = path.removeprefix("urn:uuid:").removeprefix("urn:oid:")
        return ctx.types.get(bare, ""), bare
    return kind.rpartition("/")[2], ident


def _build(raw: RawConcept, ctx: Context, path: str, wanted: frozenset[str]) -> Built:
    codings = tuple([build_coding(c, ctx) for c in raw.coding or () if c.code or c.display])
    text = raw.text.strip() if raw.text else ""
    if not codings and not text:
        return Built(EMPTY, (), ())
    notes: tuple[Repair, ...] = ()
    standard = not wanted
    for coding in codings:
        if coding.raw_system and coding.raw_system.split() != [coding.raw_system]:
            notes = (*notes, Repair("system_whitespace", path, coding.system))
        standard = standard or (coding.system in wanted and coding.code != "")
    if standard:
        return Built(Concept(codings, text), notes, ())
    return _mapped(codings, text, notes, ctx, wanted)


def _mapped(
    codings: tuple[Coding, ...],
    text: str,
    notes: tuple[Repair, ...],
    ctx: Context,
    wanted: frozenset[str],
) -> Built:
    local = find_local(codings, text, wanted)
    found = find_meaning(local, ctx.mappings, wanted)
    if found is None:
        return Built(Concept(codings, text), notes, local)
    written, target = found
    return Built(Concept((*codings, target), text), (*notes, note_mapped(written)), ())


def find_local(
    codings: tuple[Coding, ...], text: str, wanted: frozenset[str]
) -> tuple[Coding, ...]:
    """The codes, else the words, that stand where a rule wants another system's code."""
    local = tuple(c for c in codings if c.code and c.system not in wanted)
    if not local and text and TEXT in wanted:
        return (Coding(TEXT, text.casefold(), text),)
    return local


def find_meaning(
    local: tuple[Coding, ...], mappings: Mappings, wanted: frozenset[str]
) -> tuple[Coding, Coding] | None:
    """The first local code that the table explains in a wanted system, with its meaning."""
    for coding in local:
        target = mappings.find(coding.system, coding.code)
        if target is not None and target.system in wanted:
            return coding, target
    return None


def note_mapped(coding: Coding, path: str = "") -> Repair:
    return Repair("mapped_code", path, f"{coding.system}|{coding.code}")
