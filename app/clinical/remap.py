"""Remap: puts what a tenant's new mappings say into a chart that was normalised before them.

The result equals normalising the same resources afresh with those mappings, but for the order of a
fact's repairs. Only adds: a mapping that was taken away or replaced needs the resources again.
"""

from typing import Any, NamedTuple

from msgspec.structs import replace

from app.clinical.chart import Chart, DataWarning, Unmapped
from app.clinical.elements import Coding, Concept, Repair
from app.clinical.facts import Fact, Immunization, Observation
from app.clinical.normalize.codes import (
    RULED,
    RULED_OR_WORDS,
    find_local,
    find_meaning,
    note_mapped,
)
from app.clinical.normalize.immunization import WANTED
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.observation import SCORES
from app.clinical.terminology import CVX, LOINC, MVX, Mappings, code_in


class Place(NamedTuple):
    """Where a kind of fact holds the code that rules ask for, and in which systems."""

    attribute: str
    path: str
    wanted: frozenset[str]


PLACES = {
    "Encounter": Place("types", "type", RULED),
    "Condition": Place("code", "code", RULED),
    "Observation": Place("code", "code", RULED_OR_WORDS),
    "MedicationRequest": Place("code", "medicationCodeableConcept", RULED_OR_WORDS),
    "Immunization": Place("code", "vaccineCode", WANTED),
    "Procedure": Place("code", "code", RULED_OR_WORDS),
    "ServiceRequest": Place("code", "code", RULED_OR_WORDS),
    "DeviceRequest": Place("code", "codeCodeableConcept", RULED_OR_WORDS),
    "DiagnosticReport": Place("code", "code", RULED_OR_WORDS),
}

Keys = set[tuple[str, str]]


def remap(chart: Chart, mappings: Mappings) -> Chart:
    """The chart with every meaning added that `mappings` has for its unmapped codes."""
    missed: dict[tuple[str, str], Keys] = {}
    for code in chart.unmapped:
        if mappings.find(code.system, code.code) is not None:
            of = (code.resource_type, code.resource_id)
            missed[of] = {
                (u.system, u.code) for u in chart.unmapped if (u.resource_type, u.resource_id) == of
            }
    change = _Change(chart, mappings, missed)
    fields = {KINDS[kind].field: change.kind(kind) for kind in {kind for kind, _ in missed}}
    if not change.notes:
        return chart
    return replace(chart, **fields, warnings=change.warnings(), unmapped=change.unmapped())


class _Change:
    """One chart on its way: the facts made anew, and what is to be noted about them."""

    def __init__(
        self, chart: Chart, mappings: Mappings, missed: dict[tuple[str, str], Keys]
    ) -> None:
        self.chart, self.mappings, self.missed = chart, mappings, missed
        self.notes: list[DataWarning] = []
        self.lifted: list[DataWarning] = []
        self.still: dict[tuple[str, str], list[Coding]] = {}

    def kind(self, kind: str) -> tuple[Any, ...]:
        facts = getattr(self.chart, KINDS[kind].field)
        return tuple(self.fact(f, kind) if (kind, f.id) in self.missed else f for f in facts)

    def fact(self, fact: Fact, kind: str) -> Fact:
        place = PLACES[kind]
        held = getattr(fact, place.attribute)
        concepts = held if isinstance(held, tuple) else (held,)
        built = [self.concept(c, place, (kind, fact.id)) for c in concepts]
        repairs = tuple(note for _, note in built if note)
        if not repairs:
            return fact
        self.notes.extend(DataWarning(r.code, kind, fact.id, r.path, r.detail) for r in repairs)
        codes = tuple(concept for concept, _ in built)
        changed: dict[str, Any] = {place.attribute: codes if held is concepts else codes[0]}
        if isinstance(fact, Immunization):
            changed |= {"cvx": code_in(codes[0], CVX), "mvx": code_in(codes[0], MVX)}
        if isinstance(fact, Observation):
            self.lift_unit(fact, codes[0])
        source = replace(fact.source, repairs=(*fact.source.repairs, *repairs))
        return replace(fact, **changed, source=source)

    def concept(
        self, concept: Concept, place: Place, of: tuple[str, str]
    ) -> tuple[Concept, Repair | None]:
        """Only what was reported as unmapped is looked up: other concepts need no standard code."""
        local = find_local(concept.codings, concept.text, place.wanted)
        standard = any(c.code and c.system in place.wanted for c in concept.codings)
        if standard or not {(c.system, c.code) for c in local} <= self.missed[of]:
            return concept, None
        found = find_meaning(local, self.mappings, place.wanted)
        if found is None:
            self.still.setdefault(of, []).extend(local)
            return concept, None
        written, target = found
        codings = (*concept.codings, target)
        return Concept(codings, concept.text), note_mapped(written, place.path)

    def lift_unit(self, fact: Observation, code: Concept) -> None:
        """A bare number needs no unit once its code is known to be a score's."""
        quantity = fact.value.quantity if fact.value else None
        is_read = any(r.code == "parsed_from_string" for r in fact.source.repairs)
        is_score = any(c.system == LOINC and c.code in SCORES for c in code.codings)
        if is_score and quantity is not None and not quantity.unit and not is_read:
            self.lifted.append(DataWarning("unit_missing", "Observation", fact.id, "value"))

    def warnings(self) -> tuple[DataWarning, ...]:
        kept = list(self.chart.warnings)
        for warning in self.lifted:
            if warning in kept:
                kept.remove(warning)
        key = ("resource_type", "resource_id", "path", "code", "detail")
        made = (*kept, *self.notes)
        return tuple(sorted(made, key=lambda w: tuple(getattr(w, name) for name in key)))

    def unmapped(self) -> tuple[Unmapped, ...]:
        rest = {
            (u.system, u.code, u.resource_type, u.resource_id): u
            for u in self.chart.unmapped
            if (u.resource_type, u.resource_id) not in self.missed
        }
        for (kind, ident), codings in self.still.items():
            for c in codings:
                key = (c.system, c.code, kind, ident)
                rest[key] = Unmapped(c.system, c.code, c.display, kind, ident)
        return tuple(rest[key] for key in sorted(rest))
