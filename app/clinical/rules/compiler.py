"""Compiles linked definitions to closures. Done once at start; the closures hold no chart."""

from collections.abc import Callable
from itertools import count
from typing import cast

from app.clinical.rules.absence import find_needs, remember_absent
from app.clinical.rules.definitions import Age, Combine, Days, Definition, Find, Lowest, Sex
from app.clinical.rules.finding import FindCompiler, exists
from app.clinical.rules.instants import DAY, ages_on
from app.clinical.rules.linking import Links, references, refuse
from app.clinical.rules.nodes import (
    Holds,
    Node,
    Select,
    Truth,
    every,
    neither,
    remember,
    some,
)
from app.clinical.rules.row_tests import compares, has_code, quantity_of
from app.clinical.rules.scene import CodeTable, Scene
from app.clinical.rules.windows import Calendar, is_static
from app.clinical.value_sets import ValueSets

COMBINE: dict[str, Callable[[tuple[Holds, ...]], Holds]] = {
    "all": every,
    "any": some,
    "none": neither,
}


class Compiler:
    """Turns definitions into nodes; a library's definition becomes one node for all measures."""

    def __init__(self, links: Links, value_sets: ValueSets) -> None:
        self.links = links
        self.calendar = Calendar()
        self.finding = FindCompiler(links, value_sets, self.calendar)
        self._nodes: dict[tuple[str, str], Node] = {}
        self._open: list[tuple[str, str]] = []
        self._slots = count()

    @property
    def table(self) -> CodeTable:
        """The codes that any compiled definition asks for."""
        return self.finding.table

    @property
    def size(self) -> int:
        """How many answers a scene remembers."""
        return len(self._nodes) * 2

    def compile_root(self, definition: Definition) -> Node:
        """A population: must not lean on a letter that nothing binds."""
        node = self.compile(definition)
        if node.letters:
            refuse(definition, f"nothing names “{min(node.letters)}” here; use for_some")
        return node

    def compile(self, definition: Definition) -> Node:
        """Raises ConfigError when a definition goes in circles or asks what cannot be."""
        key = (definition.file, definition.name)
        if key in self._nodes:
            return self._nodes[key]
        if key in self._open:
            refuse(definition, f"“{definition.name}” asks itself")
        self._open.append(key)
        names = references(definition)
        parts = {name: self.compile(self.links.find(definition, name)) for name in names}
        self._open.pop()
        node = Node(definition)
        node.parts = tuple(parts.values())
        self._fill(node, parts)
        if isinstance(definition.body, Combine):
            node.asked = tuple(parts[name] for name in definition.body.parts)
        self._inherit(node, parts)
        self._memoise(node)
        self._nodes[key] = node
        return node

    def _inherit(self, node: Node, parts: dict[str, Node]) -> None:
        letters = node.letters.union(*(part.letters for part in parts.values()))
        bound = node.definition.bound
        if bound is not None:
            if bound[1] not in letters:
                refuse(node.definition, f"“for_some” names {bound[1]}, but nothing asks for it")
            letters -= {bound[1]}
        node.letters = letters
        inner = (key for part in parts.values() for key in part.sought)
        node.sought = tuple(dict.fromkeys((*node.keys, *inner)))
        node.kinds = node.kinds.union(*(part.kinds for part in parts.values()))
        own = node.kinds if node.words else frozenset[str]()
        node.worded = own.union(*(part.worded for part in parts.values()))
        node.needs = find_needs(node, parts)
        node.is_fixed = not _moves(node) and all(part.is_fixed for part in parts.values())

    def _memoise(self, node: Node) -> None:
        place = next(self._slots) * 2
        if node.letters:
            return
        if node.needs is not None:
            node.holds = remember_absent(place, node, node.needs)
        else:
            node.holds = cast(Holds, remember(place, node.holds))
        if node.select is not None:
            node.select = cast(Select, remember(place + 1, node.select))

    # ---- forms ----------------------------------------------------------------------------

    def _fill(self, node: Node, parts: dict[str, Node]) -> None:
        body = node.definition.body
        if isinstance(body, Find):
            self.finding.fill(node, body, parts)
            node.holds = exists(node)
            return
        if isinstance(body, Age):
            node.holds = self._age(node, body)
        elif isinstance(body, Sex):
            node.holds = _sex(body)
        elif isinstance(body, Combine):
            node.holds = COMBINE[body.how](tuple(parts[name].holds for name in body.parts))
        elif isinstance(body, Days):
            node.holds = _days(node, body, tuple(parts[name] for name in body.parts))
        else:
            node.holds = _lowest(node, body, parts[body.base])
        self._bind(node, parts)

    def _bind(self, node: Node, parts: dict[str, Node]) -> None:
        """Holds for some one fact of another definition."""
        if node.definition.bound is None:
            return
        name, letter = node.definition.bound
        anchors, inner = parts[name], node.holds
        if anchors.select is None:
            refuse(node.definition, f"“{name}” finds no facts")

        def search(scene: Scene) -> Truth:
            answer: Truth = None if anchors.holds(scene) is None else False
            for row in anchors.rows(scene):
                scene.bound[letter] = row
                found = inner(scene)
                if found:
                    return True
                answer = None if found is None else answer
            return answer

        def holds(scene: Scene) -> Truth:
            outer = scene.bound.get(letter)
            answer = search(scene)
            if outer is not None:
                scene.bound[letter] = outer
            return answer

        node.holds, node.unbound = holds, inner

    def _age(self, node: Node, body: Age) -> Holds:
        test = body.test
        if not is_static(test.at):
            refuse(node.definition, "an age is asked at MP start, MP end or today")
        place = self.calendar.day(test.at)
        low, high = test.low or 0, 1000 if test.high is None else test.high

        def holds(scene: Scene) -> Truth:
            born = scene.index.born
            if born is None:
                return None
            youngest, oldest = ages_on(born, scene.days[place])
            if low <= youngest and oldest <= high:
                return True
            return False if oldest < low or youngest > high else None

        return holds


def _moves(node: Node) -> bool:
    """Asks an age, or for a time that comes with the day or the period."""
    body = node.definition.body
    if isinstance(body, Find) and body.when is not None:
        return is_static(body.when.start) or is_static(body.when.end)
    return isinstance(body, Age)


def _sex(body: Sex) -> Holds:
    def holds(scene: Scene) -> Truth:
        sex = scene.index.sex
        return None if sex in ("", "unknown") else sex == body.sex

    return holds


def _days(node: Node, body: Days, parts: tuple[Node, ...]) -> Holds:
    for part in parts:
        if part.select is None:
            refuse(node.definition, f"“{part.definition.name}” finds no facts to count days of")

    def holds(scene: Scene) -> Truth:
        days = {row.earliest()[0] // DAY for part in parts for row in part.rows(scene)}
        if len(days) >= body.at_least:
            return True
        doubted = any(part.holds(scene) is None or part.doubted(scene) for part in parts)
        return None if doubted else False

    return holds


def _lowest(node: Node, body: Lowest, base: Node) -> Holds:
    if base.select is None:
        refuse(node.definition, f"“{base.definition.name}” finds no facts")
    codes, test = frozenset({body.component}), body.test

    def holds(scene: Scene) -> Truth:
        found = [
            quantity
            for row in base.rows(scene)
            for part in row.fact.components
            if has_code((part.code,), codes) and (quantity := quantity_of(part.value)) is not None
        ]
        if base.doubted(scene):
            return None
        return bool(found) and compares(min(found, key=lambda q: q.value), test)

    return holds
