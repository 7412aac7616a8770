"""Tests of one row: time, status, value, answer and the other filters, each as a closure.

A test that cannot be decided from what the fact says is not passed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from app.clinical.elements import Concept, Quantity, Value
from app.clinical.rules.definitions import Codes, Comparison, StatusFilter, TimeTest, ValueTest
from app.clinical.rules.instants import UNKNOWN, Bounds, age_on, bounds_of, day_of
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import Scene
from app.clinical.rules.windows import Window, WindowOf
from app.clinical.value_sets import ValueSets

RowTest = Callable[[Row, Scene], bool]
CodeSet = frozenset[tuple[str, str]]

SUBJECTS: dict[str, Callable[[Row], Bounds]] = {
    "starts": lambda row: row.start,
    "ends": lambda row: row.end,
    "latest": Row.latest,
    "earliest": Row.earliest,
    "authored": lambda row: bounds_of(getattr(row.fact, "authored", None)),
    "issued": lambda row: bounds_of(getattr(row.fact, "issued", None)),
}
SCALES: dict[tuple[str, str], float] = {
    ("", "%"): 100.0,
    ("1", "%"): 100.0,
    ("mmHg", "mm[Hg]"): 1.0,
    ("kPa", "mm[Hg]"): 7.500617,
}
"""How to bring a quantity's unit to the rule's (R6: a number without unit is a plain number)."""


def time_test(test: TimeTest, window: int | WindowOf) -> RowTest:
    """Does the row's time stand so to the window?"""
    inside = _inside(test)
    if isinstance(window, int):
        place = window
        return lambda row, scene: inside(row, scene.windows[place])
    find = window
    return lambda row, scene: inside(row, find(scene))


def _inside(test: TimeTest) -> Callable[[Row, Window], bool]:
    if test.relation == "overlaps":
        return lambda row, w: row.start[1] <= w[1] and row.end[0] >= w[0]
    if test.subject == "whole":
        return lambda row, w: w[0] <= row.start[0] and row.end[1] <= w[1]
    return _within(SUBJECTS[test.subject])


def _within(subject: Callable[[Row], Bounds]) -> Callable[[Row, Window], bool]:
    def within(row: Row, window: Window) -> bool:
        low, high = subject(row)
        return window[0] <= low and high <= window[1]

    return within


def resolve(codes: Codes, value_sets: ValueSets) -> CodeSet:
    """Every (system, code) that the value sets and single codes hold."""
    return frozenset(codes.singles).union(*(value_sets.codes(oid) for oid in codes.oids))


def has_code(concepts: Iterable[Concept], codes: CodeSet) -> bool:
    """Any coding of any of them is in the list (R1)."""
    return any((c.system, c.code) in codes for concept in concepts for c in concept.codings)


def status_test(wanted: StatusFilter) -> RowTest:
    """R4: status, and intent and category where the filter names them."""
    status, intent = frozenset(wanted.status), frozenset(wanted.intent)
    category = frozenset(wanted.category)

    def passes(row: Row, _scene: Scene) -> bool:
        fact = row.fact
        if fact.status not in status or (intent and fact.intent not in intent):
            return False
        return not category or has_code(fact.categories, category)

    return passes


def concept_test(read: Callable[[Any], Iterable[Concept]], codes: CodeSet) -> RowTest:
    """One of the concepts that `read` takes from the fact is in the list."""
    return lambda row, _scene: has_code(read(row.fact), codes)


def answer_of(fact: Any) -> tuple[Concept, ...]:
    """The coded answer, as none or one concept."""
    value: Value | None = fact.value
    return (value.concept,) if value is not None and value.concept is not None else ()


def text_test(read: Callable[[Any], str], wanted: frozenset[str]) -> RowTest:
    """A plain code of the fact (clinical status, encounter class) is one of these."""
    return lambda row, _scene: read(row.fact) in wanted


def named_test(words: tuple[str, ...]) -> RowTest:
    """The fact's text or a display holds one of these words, whatever its code."""

    def passes(row: Row, _scene: Scene) -> bool:
        concepts = (row.fact.code, *row.fact.ingredients)
        texts = [text for c in concepts for text in (c.text, *(p.display for p in c.codings))]
        shown = " ".join(texts).casefold()
        return any(word in shown for word in words)

    return passes


def aged_test(years: int) -> RowTest:
    """The person was at least so old on the day of the row's latest time."""

    def passes(row: Row, scene: Scene) -> bool:
        at = row.latest()
        if scene.index.born is None or at == UNKNOWN:
            return False
        return age_on(scene.index.born[1], day_of(at[0])) >= years

    return passes


def value_test(test: ValueTest) -> RowTest:
    """Has a value, has none, or its quantity compares so."""
    if test.is_present is not None:
        present = test.is_present
        return lambda row, _scene: (row.fact.value is not None) is present
    return lambda row, scene: compares(
        quantity_of(row.fact.value, as_published=scene.index.as_published), test
    )


def quantity_of(value: Value | None, *, as_published: bool = True) -> Quantity | None:
    """The number of a value. An amount written in words is none for the published measures; the
    care team's reading takes it."""
    if value is None or (as_published and value.text is not None):
        return None
    return value.quantity


def is_unreadable(value: Value | None, test: ValueTest) -> bool:
    """There is a result, but not one that can be compared."""
    quantity = quantity_of(value, as_published=False)
    return value is not None and (quantity is None or in_unit(quantity, test.unit) is None)


def in_unit(quantity: Quantity, unit: str) -> float | None:
    """The number in the rule's unit; None when the units cannot be compared."""
    if quantity.unit == unit:
        return quantity.value
    scale = SCALES.get((quantity.unit, unit))
    return None if scale is None else quantity.value * scale


def compares(quantity: Quantity | None, test: ValueTest) -> bool:
    """False when there is nothing to compare; "<5" or ">300" count only where they decide."""
    number = None if quantity is None else in_unit(quantity, test.unit)
    if quantity is None or number is None:
        return False
    side = quantity.comparator[:1]
    if side and side != test.comparison[:1]:
        return False
    return _compare(number, test.comparison, test.number)


def _compare(number: float, comparison: Comparison, limit: float) -> bool:
    if comparison == "<":
        return number < limit
    if comparison == "<=":
        return number <= limit
    if comparison == ">":
        return number > limit
    return number >= limit if comparison == ">=" else number == limit
