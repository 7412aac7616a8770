"""Measures: rule files compiled once, ready to be asked about any chart. Reads no files."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct

from app.clinical.care_gaps.turns import Turns, find_turns
from app.clinical.chart import Chart
from app.clinical.rules.compiler import Compiler
from app.clinical.rules.files import GapText, Head, RuleFile
from app.clinical.rules.instants import day_of
from app.clinical.rules.linking import Links
from app.clinical.rules.nodes import Node
from app.clinical.rules.reader import parse_rule_file
from app.clinical.rules.scene import RESOURCE_OF, Index, Scene
from app.clinical.rules.windows import Calendar, Period, Window, static_instant, static_window
from app.clinical.value_sets import ValueSets
from app.errors import ConfigError, NotFound


class SetUse(Struct, frozen=True):
    """A value set that a measure looks at, and where its codes came from; `origin` "" = absent."""

    oid: str
    title: str
    version: str = ""
    origin: str = ""
    partial: bool = False


class Measure(Struct, frozen=True, kw_only=True):
    """One compiled measure. A population that it does not have is None."""

    head: Head
    gap: GapText
    initial_population: Node
    denominator_exclusion: Node | None
    denominator_exception: Node | None
    numerator: Node
    applies: Node
    due_from: Node | None
    sets: tuple[SetUse, ...]
    turns: Turns
    applies_turns: Turns

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every population that it has, and who needs it."""
        optional = (self.denominator_exclusion, self.denominator_exception)
        return (
            self.initial_population,
            *(node for node in optional if node is not None),
            self.numerator,
            self.applies,
        )


class Measures:
    """Compiled measures in the order of their ids."""

    def __init__(self, measures: Iterable[Measure], compiler: Compiler) -> None:
        self._by_id = {m.id: m for m in sorted(measures, key=lambda m: m.id)}
        self._compiler = compiler
        self._frame = lru_cache(maxsize=256)(self._build_frame)

    def __iter__(self) -> Iterator[Measure]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._by_id)

    @property
    def calendar(self) -> Calendar:
        """The days that ages are asked on."""
        return self._compiler.calendar

    @property
    def value_sets(self) -> ValueSets:
        return self._compiler.finding.value_sets

    def resources(self) -> dict[str, tuple[str, ...]]:
        """FHIR resource types that the rules look at, each with the measures that need it: what
        to ask an EHR for, and why."""
        found: dict[str, list[str]] = {}
        for measure in self:
            kinds = frozenset[str]().union(*(node.kinds for node in measure.nodes))
            for kind in sorted(kinds):
                found.setdefault(RESOURCE_OF[kind], []).append(measure.id)
        return {name: tuple(ids) for name, ids in sorted(found.items())}

    def only(self, ids: Iterable[str]) -> tuple[Measure, ...]:
        """These measures, in the order asked. Raises NotFound with the id that is not one."""
        wanted = list(dict.fromkeys(ids))
        for name in wanted:
            if name not in self._by_id:
                raise NotFound(f"There is no measure {name}.")
        return tuple(self._by_id[name] for name in wanted)

    def index(
        self, chart: Chart, *, by_reference: bool = False, as_published: bool = True
    ) -> Index:
        """The chart made ready. `by_reference` also counts medicines that a request names only
        through a reference: clinically better, but not what the published measures do (R1).
        `as_published` False also reads amounts written in words, and calls a result that cannot
        be compared not known instead of not so."""
        table = self._compiler.table
        return Index(chart, table, by_reference=by_reference, as_published=as_published)

    def scene(self, index: Index, period: Period) -> Scene:
        """One evaluation of an index for a period; shared by all measures."""
        windows, days = self._frame(period)
        return Scene(index, windows, days, self._compiler.size)

    def _build_frame(self, period: Period) -> tuple[tuple[Window, ...], tuple[date, ...]]:
        calendar = self._compiler.calendar
        windows = tuple(static_window(test, period) for test in calendar.tests)
        days = tuple(day_of(static_instant(point, period)) for point in calendar.points)
        return windows, days


def compile_measures(
    texts: Mapping[str, str], value_sets: ValueSets, *, allow_unused: bool = False
) -> Measures:
    """Rule files by name (measures and libraries) to compiled measures.

    Raises ConfigError `file:line: reason` for the first mistake found. `allow_unused` lets parts
    stand that nothing asks: for trying out changed rules, never for the product.
    """
    files = {name: parse_rule_file(name, text) for name, text in sorted(texts.items())}
    _require_distinct(files.values())
    links = Links(files)
    if not allow_unused:
        links.require_used()
        links.require_sets_used()
    compiler = Compiler(links, value_sets)
    for rule_file in files.values():  # libraries too: a mistake in one is found without a user
        for definition in rule_file.definitions.values():
            compiler.compile(definition)
    measures = [_build(f, f.head, compiler) for f in files.values() if f.head is not None]
    return Measures(measures, compiler)


def _require_distinct(files: Iterable[RuleFile]) -> None:
    seen: dict[str, str] = {}
    for rule_file in files:
        if rule_file.name in seen:
            other = seen[rule_file.name]
            raise ConfigError(f"{rule_file.file}:1: “{rule_file.name}” is also in {other}")
        seen[rule_file.name] = rule_file.file


def _build(rule_file: RuleFile, head: Head, compiler: Compiler) -> Measure:
    nodes = {name: compiler.compile_root(d) for name, d in rule_file.populations.items()}
    gap = rule_file.gap
    if gap is None:
        raise ConfigError(f"{rule_file.file}:1: a measure needs a [gap]")
    initial = nodes["initial_population"]
    applies = compiler.compile_root(rule_file.applies) if rule_file.applies else None
    due_from = None
    if gap.due != "period end":
        asker = initial.definition
        due_from = compiler.compile_root(compiler.links.find(asker, gap.due))
    return Measure(
        head=head,
        gap=gap,
        initial_population=initial,
        denominator_exclusion=nodes.get("denominator_exclusion"),
        denominator_exception=nodes.get("denominator_exception"),
        numerator=nodes["numerator"],
        applies=applies or initial,
        due_from=due_from,
        sets=tuple(
            _set_use(oid, name, compiler) for name, oid in sorted(_sets(rule_file, compiler))
        ),
        applies_turns=find_turns((applies or initial,)),
        turns=find_turns((*nodes.values(), *((applies,) if applies else ()))),
    )


def _sets(rule_file: RuleFile, compiler: Compiler) -> set[tuple[str, str]]:
    """Names and OIDs of the measure's own value sets and of the libraries it uses."""
    parts = compiler.links.used_by(rule_file)
    return {(name, oid) for part in parts for name, oid in part.value_sets.items()}


def _set_use(oid: str, name: str, compiler: Compiler) -> SetUse:
    found = compiler.finding.value_sets.get(oid)
    if found is None:
        return SetUse(oid, name)
    return SetUse(oid, found.title, found.version, found.origin, found.partial)
