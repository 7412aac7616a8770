"""Selection (chapter 8): per series group one prioritized series, of these the best ones."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from app.clinical.immunization.evaluate import age_in_force
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.intervals import intervals_in_force
from app.clinical.immunization.offsets import add
from app.clinical.immunization.progress import Progress
from app.clinical.immunization.schedule import Series


def evaluate_best(frame: Frame, series: Sequence[Progress]) -> list[Progress]:
    """The best patient series among an antigen's relevant ones; several are normal, none too."""
    if len(series) == 1 and series[0].series.default and series[0].series.kind == "Standard":
        return list(series)  # nothing to choose among: what table 8-3 says of a sole default
    groups: dict[str, list[Progress]] = {}
    for one in series:
        groups.setdefault(one.series.group, []).append(one)
    prioritized = [p for group in groups.values() if (p := _prioritized(frame, group))]
    return [p for p in prioritized if _is_best(p, prioritized)]


def _is_best(one: Progress, prioritized: list[Progress]) -> bool:
    """Table 8-14. Equivalence is asked of this series only; it is not symmetric."""
    if one.status == "Complete":
        return True
    equals = [p for p in prioritized if p.series.group in one.series.equivalent and p is not one]
    if any(p.status == "Complete" for p in equals) or one.series.kind == "Evaluation Only":
        return False
    return one.series.kind == "Risk" or not any(p.series.kind == "Risk" for p in equals)


def _prioritized(frame: Frame, group: list[Progress]) -> Progress | None:
    """Table 8-3, then the points."""
    scorable = _scorable(frame, group)
    if len(scorable) == 1:
        return scorable[0]
    defaults = [p for p in group if p.series.default]
    default = defaults[0] if defaults else None
    if not scorable:
        return default
    complete = [p for p in scorable if p.status == "Complete"]
    started = [p for p in scorable if p.status == "Not Complete" and p.valid_count]
    if len(complete) == 1:
        return complete[0]
    if not complete and len(started) == 1:
        return started[0]
    if not complete and not started and default:
        return default
    return _highest(_scored(frame, scorable, complete, started))


def _scorable(frame: Frame, group: list[Progress]) -> list[Progress]:
    """SELECTB-24, SELECTSCORE-2."""
    candidates = [p for p in group if p.status != "Contraindicated"] or group
    best = min([p.series.priority for p in group if p.series.kind == "Risk"], default="")
    untouched = not [p for p in group if p.valid_count or p.series.default]
    return [p for p in candidates if _is_scorable(frame, p, best, untouched=untouched)]


def _is_scorable(frame: Frame, one: Progress, best: str, *, untouched: bool) -> bool:
    if one.series.kind == "Risk":
        return one.series.priority == best
    if one.series.kind == "Evaluation Only":
        return one.status == "Complete"
    if not one.valid_count:
        return untouched
    limit = one.series.max_age_to_start
    if limit is None:
        return True
    return frame.doses[one.satisfied[0].place].given < frame.ages[limit]  # the oldest comes first


def _scored(
    frame: Frame, scorable: list[Progress], complete: list[Progress], started: list[Progress]
) -> dict[Progress, int]:
    """Table 8-5: which series take part and their points. The last line is a corner the tables
    leave open (doses given, but no series open or complete): preference alone decides."""
    if complete:
        return _sum(complete, [_most_valid(complete, 1)])
    if started:
        return _started_points(frame, started)
    new = [p for p in scorable if not p.valid_count]
    return _new_points(frame, new) if new else dict.fromkeys(scorable, 0)


def _highest(points: dict[Progress, int]) -> Progress:
    """SELECTBEST-1, -2: most points, then the lowest preference number, then the file's order."""
    return min(points, key=lambda p: (-points[p], _preference(p.series)))


def _preference(series: Series) -> int:
    return 1_000 if series.preference is None else series.preference


Points = dict[Progress, int]


def _sum(series: Iterable[Progress], parts: list[Points]) -> Points:
    return {p: sum(part[p] for part in parts) for p in series}


def _each(series: Iterable[Progress], is_true: Callable[[Progress], bool], value: int) -> Points:
    return {p: value if is_true(p) else -value for p in series}


def _shared(series: Sequence[Progress], winners: list[Progress], value: int) -> Points:
    """`value` to a sole winner, 0 to each of several, the negative to the others."""
    prize = value if len(winners) == 1 else 0
    return {p: prize if p in winners else -value for p in series}


def _most_valid(series: Sequence[Progress], value: int) -> Points:
    most = max(p.valid_count for p in series)
    return _shared(series, [p for p in series if p.valid_count == most], value)


def _started_points(frame: Frame, started: list[Progress]) -> Points:
    """Table 8-9."""
    finish = {p: _finish_date(frame, p) for p in started}
    able = {p: day for p, day in finish.items() if day and _is_completable(frame, p, day)}
    missing = {p: sum(t.status == "Not Satisfied" for t in p.targets) for p in started}
    fewest = min(missing.values())
    first = min(able.values(), default=None)
    return _sum(
        started,
        [
            _each(started, lambda p: p.series.product_path and _is_all_valid(p), 2),
            _each(started, lambda p: p in able, 3),
            _most_valid(started, 2),
            _shared(started, [p for p in started if missing[p] == fewest], 2),
            _shared(started, [p for p, day in able.items() if day == first], 1),
        ],
    )


def _new_points(frame: Frame, new: list[Progress]) -> Points:
    """Table 8-11."""
    starts = {p: p.dates.earliest for p in new if p.dates}
    first = min(starts.values(), default=None)
    finish = {p: _finish_date(frame, p) for p in new}
    return _sum(
        new,
        [
            _shared(new, [p for p, day in starts.items() if day == first], 1),
            _each(new, lambda p: bool((d := finish[p]) and _is_completable(frame, p, d)), 1),
            _each(new, lambda p: not p.series.product_path, 1),
        ],
    )


def _is_all_valid(one: Progress) -> bool:
    """SELECTB-2: a Not Valid try that was made good later still spoils it."""
    return all(e.status == "Valid" for e in one.evaluations.values())


def _finish_date(frame: Frame, one: Progress) -> date | None:
    """SELECTB-12: the forecast's earliest date and the largest minimum interval still to come."""
    if one.dates is None:
        return None
    earliest = one.dates.earliest
    rest = [t for t in one.targets if t.status == "Not Satisfied" and t is not one.target]
    return max(
        (
            add(earliest, row.min)
            for target in rest
            for row in intervals_in_force(target.dose.intervals, frame.as_of)
            if row.min is not None
        ),
        default=earliest,
    )


def _is_completable(frame: Frame, one: Progress, finish: date) -> bool:
    """SELECTB-3: before the maximum age of the last target; without one always."""
    age = age_in_force(one.targets[-1].dose, frame.as_of)
    return age is None or age.max is None or finish < frame.ages[age.max]
