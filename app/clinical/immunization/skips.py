"""Conditional skips (6.2): is a target dose not needed? Asked when evaluating, forecasting and
validating a forecast; changes nothing itself."""

from collections.abc import Sequence, Set
from datetime import date

from msgspec import Struct

from app.clinical.immunization.frame import Frame, in_force
from app.clinical.immunization.offsets import FIRST_DAY, LAST_DAY, add
from app.clinical.immunization.progress import Progress
from app.clinical.immunization.schedule import SeriesDose, Skip, SkipCondition, SkipSet
from app.clinical.immunization.seasons import moved, years_moved


class Question(Struct, gc=False):
    """`day` is the reference date (CONDSKIP-2); `before` the place of the dose under evaluation,
    None when forecasting; `complete` the antigen's series groups known to be complete."""

    frame: Frame
    progress: Progress
    day: date
    complete: Set[str]
    before: int | None = None
    years: int = 0


def may_skip(
    dose: SeriesDose,
    frame: Frame,
    progress: Progress,
    *,
    day: date,
    complete: Set[str],
    before: int | None = None,
) -> bool:
    """True when any of the dose's skips that fit the context says so."""
    skips = dose.forecast_skips if before is None else dose.evaluation_skips
    if not skips:
        return False
    years = years_moved(dose, frame) if dose.season else 0
    asked = Question(frame, progress, day, complete, before, years)
    for skip in skips:  # noqa: SIM110 — plain loops: asked of every target of every series
        if _skips(skip, asked):
            return True
    return False


def _skips(skip: Skip, asked: Question) -> bool:
    anchor = asked.frame.as_of if asked.before is None else asked.day
    is_asked = False
    for part in skip.sets:
        is_dated = part.effective is not None or part.cessation is not None
        if not is_dated or in_force(part.effective, part.cessation, anchor):
            is_asked = True
            if _set_holds(part, asked) is not skip.all:
                return not skip.all
    return is_asked and skip.all


def _set_holds(part: SkipSet, asked: Question) -> bool:
    for condition in part.conditions:
        if condition.kind == "age":
            holds = asked.frame.in_window(asked.day, condition.begin, condition.end)
        else:
            holds = _holds(condition, asked)
        if holds is part.any:
            return part.any
    return not part.any


def _holds(condition: SkipCondition, asked: Question) -> bool:
    """A condition that is not about age."""
    if condition.kind == "completed":
        return not asked.complete.isdisjoint(condition.groups)
    if condition.kind == "interval":
        return _interval_passed(condition, asked)
    counted = _count(condition, asked)
    if condition.logic == ">":
        return counted > condition.count
    return counted == condition.count if condition.logic == "=" else counted < condition.count


def _interval_passed(condition: SkipCondition, asked: Question) -> bool:
    earlier = asked.progress.earlier(asked.frame, asked.before)
    if not earlier or condition.interval is None:
        return False
    previous = asked.frame.doses[earlier[-1]].given
    return asked.day >= add(previous, condition.interval)


def _count(condition: SkipCondition, asked: Question) -> int:
    """CONDSKIP-1: listed vaccines are sought in the whole history, else the antigen's records."""
    candidates = _candidates(condition, asked)
    if not candidates:
        return 0
    frame, doses, vaccines = asked.frame, asked.frame.doses, condition.vaccines
    is_dated = condition.start is not None or condition.stop is not None
    counted = 0
    for place in candidates:
        dose = doses[place]
        if vaccines and dose.cvx not in vaccines:
            continue
        if is_dated and not _in_time(condition, asked.years, dose.given):
            continue
        if condition.valid and not _is_valid(asked.progress, place):
            continue
        counted += frame.in_window(dose.given, condition.begin, condition.end)
    return counted


def _in_time(condition: SkipCondition, years: int, given: date) -> bool:
    start = moved(condition.start, years) or FIRST_DAY
    return start <= given < (moved(condition.stop, years) or LAST_DAY)


def _candidates(condition: SkipCondition, asked: Question) -> Sequence[int]:
    if not condition.vaccines:
        return asked.progress.earlier(asked.frame, asked.before)
    return range(len(asked.frame.doses) if asked.before is None else asked.before)


def _is_valid(progress: Progress, place: int) -> bool:
    evaluation = progress.evaluations.get(place)
    return evaluation is not None and evaluation.status == "Valid"
