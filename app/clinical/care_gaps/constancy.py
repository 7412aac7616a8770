"""Constancy: which answers cannot change with no new data, or not before a year. Pure walk."""

from app.clinical.care_gaps.measures import Measure
from app.clinical.rules.absence import is_absent
from app.clinical.rules.definitions import Age, Combine, Find, Sex
from app.clinical.rules.instants import ages_on
from app.clinical.rules.nodes import Node, Truth
from app.clinical.rules.scene import Scene
from app.clinical.rules.windows import Calendar


def is_lasting(measure: Measure, scene: Scene, calendar: Calendar) -> bool:
    """Its status is the same on every later day: what must hold is there for good, and what must
    not cannot come without a new fact."""
    asked = (measure.numerator, measure.denominator_exclusion, measure.denominator_exception)
    lasts = (one is None or one.is_fixed or is_absent(one, scene.index) for one in asked)
    return all(lasts) and is_settled(measure.applies, scene, calendar)


def is_settled(node: Node, scene: Scene, calendar: Calendar) -> bool:
    """The answer is the same on every later day: nobody grows younger, no fact appears."""
    body = node.definition.body
    if isinstance(body, Sex):
        return True
    if isinstance(body, Age):
        return _age_is_settled(body, scene, calendar)
    if isinstance(body, Combine) and node.unbound is None:
        return _combined(body, node, scene, calendar)
    return not _has_facts(node, scene)


def not_before(node: Node, scene: Scene, calendar: Calendar) -> int:
    """The first year in which a statement that does not hold could: nobody grows older sooner."""
    body = node.definition.body
    if isinstance(body, Age):
        return _of_age(body, scene, calendar)
    if isinstance(body, Combine) and body.how == "all" and node.unbound is None:
        return max(not_before(part, scene, calendar) for part in node.parts)
    return 0


def _of_age(body: Age, scene: Scene, calendar: Calendar) -> int:
    born, low = scene.index.born, body.test.low
    if born is None or low is None:
        return 0
    oldest = ages_on(born, scene.days[calendar.day(body.test.at)])[1]
    return born[0].year + low if oldest < low else 0


def _age_is_settled(body: Age, scene: Scene, calendar: Calendar) -> bool:
    born = scene.index.born
    if born is None:
        return True
    test = body.test
    youngest, _ = ages_on(born, scene.days[calendar.day(test.at)])
    if test.high is not None:
        return youngest > test.high
    return test.low is None or youngest >= test.low


def _combined(body: Combine, node: Node, scene: Scene, calendar: Calendar) -> bool:
    deciding: Truth = body.how != "all"
    all_settled = True
    for part in node.parts:
        if not is_settled(part, scene, calendar):
            all_settled = False
        elif part.holds(scene) is deciding:
            return True
    return all_settled


def _has_facts(node: Node, scene: Scene) -> bool:
    """Some fact could be counted on some day."""
    body = node.definition.body
    if isinstance(body, Find) and not body.base:
        if body.codes is None:
            return bool(scene.index.whole(body.kind))
        return any(key in scene.rows for key in node.keys)
    parts = node.parts[1:] if node.unbound is not None else node.parts
    return any(_has_facts(part, scene) for part in parts)
