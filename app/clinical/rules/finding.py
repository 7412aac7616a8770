"""Compiles `find` and `from`: which facts, by which lists, through which tests."""

from collections.abc import Callable, Iterator
from itertools import chain, count

from app.clinical.rules.bodies import BY_KIND
from app.clinical.rules.definitions import Codes, Find, TimeTest, ValueTest
from app.clinical.rules.linking import Links, refuse
from app.clinical.rules.nodes import Holds, Node, Select, Truth
from app.clinical.rules.picks import PICKERS
from app.clinical.rules.row_tests import (
    RowTest,
    aged_test,
    answer_of,
    concept_test,
    is_unreadable,
    named_test,
    resolve,
    status_test,
    text_test,
    time_test,
    value_test,
)
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import CodeTable, Scene
from app.clinical.rules.windows import Calendar, letter_of
from app.clinical.value_sets import ValueSets

ORDERS = ("service request", "device request", "medication request")
CATEGORIZED = ("observation", "diagnostic report")


def exists(node: Node) -> Holds:
    """There is such a fact; None when there may be one that was not read."""
    may_doubt = bool(node.unloaded) or node.unreadable is not None

    def holds(scene: Scene) -> Truth:
        rows, index = node.rows(scene), scene.index
        if (may_doubt or index.doubted or index.unmapped) and node.doubted(scene):
            return True if rows and not node.picky else None
        return bool(rows)

    return holds


def asked_of(body: Find) -> tuple[tuple[str, object], ...]:
    """The tests of a definition that only some kinds of fact can answer."""
    return (
        ("value", body.value),
        ("answer", body.answer),
        ("reason", body.reason),
        ("discharge", body.discharge),
        ("body_site", body.body_site),
        ("category", body.category),
        ("clinical_status", body.clinical_status),
        ("class", body.encounter_class),
        ("setting", body.setting),
        ("named", body.named),
        ("aged_at_least", body.aged_at_least),
        ("not_during", body.not_during),
    )


class FindCompiler:
    """Keeps the table of codes that the compiled definitions ask for."""

    def __init__(self, links: Links, value_sets: ValueSets, calendar: Calendar) -> None:
        self.links = links
        self.value_sets = value_sets
        self.calendar = calendar
        self.table: CodeTable = {}
        self._keys: dict[tuple[str, object], int] = {}
        self._fresh = count()

    def fill(self, node: Node, body: Find, parts: dict[str, Node]) -> None:
        """Sets the node's kinds, keys, letters and `select`."""
        base = parts.get(body.base)
        if base is not None and base.select is None:
            refuse(node.definition, f"“{body.base}” finds no facts")
        node.kinds = frozenset({body.kind}) if body.kind else frozenset()
        if body.kind:
            self.table.setdefault(body.kind, {})
        node.picky = body.pick is not None or bool(body.not_during) or bool(base and base.picky)
        if body.codes is not None and body.kind:
            node.keys = self._keys_of(body.kind, body.codes)
            node.unloaded = tuple(o for o in body.codes.oids if not self.value_sets.get(o))
        elif base is not None:
            node.keys, node.unloaded = base.keys, base.unloaded
        node.words = body.looks_like or (base.words if base else ())
        node.letters = _letters(body)
        if base is not None:
            node.kinds = base.own_kinds
        node.own_kinds = node.kinds
        self._require_fitting(node, body)
        source = base.select if base and base.select else self._source(node, body)
        if body.value is not None and body.value.is_present is None:
            node.unreadable = _any_unreadable(source, body.value)
        node.select = self._select(node, body, source, self._tests(node, body, parts), parts)

    def _require_fitting(self, node: Node, body: Find) -> None:
        """Refuses a test that this kind of fact cannot answer."""
        for kind in node.kinds:
            for key, value in asked_of(body):
                if value and key not in BY_KIND[kind]:
                    refuse(node.definition, f"“{key}” does not go with {kind}")
            if body.status is None:
                continue
            wanted = self.links.status(node.definition, body.status)
            if kind == "condition":
                refuse(node.definition, "a condition has a clinical_status, not a status")
            if wanted.intent and kind not in ORDERS:
                refuse(node.definition, f"{kind} has no intent")
            if wanted.category and kind not in CATEGORIZED:
                refuse(node.definition, f"{kind} has no category")

    # ---- where the facts come from ----------------------------------------------------------

    def _keys_of(self, kind: str, codes: Codes) -> tuple[int, ...]:
        keys = []
        for part in (*codes.oids, *codes.singles):
            key = self._keys.get((kind, part))
            if key is None:
                key = self._keys[kind, part] = next(self._fresh)
                members = self.value_sets.codes(part) if isinstance(part, str) else (part,)
                for system, code in members:
                    by_code = self.table.setdefault(kind, {}).setdefault(system, {})
                    by_code[code] = (*by_code.get(code, ()), key)
            keys.append(key)
        return tuple(keys)

    def _source(self, node: Node, body: Find) -> Select:
        kind, keys = body.kind, node.keys
        if body.codes is None:
            settings = frozenset(body.setting)
            return lambda scene: scene.index.whole(kind, settings)
        if len(keys) == 1:
            only = keys[0]
            return lambda scene: scene.rows.get(only, [])

        def merged(scene: Scene) -> list[Row]:
            lists = [found for key in keys if (found := scene.rows.get(key))]
            if len(lists) < 2:
                return lists[0] if lists else []
            return list(dict.fromkeys(chain.from_iterable(lists)))

        return merged

    # ---- which of them ----------------------------------------------------------------------

    def _tests(self, node: Node, body: Find, parts: dict[str, Node]) -> list[RowTest]:
        tests: list[RowTest] = []
        if body.codes is not None and body.base:
            tests.append(concept_test(lambda f: (f.code,), resolve(body.codes, self.value_sets)))
        if body.status is not None:
            tests.append(status_test(self.links.status(node.definition, body.status)))
        if body.when is not None:
            tests.append(self._time(body.when))
        if body.value is not None:
            tests.append(value_test(body.value))
        if body.aged_at_least is not None:
            tests.append(aged_test(body.aged_at_least))
        tests.extend(_plain_texts(body))
        tests.extend(self._concepts(body))
        return tests

    def _concepts(self, body: Find) -> list[RowTest]:
        found: list[RowTest] = []
        for codes, read in (
            (body.answer, answer_of),
            (body.reason, lambda fact: (fact.not_done_reason,)),
            (body.discharge, lambda fact: (fact.discharge_disposition,)),
            (body.body_site, lambda fact: fact.body_sites),
            (body.category, lambda fact: fact.categories),
        ):
            if codes is not None:
                found.append(concept_test(read, resolve(codes, self.value_sets)))
        return found

    def _time(self, test: TimeTest) -> RowTest:
        return time_test(test, self.calendar.window(test))

    # ---- the closure ------------------------------------------------------------------------

    def _select(
        self,
        node: Node,
        body: Find,
        source: Select,
        tests: list[RowTest],
        parts: dict[str, Node],
    ) -> Select:
        passing = _passing(source, _all_of(tests))
        bound = node.definition.bound
        if bound is not None:
            passing = _for_some(source, _all_of(tests), parts[bound[0]], bound[1])
        if body.not_during:
            passing = _not_linked(passing, parts[body.not_during])
        if body.pick is None:
            return passing
        picker, inner = PICKERS[body.pick], passing

        def picked(scene: Scene) -> list[Row]:
            rows = inner(scene)
            return picker(rows) if rows else rows

        return picked


