"""Due: the last day to close an open gap. Judges nothing."""

from datetime import date

from app.clinical.care_gaps.evidence import fact_ref
from app.clinical.care_gaps.judge import Status
from app.clinical.care_gaps.measures import Measure
from app.clinical.rules.instants import add_to_day
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import Scene


def due_of(measure: Measure, scene: Scene, status: Status, period_end: date) -> date | None:
    """The period's last day, or so many days after the fact that started the clock; None while
    the gap is not open."""
    if status != "open":
        return None
    if measure.due_from is None:
        return period_end
    rows = sorted(measure.due_from.rows(scene), key=Row.order)
    started = fact_ref(rows[-1]).day if rows else None
    return None if started is None else add_to_day(started, measure.gap.due_days, "days")
