"""Unmap: takes a mapping that no longer holds out of a chart that was normalised with it.

The result equals normalising the same resources afresh without that mapping; what another mapping
says of the same concept is put in by remap afterwards.
"""

from typing import Any

from msgspec.structs import replace

from app.clinical.chart import Chart, DataWarning, Unmapped
from app.clinical.elements import Coding, Concept, Repair
from app.clinical.facts import Fact, Immunization, Observation
from app.clinical.normalize.codes import find_local, note_mapped
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.observation import SCORES
from app.clinical.remap import PLACES, Place
from app.clinical.terminology import CVX, LOINC, MVX, TEXT, code_in


def unmap(chart: Chart, written: Coding, target: Coding) -> Chart:
    """The chart without `target` wherever it stands as the meaning of `written` (system, code)."""
    change = _Undoing(written, target)
    fields = {
        KINDS[kind].field: tuple(change.fact(f, kind) for f in getattr(chart, KINDS[kind].field))
        for kind in PLACES
    }
    if not change.gone:
        return chart
    return replace(
        chart, **fields, warnings=change.warnings(chart), unmapped=change.unmapped(chart)
    )


class _Undoing:
    """One mapping on its way out of a chart."""

    def __init__(self, written: Coding, target: Coding) -> None:
        self.written, self.target = written, target
        self.gone: list[DataWarning] = []
        self.back: list[DataWarning] = []
        self.missed: dict[tuple[str, str, str, str], Unmapped] = {}

    def fact(self, fact: Fact, kind: str) -> Fact:
        place = PLACES[kind]
        note = note_mapped(self.written, place.path)
        if note not in fact.source.repairs:
            return fact
        held = getattr(fact, place.attribute)
        concepts = held if isinstance(held, tuple) else (held,)
        built = tuple(self.concept(c, place, kind, fact.id) for c in concepts)
        if built == concepts:
            return fact
        changed: dict[str, Any] = {place.attribute: built if held is concepts else built[0]}
        if isinstance(fact, Immunization):
            changed |= {"cvx": code_in(built[0], CVX), "mvx": code_in(built[0], MVX)}
        if isinstance(fact, Observation):
            self.ask_unit(fact, built[0])
        times = sum(b != c for b, c in zip(built, concepts, strict=True))
        source = replace(fact.source, repairs=_without(fact.source.repairs, note, times))
        warning = DataWarning(note.code, kind, fact.id, note.path, note.detail)
        self.gone.extend([warning] * times)
        return replace(fact, **changed, source=source)

    def concept(self, concept: Concept, place: Place, kind: str, ident: str) -> Concept:
        codings = list(concept.codings)
        if self.target not in codings or not self.is_written_in(concept):
            return concept
        del codings[len(codings) - 1 - codings[::-1].index(self.target)]
        plain = Concept(tuple(codings), concept.text)
        for c in find_local(plain.codings, plain.text, place.wanted):
            key = (c.system, c.code, kind, ident)
            self.missed[key] = Unmapped(c.system, c.code, c.display, kind, ident)
        return plain

    def is_written_in(self, concept: Concept) -> bool:
        if self.written.system == TEXT:
            return concept.text.casefold() == self.written.code
        key = (self.written.system, self.written.code)
        return any((c.system, c.code) == key for c in concept.codings)

    def ask_unit(self, fact: Observation, code: Concept) -> None:
        """A bare number needs a unit again once its code is no longer a score's."""
        quantity = fact.value.quantity if fact.value else None
        is_read = any(r.code == "parsed_from_string" for r in fact.source.repairs)
        was_score = any(c.system == LOINC and c.code in SCORES for c in fact.code.codings)
        if was_score and quantity is not None and not quantity.unit and not is_read:
            self.back.append(DataWarning("unit_missing", "Observation", fact.id, "value"))

    def warnings(self, chart: Chart) -> tuple[DataWarning, ...]:
        kept = list(chart.warnings)
        for warning in self.gone:
            if warning in kept:
                kept.remove(warning)
        key = ("resource_type", "resource_id", "path", "code", "detail")
        made = (*kept, *self.back)
        return tuple(sorted(made, key=lambda w: tuple(getattr(w, name) for name in key)))

    def unmapped(self, chart: Chart) -> tuple[Unmapped, ...]:
        known = {(u.system, u.code, u.resource_type, u.resource_id): u for u in chart.unmapped}
        all_of_them = self.missed | known
        return tuple(all_of_them[key] for key in sorted(all_of_them))


def _without(repairs: tuple[Repair, ...], note: Repair, times: int) -> tuple[Repair, ...]:
    kept = list(repairs)
    for _ in range(times):
        if note in kept:
            kept.remove(note)
    return tuple(kept)
