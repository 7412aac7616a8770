"""Evidence: why a population holds or not, as short true sentences with the facts behind them.

Walks the compiled rule once more, along the branches that decided. Judges nothing itself.
"""

from datetime import date

from msgspec import Struct

from app.clinical.facts import Encounter
from app.clinical.rules.definitions import Age, Combine, Find, Point, Sex
from app.clinical.rules.instants import FOREVER, ages_on, day_of
from app.clinical.rules.nodes import Node, Truth, looks_unmapped
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import RESOURCE_OF, Scene
from app.clinical.rules.windows import Calendar

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHOWN = 3
"""Facts named in one step; the others are counted."""


class FactRef(Struct, frozen=True, gc=False):
    """A fact that a step rests on. `since`/`day` are its first and last known UTC days, None
    when it has none."""

    kind: str
    id: str
    label: str
    since: date | None
    day: date | None


class Step(Struct, frozen=True, gc=False):
    """One step of a verdict. `holds` is the answer to what `path` asks, None when not known;
    `path` runs from the population's own words to the deciding statement."""

    population: str
    holds: Truth
    says: str
    detail: str = ""
    path: tuple[str, ...] = ()
    facts: tuple[FactRef, ...] = ()


def written_day(day: date) -> str:
    """Jun 18, 2024."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def fact_ref(row: Row) -> FactRef:
    """What a reader needs to find the fact again."""
    fact = row.fact
    concept = next(iter(fact.types), None) if type(fact) is Encounter else fact.code
    label = concept.label if concept else ""
    since, day = _day(row.earliest()[0]), _day(row.latest()[0])
    return FactRef(type(fact).__name__, fact.id, label, since, day)


def _day(instant: int) -> date | None:
    return day_of(instant) if abs(instant) < FOREVER else None


def explain(population: str, node: Node, scene: Scene, calendar: Calendar) -> list[Step]:
    """The steps of one population; for `all`, one or more for each part."""
    walk = _Walk(population, scene, calendar)
    walk.visit(node, ())
    return walk.steps


class _Walk:
    def __init__(self, population: str, scene: Scene, calendar: Calendar) -> None:
        self.population = population
        self.scene = scene
        self.calendar = calendar
        self.steps: list[Step] = []

    def visit(self, node: Node, path: tuple[str, ...]) -> None:
        """Adds the node's step, or those of the parts that decided it."""
        holds = node.holds(self.scene) if not node.unbound else self._bind(node)
        here = (*path, node.sentences[holds]) if path or node.definition.says else path
        deciding = self._deciding(node, holds)
        if not deciding:
            self.steps.append(self._leaf(node, holds, here))
        for part in deciding:
            self.visit(part, here)

    def _bind(self, node: Node) -> Truth:
        """Names the first fact for which a `for_some` statement holds."""
        holds = node.holds(self.scene)
        if not holds or node.unbound is None or node.definition.bound is None:
            return holds
        anchors, letter = node.parts[0], node.definition.bound[1]
        for row in anchors.rows(self.scene):
            self.scene.bound[letter] = row
            if node.unbound(self.scene):
                break
        return holds

    def _deciding(self, node: Node, holds: Truth) -> tuple[Node, ...]:
        body = node.definition.body
        if not isinstance(body, Combine) or (node.unbound and not holds):
            return ()
        if holds is None or (holds and body.how == "all"):
            return tuple([part for part in node.asked if part.holds(self.scene) is holds])
        if body.how == "all":
            return self._first(node, answer=False)
        has_one = holds if body.how == "any" else not holds
        return self._first(node, answer=True) if has_one else ()

    def _first(self, node: Node, *, answer: Truth) -> tuple[Node, ...]:
        """The first part with that answer."""
        return next(((part,) for part in node.asked if part.holds(self.scene) is answer), ())

    def _leaf(self, node: Node, holds: Truth, path: tuple[str, ...]) -> Step:
        rows = sorted(self._rows(node), key=Row.order, reverse=True) if holds else []
        facts = tuple(fact_ref(row) for row in rows[:SHOWN])
        if holds is None:
            detail = "; ".join(missing_for(node, self.scene))
        elif facts:
            detail = _listed(facts, len(rows))
        else:
            detail = self._plain_detail(node, holds)
        return Step(self.population, holds, node.sentences[holds], detail, path, facts)

    def _rows(self, node: Node) -> list[Row]:
        if node.select is not None:
            return node.select(self.scene)
        found = (row for part in node.parts for row in self._rows(part))
        return list(dict.fromkeys(found))

    def _plain_detail(self, node: Node, holds: Truth) -> str:
        body = node.definition.body
        if isinstance(body, Age):
            return self._age(body.test.at)
        return self._nearest(node) if not holds and self.population == "numerator" else ""

    def _age(self, at: Point) -> str:
        index, day = self.scene.index, self.scene.days[self.calendar.day(at)]
        if index.born is None:
            return ""
        youngest, oldest = ages_on(index.born, day)
        age = str(youngest) if youngest == oldest else f"{youngest} or {oldest}"
        return f"{age} on {written_day(day)}"

    def _nearest(self, node: Node) -> str:
        """The latest fact of the kind that was sought, and that it does not count."""
        rows = [row for key in node.sought for row in self.scene.rows.get(key, ())]
        timed = [row for row in rows if abs(row.latest()[0]) < FOREVER]
        if not timed:
            return ""
        nearest = fact_ref(max(timed, key=Row.order))
        day = written_day(nearest.day) if nearest.day else ""
        return f"Nearest: {nearest.label}, {day}; it does not count here"


def _listed(facts: tuple[FactRef, ...], count: int) -> str:
    first = facts[0]
    text = first.label or first.kind
    if first.day:
        text += f", {written_day(first.day)}"
    return text if count == 1 else f"{text}, and {count - 1} more"


def missing_for(node: Node, scene: Scene) -> list[str]:
    """What would have to be known, in words."""
    index, found = scene.index, []
    for kind in sorted(node.kinds):
        if why := index.missing.get(kind):
            found.append(f"{RESOURCE_OF[kind]}: {why}")
    found += [f"value set {oid} is not loaded" for oid in node.unloaded]
    if looks_unmapped(index, node.kinds, node.words):
        found.append("a local code that is not mapped may be it")
    if index.withheld and not index.withheld.isdisjoint(node.keys):
        found.append("a result is withheld by its source")
    if node.unreadable is not None and not index.as_published and node.unreadable(scene):
        found.append("a result that cannot be read as a number")
    if isinstance(node.definition.body, Age) and index.born is None:
        found.append("birth date is not recorded")
    if isinstance(node.definition.body, Sex) and index.sex in ("", "unknown"):
        found.append("sex is not recorded")
    return found or [f"{node.definition.name} is not recorded"]


def missing_in(node: Node, scene: Scene) -> list[str]:
    """The same for a whole statement: from each part that is not known."""
    parts = [part for part in node.parts if not part.letters and part.holds(scene) is None]
    if isinstance(node.definition.body, Find) or not parts:
        return missing_for(node, scene)
    return [text for part in parts for text in missing_in(part, scene)]
