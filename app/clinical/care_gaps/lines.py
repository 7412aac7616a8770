"""Lines: a measure's official result for one patient, in the shape that commands print."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from app.clinical.care_gaps.due import due_of
from app.clinical.care_gaps.evidence import Step
from app.clinical.care_gaps.judge import Status, judge, missing_of, steps_of
from app.clinical.care_gaps.measures import Measure, Measures
from app.clinical.care_gaps.populations import evaluate_populations
from app.clinical.chart import Chart
from app.clinical.rules.scene import Scene
from app.clinical.rules.windows import Period


class GapLine(Struct, frozen=True, kw_only=True):
    """One patient, measure and group. A population that the measure lacks is None."""

    patient: str
    measure: str
    group: str
    initial_population: int
    denominator: int
    denominator_exclusion: int | None
    denominator_exception: int | None
    numerator: int
    status: Status
    due: date | None
    missing: tuple[str, ...]
    evidence: tuple[Step, ...]


def evaluate_lines(
    chart: Chart,
    measures: Measures,
    wanted: Iterable[Measure],
    period: Period,
    *,
    by_reference: bool = False,
) -> list[GapLine]:
    """The official populations of a period, with the steps behind them. Each measure has one
    group."""
    scene = measures.scene(measures.index(chart, by_reference=by_reference), period)
    patient = chart.patient.id if chart.patient else ""
    return [_line(patient, measure, measures, scene, period) for measure in wanted]


def _line(
    patient: str, measure: Measure, measures: Measures, scene: Scene, period: Period
) -> GapLine:
    found = evaluate_populations(scene, measure)
    judgement = judge(scene, measure, official=True)
    return GapLine(
        patient=patient,
        measure=measure.id,
        group="1",
        initial_population=found.initial_population,
        denominator=found.denominator,
        denominator_exclusion=found.denominator_exclusion,
        denominator_exception=found.denominator_exception,
        numerator=found.numerator,
        status=judgement.status,
        due=due_of(measure, scene, judgement.status, period.end),
        missing=missing_of(judgement, scene),
        evidence=steps_of(judgement, scene, measures),
    )