def _plain_texts(body: Find) -> Iterator[RowTest]:
    """Plain codes of the fact, and words in its name."""
    for wanted, read in (
        (body.clinical_status, lambda fact: fact.clinical_status),
        (body.encounter_class, lambda fact: fact.class_code),
        (body.setting, lambda fact: fact.setting),
    ):
        if wanted:
            yield text_test(read, frozenset(wanted))
    if body.named:
        yield named_test(body.named)


def _any_unreadable(source: Select, test: ValueTest) -> Callable[[Scene], bool]:
    """Some fact that would be compared has a result that cannot be."""
    return lambda scene: any(is_unreadable(row.fact.value, test) for row in source(scene))


def _letters(body: Find) -> frozenset[str]:
    points = (body.when.start, body.when.end) if body.when else ()
    return frozenset(letter for point in points if (letter := letter_of(point)))


def _all_of(tests: list[RowTest]) -> RowTest:
    """Pairs of closures instead of a loop: this is the hottest line of the product."""
    if not tests:
        return lambda row, scene: True
    first, rest = tests[0], tests[1:]
    if not rest:
        return first
    others = _all_of(rest)
    return lambda row, scene: first(row, scene) and others(row, scene)


def _passing(source: Select, passes: RowTest) -> Select:
    return lambda scene: [row for row in source(scene) if passes(row, scene)]


def _for_some(source: Select, passes: RowTest, anchors: Node, letter: str) -> Select:
    """The facts that pass for at least one fact of another definition."""

    def select(scene: Scene) -> list[Row]:
        found, outer = [], scene.bound.get(letter)
        for row in source(scene):
            for anchor in anchors.rows(scene):
                scene.bound[letter] = anchor
                if passes(row, scene):
                    found.append(row)
                    break
        if outer is not None:
            scene.bound[letter] = outer
        return found

    return select


def _not_linked(source: Select, stays: Node) -> Select:
    """Leaves out what points (Observation.encounter) at one of these encounters."""

    def linked(row: Row, ids: set[str]) -> bool:
        encounter = row.fact.encounter
        return encounter is not None and encounter.id in ids

    def select(scene: Scene) -> list[Row]:
        rows = source(scene)
        ids = {row.fact.id for row in stays.rows(scene)} if rows else set()
        return [row for row in rows if not linked(row, ids)] if ids else rows

    return select
