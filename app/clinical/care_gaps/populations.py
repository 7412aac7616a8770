"""Populations: a measure's official counts for one patient (shared rule R7). No care advice."""

from msgspec import Struct

from app.clinical.care_gaps.measures import Measure
from app.clinical.rules.nodes import Node, Truth
from app.clinical.rules.scene import Scene


class Populations(Struct, frozen=True, gc=False):
    """0 or 1 each; None where the measure has no such population."""

    initial_population: int
    denominator: int
    denominator_exclusion: int | None
    denominator_exception: int | None
    numerator: int


def _of(node: Node | None, value: int) -> int | None:
    return None if node is None else value


def evaluate_populations(scene: Scene, measure: Measure) -> Populations:
    """What is not known counts as not so: absent data never puts a patient in a population."""
    exclusion, exception = measure.denominator_exclusion, measure.denominator_exception
    excluded = excepted = numerator = 0
    initial = _yes(measure.initial_population.holds(scene))
    if initial:
        excluded = _yes(exclusion is not None and exclusion.holds(scene))
        if not excluded:
            numerator = _yes(measure.numerator.holds(scene))
            if not numerator:
                excepted = _yes(exception is not None and exception.holds(scene))
    return Populations(
        initial, initial, _of(exclusion, excluded), _of(exception, excepted), numerator
    )


def _yes(truth: Truth) -> int:
    return 1 if truth else 0
