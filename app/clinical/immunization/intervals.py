"""Intervals (6.5, 6.6): what a dose's distance is counted from, and whether it is enough."""

from collections.abc import Sequence
from datetime import date

from app.clinical.immunization.frame import Frame, in_force
from app.clinical.immunization.offsets import add
from app.clinical.immunization.progress import Note, Progress
from app.clinical.immunization.schedule import Interval, SeriesDose


def intervals_in_force(rows: tuple[Interval, ...], anchor: date) -> Sequence[Interval]:
    if not rows:
        return rows
    return [
        row
        for row in rows
        if (row.effective is None and row.cessation is None)
        or in_force(row.effective, row.cessation, anchor)
    ]


def reference_date(
    row: Interval, frame: Frame, progress: Progress, before: int | None = None
) -> date | None:
    """The day an interval counts from (CALCDTINT-1, -2, -8, -9), None when there is none.

    `before` is the place of the dose under evaluation, None to look at the whole history.
    """
    if row.anchor == "previous":
        return frame.doses[progress.previous].given if progress.previous >= 0 else None
    if row.anchor == "target":
        satisfied = (t for t in progress.targets if t.dose.number == row.target)
        place = next((t.place for t in satisfied if t.status == "Satisfied"), None)
        return None if place is None else frame.doses[place].given
    if row.anchor == "recent":
        return _most_recent(row, frame, progress, before)
    return frame.observed.get(row.observation)


def _most_recent(
    row: Interval, frame: Frame, progress: Progress, before: int | None
) -> date | None:
    for place in range(len(frame.doses) if before is None else before)[::-1]:
        if frame.doses[place].cvx in row.vaccines:
            found = progress.evaluations.get(place)
            if found is None or not found.is_inadvertent:
                return frame.doses[place].given
    return None


def evaluate_intervals(
    dose: SeriesDose, frame: Frame, progress: Progress, place: int
) -> tuple[bool, tuple[Note, ...]]:
    """Are all preferable intervals kept, or else all allowable ones? With the grace note."""
    if not dose.intervals:
        return True, ()
    given = frame.doses[place].given
    is_kept, is_grace = True, False
    for row in intervals_in_force(dose.intervals, given):
        reference = reference_date(row, frame, progress, place)
        if reference is None:
            continue
        if row.absolute_min is not None and given < add(reference, row.absolute_min):
            is_kept = False
            break
        is_grace |= row.min is not None and given < add(reference, row.min)
    if is_kept:
        return True, ("Interval: Grace Period",) if is_grace else ()
    return _allowable_kept(dose, frame, progress, place), ()


def _allowable_kept(dose: SeriesDose, frame: Frame, progress: Progress, place: int) -> bool:
    given = frame.doses[place].given
    rows = intervals_in_force(dose.allowable_intervals, given)
    for row in rows:
        reference = reference_date(row, frame, progress, place)
        if reference is None:
            return False
        if row.absolute_min is not None and given < add(reference, row.absolute_min):
            return False
    return bool(rows)
