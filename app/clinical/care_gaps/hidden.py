"""Which gaps a local code may hide: measures whose rules look at the kind of fact that carries it.

May: only its meaning tells whether it does. Reads no chart.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.clinical.care_gaps.measures import Measure, Measures
from app.clinical.rules.nodes import Node
from app.clinical.rules.scene import RESOURCES


class Hiding(Struct, frozen=True):
    """(measure id, gap name) pairs. `sought`: a rule looks for words that the code's own words
    hold, so that gap already says that it cannot tell; `others` look at facts of that type."""

    sought: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()


class HiddenGaps:
    """The measures' nodes walked once; asked for each code of a queue."""

    def __init__(self, measures: Measures) -> None:
        self._seeks = [(m, tuple(dict.fromkeys(_seeks(m)))) for m in measures]

    def find(self, resource_type: str, display: str) -> Hiding:
        """`display` is what the source calls the code."""
        kind, text = RESOURCES.get(resource_type), display.casefold()
        sought, others = [], []
        for measure, seeks in self._seeks:
            name = (measure.id, measure.gap.name)
            words = [words for k, words in seeks if k == kind]
            if any(word in text for each in words for word in each):
                sought.append(name)
            elif words:
                others.append(name)
        return Hiding(tuple(sought), tuple(others))


def _seeks(measure: Measure) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(kind of fact, words that its display may hold) of every question the measure asks."""
    seen: set[int] = set()
    waiting = list(measure.nodes)
    while waiting:
        node: Node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += (*node.parts, *node.asked)
        if node.select is not None:
            yield from ((kind, node.words) for kind in sorted(node.own_kinds or node.kinds))
