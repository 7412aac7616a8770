"""A chart made ready for rules: its rows by the code lists they belong to. Judges nothing.

Built once per chart. Only facts that some rule could ask about become rows, so a long chart
costs one look-up per coding.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.clinical.chart import Chart
from app.clinical.elements import Concept
from app.clinical.facts import Condition, Encounter, Fact, Medication, Observation
from app.clinical.rules.instants import UNKNOWN, Bounds, bounds_of, day_of
from app.clinical.rules.rows import BUILDERS, Row

KINDS: dict[str, str] = {
    "encounter": "encounters",
    "condition": "conditions",
    "observation": "observations",
    "procedure": "procedures",
    "service request": "service_requests",
    "device request": "device_requests",
    "medication request": "medications",
    "immunization": "immunizations",
    "diagnostic report": "diagnostic_reports",
    "appointment": "appointments",
}
"""Kind of fact in a rule file → the chart's list of them."""
RESOURCES: dict[str, str] = {
    "Encounter": "encounter",
    "Condition": "condition",
    "Observation": "observation",
    "Procedure": "procedure",
    "ServiceRequest": "service request",
    "DeviceRequest": "device request",
    "MedicationRequest": "medication request",
    "Immunization": "immunization",
    "DiagnosticReport": "diagnostic report",
    "Appointment": "appointment",
}
RESOURCE_OF = {kind: resource for resource, kind in RESOURCES.items()}
REFUTED = frozenset({"entered-in-error", "refuted"})
RESULTED = frozenset({"final", "amended", "corrected"})
UNSET: Any = object()

Keys = tuple[int, ...]
CodeTable = dict[str, dict[str, dict[str, Keys]]]
"""Kind → system → code → the keys of the lists that hold the code. A kind that no rule asks for is
not in it, one that is asked for without a code stands empty."""


class Index:
    """One chart's rows by key, and what the chart says about the person and its own gaps.

    `present`: the lists of which it has a fact. `doubted`: the kinds of fact of which there may
    be more than it shows; `unmapped`: those with local codes, and what these are called."""

    __slots__ = (
        "_chart", "_whole",
        "as_published", "birth", "born", "doubted", "missing", "present", "rows", "sex", "unmapped",
        "withheld",
    )  # fmt: skip

    def __init__(
        self,
        chart: Chart,
        table: CodeTable,
        *,
        by_reference: bool = False,
        as_published: bool = True,
    ) -> None:
        self.as_published = as_published
        patient = chart.patient
        self._chart = chart
        self._whole: dict[tuple[str, frozenset[str]], list[Row]] = {}
        self.rows: dict[int, list[Row]] = {}
        self.withheld: set[int] = set()
        self.sex = patient.sex if patient else ""
        self.birth: Bounds = bounds_of(patient.birth_date if patient else None)
        self.born: tuple[date, date] | None = None
        if self.birth != UNKNOWN:
            first, last = day_of(self.birth[0]), day_of(self.birth[1])
            self.born = first, first if first == last else last
        missing = missing_kinds(chart) if chart.searches else {}
        self.missing = {kind: why for kind, why in missing.items() if kind in table}
        self.unmapped = _unmapped_texts(chart) if chart.unmapped else {}
        for kind, by_system in table.items():
            if by_system:
                self._add(getattr(chart, KINDS[kind]), by_system, by_reference)
        self.present = frozenset(self.rows)
        self.doubted = frozenset((*self.missing, *self._withheld_kinds()))

    def _withheld_kinds(self) -> tuple[str, ...]:
        return ("observation",) if self.withheld else ()

    def whole(self, kind: str, settings: frozenset[str] = frozenset()) -> list[Row]:
        """All facts of a kind (in one of these settings), for rules that ask for no code."""
        rows = self._whole.get((kind, settings))
        if rows is None:
            facts = [f for f in getattr(self._chart, KINDS[kind]) if not is_void(f)]
            if settings:
                facts = [f for f in facts if f.setting in settings]
            rows = [BUILDERS[type(f)](f, self.birth) for f in facts]
            self._whole[kind, settings] = rows
        return rows

    def _add(
        self, facts: Iterable[Any], by_system: dict[str, dict[str, Keys]], by_reference: bool
    ) -> None:
        known: dict[int, Keys] = {}  # a chart repeats its concepts: each is looked up once
        for fact in facts:
            if type(fact) is Encounter:
                keys = _keys_of_types(fact, by_system, known)
            else:
                concept = fact.code
                found = known.get(id(concept))
                if found is None:
                    found = known[id(concept)] = _keys_of(concept, by_system)
                keys = found
            if keys and not is_void(fact, by_reference=by_reference):
                self._file(fact, keys)

    def _file(self, fact: Fact, keys: Keys) -> None:
        if type(fact) is Observation and is_withheld(fact):
            self.withheld.update(keys)
            return
        row, rows = BUILDERS[type(fact)](fact, self.birth), self.rows
        for key in keys:
            if key in rows:
                rows[key].append(row)
            else:
                rows[key] = [row]


