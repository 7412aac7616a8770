"""Judge: a measure's status for one patient, and the steps that led there. No dates ahead.

Two readings. The official one asks the initial population (a visit in the period is part of it);
the care team's asks who needs the care, visit or not, and lets nobody who has died have a gap.
"""

from collections.abc import Container
from typing import Literal

from msgspec import Struct

from app.clinical.care_gaps.evidence import Step, explain, missing_in
from app.clinical.care_gaps.measures import Measure, Measures
from app.clinical.rules.nodes import Node, Truth
from app.clinical.rules.scene import Scene

Status = Literal["open", "met", "excluded", "not_applicable", "unknown"]


class Judgement(Struct, frozen=True, gc=False):
    """`asked` names the populations that were looked at, in order, with their answers."""

    status: Status
    asked: tuple[tuple[str, Node, Truth], ...]

    def within(self, names: Container[str]) -> "Judgement":
        """The same with only these populations."""
        return Judgement(self.status, tuple([one for one in self.asked if one[0] in names]))


def judge(scene: Scene, measure: Measure, *, official: bool) -> Judgement:
    """Exclusion comes before the numerator, the numerator before the exception (R7)."""
    name = "initial_population" if official else "applies"
    who = measure.initial_population if official else measure.applies
    belongs = who.holds(scene)
    asked = [(name, who, belongs)]
    if not belongs:
        return Judgement("not_applicable" if belongs is False else "unknown", tuple(asked))
    excluded = _ask("denominator_exclusion", measure.denominator_exclusion, scene, asked)
    if excluded:
        return Judgement("excluded", tuple(asked))
    numerator = _ask("numerator", measure.numerator, scene, asked)
    met = numerator if measure.head.better == "higher" or numerator is None else not numerator
    if met and (excluded is not None or not official):
        return Judgement("met", tuple(asked))
    excepted = _ask("denominator_exception", measure.denominator_exception, scene, asked)
    if excepted:
        return Judgement("excluded", tuple(asked))
    unsure = excluded is None or met is None or excepted is None
    return Judgement("unknown" if unsure else "open", tuple(asked))


def _ask(name: str, node: Node | None, scene: Scene, asked: list[tuple[str, Node, Truth]]) -> Truth:
    if node is None:
        return False
    answer = node.holds(scene)
    asked.append((name, node, answer))
    return answer


def steps_of(judgement: Judgement, scene: Scene, measures: Measures) -> tuple[Step, ...]:
    """How it was decided, population by population."""
    return tuple(
        step
        for name, node, _answer in judgement.asked
        for step in explain(name, node, scene, measures.calendar)
    )


def missing_of(judgement: Judgement, scene: Scene) -> tuple[str, ...]:
    """What would have to be known; empty unless something asked is not known."""
    found: dict[str, None] = {}
    for _name, node, answer in judgement.asked:
        if answer is None:
            found.update(dict.fromkeys(missing_in(node, scene)))
    return tuple(found)
