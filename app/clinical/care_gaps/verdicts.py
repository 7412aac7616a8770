"""Verdicts: what the care team reads. A gap's status today, when it is due, and until when that
holds. Plans nothing and contacts nobody.

The period is the calendar year of `today`, as the measures count. Who needs the care does not
depend on a visit having happened yet; the official count does, and is told beside it.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from app.clinical.care_gaps.constancy import is_lasting, is_settled, not_before
from app.clinical.care_gaps.due import due_of
from app.clinical.care_gaps.evidence import Step
from app.clinical.care_gaps.judge import Judgement, Status, judge, missing_of, steps_of
from app.clinical.care_gaps.measures import Measure, Measures, SetUse
from app.clinical.care_gaps.turns import days_ahead, horizon_of
from app.clinical.chart import Chart
from app.clinical.rules.scene import Index, Scene
from app.clinical.rules.windows import Period

LINE: Mapping[Status, frozenset[str]] = {
    "open": frozenset({"numerator"}),
    "met": frozenset({"numerator"}),
    "excluded": frozenset({"denominator_exclusion", "denominator_exception", "numerator"}),
    "unknown": frozenset(),
    "not_applicable": frozenset(),
}
"""The populations whose steps one line of a list is made of: what decided. Of what is not known
it says what is missing."""
ORDER: dict[Status, int] = {"open": 0, "unknown": 1, "met": 2, "excluded": 3, "not_applicable": 4}


class Gap(Struct, frozen=True, gc=False, kw_only=True):
    """One measure for one patient as of a day.

    `due`: while open, the last day to close it; while met, the next due day where one is known.
    `excluded_since`: the first day of the fact that excludes. `missing`: what would have to be
    known. `valid_until`: the first day on which status or due date changes with no new data;
    None = never, or not asked for. `in_denominator`: counted by the official measure this year;
    None = not asked for.
    """

    measure: str
    name: str
    status: Status
    due: date | None
    action: str
    closes: str
    steps: tuple[Step, ...]
    missing: tuple[str, ...]
    excluded_since: date | None
    valid_until: date | None
    in_denominator: bool | None
    period: Period
    source: str
    version: str
    value_sets: tuple[SetUse, ...]


def year_of(today: date) -> Period:
    """The calendar year of a day, asked on that day."""
    return Period(date(today.year, 1, 1), date(today.year, 12, 31), today)


def evaluate_gaps(
    chart: Chart,
    measures: Measures,
    *,
    today: date,
    ids: Iterable[str] | None = None,
    by_reference: bool = False,
    for_list: bool = False,
) -> tuple[Gap, ...]:
    """Every measure in force for this patient: open first, then not known, met, excluded.

    A measure that does not apply tells its steps only when it was asked for by id: lists do not
    show it, and most measures do not apply to most people. `for_list` works out only what a line
    shows: no `valid_until`, no `in_denominator`, and the steps of LINE alone. That is half of the
    work; all else is the same.
    """
    work = _Evaluation(chart, measures, today, by_reference=by_reference, tells_all=ids is not None)
    work.for_list = for_list
    wanted = measures.only(measures.ids if ids is None else ids)
    gaps = [work.gap(m) for m in wanted if is_in_force(m, today)]
    gaps.sort(key=lambda g: (ORDER[g.status], g.due or date.max, g.name))
    return tuple(gaps)


def is_in_force(measure: Measure, day: date) -> bool:
    """The rules' own dates of effect."""
    head = measure.head
    return head.effective_from <= day and not (
        head.effective_until is not None and head.effective_until < day
    )


class _Evaluation:
    """One patient on one day; scenes are shared by all measures that look at the same day."""

    def __init__(
        self, chart: Chart, measures: Measures, today: date, *, by_reference: bool, tells_all: bool
    ):
        self.measures = measures
        self.tells_all = tells_all
        self.for_list = False
        self.today = today
        self.period = year_of(today)
        self.index: Index = measures.index(chart, by_reference=by_reference, as_published=False)
        self.is_deceased = chart.patient is not None and chart.patient.deceased.state == "deceased"
        self._scenes: dict[date, Scene] = {}

    def scene(self, day: date) -> Scene:
        if day not in self._scenes:
            self._scenes[day] = self.measures.scene(self.index, year_of(day))
        return self._scenes[day]

    def gap(self, measure: Measure) -> Gap:
        scene = self.scene(self.today)
        judgement = self._judge(measure, scene)
        due = self._due(measure, scene, judgement.status, self.today)
        until: date | None = None
        next_due: date | None = None
        if not self.for_list or judgement.status == "met":  # what is met says when it is due again
            until, next_due = self._until(measure, judgement.status, due)
        steps = self._steps(judgement, scene)
        return Gap(
            measure=measure.id,
            name=measure.gap.name,
            status=judgement.status,
            due=next_due if judgement.status == "met" else due,
            action=measure.gap.action,
            closes=measure.gap.closes,
            steps=steps,
            missing=missing_of(judgement, scene) if judgement.status == "unknown" else (),
            excluded_since=_since(steps) if judgement.status == "excluded" else None,
            valid_until=None if self.for_list else until,
            in_denominator=None
            if self.for_list
            else measure.initial_population.holds(scene) is True,
            period=self.period,
            source=measure.head.source,
            version=measure.head.version,
            value_sets=measure.sets,
        )

    def _steps(self, judgement: Judgement, scene: Scene) -> tuple[Step, ...]:
        if judgement.status == "not_applicable" and not self.tells_all:
            return ()
        if self.for_list:
            judgement = judgement.within(LINE[judgement.status])
        return steps_of(judgement, scene, self.measures)

    def _judge(self, measure: Measure, scene: Scene) -> Judgement:
        if self.is_deceased:
            return Judgement("not_applicable", ())
        return judge(scene, measure, official=False)

    def _due(self, measure: Measure, scene: Scene, status: Status, day: date) -> date | None:
        return due_of(measure, scene, status, date(day.year, 12, 31)) if status == "open" else None

    def _until(
        self, measure: Measure, status: Status, due: date | None
    ) -> tuple[date | None, date | None]:
        """The first day with another status or due date, and what is due then."""
        if self.is_deceased or self._never_applies(measure, status):
            return None, None
        outside = status == "not_applicable"  # only who needs it can change that
        turns = measure.applies_turns if outside else measure.turns
        rest: tuple[date | None, date | None] = (horizon_of(self.today), None)
        last = horizon_of(self.today)
        if status == "open" and measure.due_from is None:  # its due day moves with the year
            rest = (date(self.today.year + 1, 1, 1), None)
            last = date(self.today.year, 12, 31)
        if status == "met" and is_lasting(measure, self.scene(self.today), self.measures.calendar):
            return rest
        ahead = days_ahead(turns, self.index, self.today, last)
        if outside:
            first = not_before(measure.applies, self.scene(self.today), self.measures.calendar)
            ahead = [day for day in ahead if day.year >= first]
        for day in ahead:
            scene = self.scene(day)
            then = judge(scene, measure, official=False).status
            due_then = self._due(measure, scene, then, day)
            if then != status or due_then != due:
                return day, due_then
        return rest

    def _never_applies(self, measure: Measure, status: Status) -> bool:
        return status == "not_applicable" and is_settled(
            measure.applies, self.scene(self.today), self.measures.calendar
        )


def _since(steps: tuple[Step, ...]) -> date | None:
    """The first day of the facts that exclude."""
    days = [
        ref.since
        for step in steps
        if step.population in ("denominator_exclusion", "denominator_exception")
        for ref in step.facts
        if ref.since is not None
    ]
    return min(days, default=None)