def _keys_of(concept: Concept, by_system: dict[str, dict[str, Keys]]) -> Keys:
    """The code lists that any of its codings is in, each once."""
    keys: Keys = ()
    for coding in concept.codings:
        by_code = by_system.get(coding.system)
        found = by_code.get(coding.code) if by_code is not None else None
        if found is not None:
            keys = tuple(dict.fromkeys((*keys, *found))) if keys else found
    return keys


def _keys_of_types(
    fact: Encounter, by_system: dict[str, dict[str, Keys]], known: dict[int, Keys]
) -> Keys:
    """The same for an encounter, which may have several concepts."""
    keys: Keys = ()
    for concept in fact.types:
        found = known.get(id(concept))
        if found is None:
            found = known[id(concept)] = _keys_of(concept, by_system)
        keys = tuple(dict.fromkeys((*keys, *found))) if keys else found
    return keys


def _unmapped_texts(chart: Chart) -> dict[str, str]:
    """Kind of fact → what its unmapped codes are called, case-folded, one a line."""
    texts: dict[str, dict[str, None]] = {}
    for item in chart.unmapped:
        kind = RESOURCES.get(item.resource_type)
        if kind is not None and item.display:
            texts.setdefault(kind, {})[item.display.casefold()] = None
    return {kind: "\n".join(found) for kind, found in texts.items()}


def is_withheld(fact: Observation) -> bool:
    """The source has a result but does not tell it: neither the result nor its absence."""
    return fact.standing == "withheld" and fact.status in RESULTED


def is_void(fact: Any, *, by_reference: bool = False) -> bool:
    """Says nothing that a rule may count: refuted, "do not perform", or (unless asked for) a
    medicine named only through a reference, which the published measures do not follow (R1)."""
    if type(fact) is Condition:
        return fact.verification_status in REFUTED
    if type(fact) is Medication and fact.by_reference and not by_reference:
        return True
    return getattr(fact, "do_not_perform", False) is True


def missing_kinds(chart: Chart) -> dict[str, str]:
    """Kinds of fact that were not read completely, each with why. A kind that nobody searched
    for is missing too."""
    missing = dict.fromkeys(RESOURCES.values(), "not read")
    for outcome in chart.searches:
        kind = RESOURCES.get(outcome.resource_type)
        if kind is None:
            continue
        if outcome.completeness != "complete":
            missing[kind] = outcome.completeness
        elif missing.get(kind) == "not read":
            del missing[kind]
    return missing


class Scene:
    """One evaluation: an index, the windows of a period, and what was already worked out."""

    __slots__ = ("bound", "days", "index", "memo", "rows", "windows")

    def __init__(
        self,
        index: Index,
        windows: tuple[tuple[int, int], ...],
        days: tuple[date, ...],
        size: int,
    ) -> None:
        self.index = index
        self.rows = index.rows
        self.windows = windows
        self.days = days
        self.memo: list[Any] = [UNSET] * size
        self.bound: dict[str, Row] = {}
