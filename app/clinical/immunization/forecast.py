"""Forecast (chapter 7): what a walked series still needs, and when. Fills status and dates."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.clinical.immunization.evaluate import age_in_force
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.intervals import intervals_in_force, reference_date
from app.clinical.immunization.offsets import add
from app.clinical.immunization.progress import Dates, Progress, SeriesStatus, Target
from app.clinical.immunization.schedule import Age, Antigen, Preferred, SeriesDose
from app.clinical.immunization.seasons import season_of
from app.clinical.immunization.skips import may_skip

_ONE_DAY = timedelta(days=1)


class Standing:
    """What holds for a whole antigen, found once for all its series: immunity (8.2) and
    contraindications (8.3). `blocked` are the CVX that may not be given."""

    __slots__ = ("blocked", "is_contraindicated", "is_immune")

    def __init__(self, frame: Frame, antigen: Antigen) -> None:
        self.is_immune = _is_immune(frame, antigen)
        self.is_contraindicated = False
        self.blocked: set[str] = set()
        if frame.observed:
            self.is_contraindicated = any(frame.applies(row) for row in antigen.contraindications)
            self.blocked.update(_blocked(frame, antigen))


def _blocked(frame: Frame, antigen: Antigen) -> Iterator[str]:
    for row in antigen.vaccine_contraindications:
        if row.code in frame.observed:
            for cvx, windows in row.vaccines.items():
                if frame.in_windows(frame.as_of, windows):
                    yield cvx


def _is_immune(frame: Frame, antigen: Antigen) -> bool:
    """Table 7-3. A country of birth that is not known agrees."""
    if any(code in frame.observed for code in antigen.immunity_codes):
        return True
    country = frame.history.birth_country
    return any(
        frame.history.birth_date < row.before
        and not any(code in frame.observed for code in row.exclusions)
        and (not row.country or not country or country == row.country)
        for row in antigen.immunity_births
    )


def forecast_series(
    frame: Frame, progress: Progress, standing: Standing, complete: frozenset[str]
) -> None:
    """Repeat until no target is skipped: each turn skips one, so it ends (8.1 … 8.6)."""
    while True:
        target = progress.next_target()
        if target is not None and _skips(frame, progress, target, frame.as_of, complete):
            continue
        progress.target = target
        earliest = _candidate(frame, progress, target) if target else frame.as_of
        progress.status, progress.reason = _need(frame, progress, standing, earliest)
        if progress.status != "Not Complete" or target is None:
            return
        if _skips(frame, progress, target, earliest, complete):
            continue
        progress.dates = _dates(frame, progress, target, earliest)
        return


def _skips(
    frame: Frame, progress: Progress, target: Target, day: date, complete: frozenset[str]
) -> bool:
    dose = target.dose
    if not dose.skips or not may_skip(dose, frame, progress, day=day, complete=complete):
        return False
    target.status = "Skipped"
    return True


def _candidate(frame: Frame, progress: Progress, target: Target) -> date:
    """FORECASTDTCAN-1: the latest of what the age, the intervals, blocking doses, the season and
    the last dose held against this series ask for; the date of birth when nothing does."""
    found: list[date] = []
    age = age_in_force(target.dose, frame.as_of)
    if age is not None and age.min is not None:
        found.append(frame.ages[age.min])
    for row in intervals_in_force(target.dose.intervals, frame.as_of):
        reference = reference_date(row, frame, progress) if row.min is not None else None
        if reference is not None and row.min is not None:
            found.append(add(reference, row.min))
    if frame.doses:
        blockable = frame.schedule.conflicts
        ends = [frame.conflict_end(cvx) for cvx in target.dose.preferable if cvx in blockable]
        found.extend(end for end in ends if end is not None)
    season = season_of(target.dose, frame)
    if season is not None and season.start is not None:
        found.append(season.start)
    if progress.evaluations:
        found.append(frame.doses[max(progress.evaluations)].given)
    return max(found, default=frame.history.birth_date)


def _need(
    frame: Frame, progress: Progress, standing: Standing, earliest: date
) -> tuple[SeriesStatus, str]:
    """Table 7-10, its columns from left to right."""
    target = progress.target
    if target is None:
        if progress.valid_count:
            return "Complete", "the series is complete"
        return "Not Recommended", "not recommended at this time because of past doses"
    if standing.is_immune:
        return "Immune", "there is evidence of immunity"
    if standing.is_contraindicated or _all_blocked(target, standing):
        return "Contraindicated", "there is a contraindication"
    season = season_of(target.dose, frame)
    if season is not None and season.end is not None and frame.as_of > season.end:
        return "Not Recommended", "the season for this vaccine is over"
    return _age_need(frame, target, earliest)


def _age_need(frame: Frame, target: Target, earliest: date) -> tuple[SeriesStatus, str]:
    age = age_in_force(target.dose, frame.as_of)
    if age is None or age.max is None or max(frame.as_of, earliest) < frame.ages[age.max]:
        return "Not Complete", ""
    if frame.as_of >= frame.ages[age.max]:
        return "Aged Out", "the maximum age has passed"
    return "Aged Out", "the series cannot be finished before the maximum age"


def _all_blocked(target: Target, standing: Standing) -> bool:
    preferable = target.dose.preferable
    return bool(preferable) and standing.blocked.issuperset(preferable)


def _dates(frame: Frame, progress: Progress, target: Target, earliest: date) -> Dates:
    """8.5. An age attribute replaces the interval attribute of the same name."""
    age = age_in_force(target.dose, frame.as_of) or Age()
    recommended = past_due = None
    for row in intervals_in_force(target.dose.intervals, frame.as_of):
        reference = reference_date(row, frame, progress)
        if reference is None:
            continue
        if row.earliest_recommended is not None:
            day = add(reference, row.earliest_recommended)
            recommended = max(recommended or day, day)
        if row.latest_recommended is not None:
            day = add(reference, row.latest_recommended)
            past_due = max(past_due or day, day)
    if age.earliest_recommended is not None:
        recommended = frame.ages[age.earliest_recommended]
    if age.latest_recommended is not None:
        past_due = frame.ages[age.latest_recommended]
    recommended = recommended or earliest
    past_due = past_due and past_due - _ONE_DAY
    return Dates(
        earliest=earliest,
        recommended=max(earliest, recommended),
        past_due=max(earliest, past_due) if past_due else None,
        latest=frame.ages[age.max] - _ONE_DAY if age.max else None,
        unadjusted_recommended=recommended,
        unadjusted_past_due=past_due,
    )


def dose_number(frame: Frame, progress: Progress) -> int:
    """FORECASTDN-1: one more than the satisfied targets, of this season where there is one."""
    counted = 1
    for target in progress.satisfied:
        season = season_of(target.dose, frame)
        start = season.start if season else None
        counted += start is None or frame.doses[target.place].given >= start
    return counted


def recommended_vaccines(frame: Frame, progress: Progress, standing: Standing) -> tuple[str, ...]:
    """FORECASTRECVAC-1: preferable vaccines that the data mark to be named in a forecast, that
    are not blocked, and whose ages hold the earliest or the recommended date. Most series mark
    none: any preferable vaccine will do."""
    if progress.target is None or progress.dates is None:
        return ()
    days = (progress.dates.earliest, progress.dates.recommended)
    return tuple(
        cvx
        for cvx, rows in _marked(progress.target.dose)
        if cvx not in standing.blocked
        and any(frame.in_window(day, row.begin, row.end) for row in rows for day in days)
    )


def _marked(dose: SeriesDose) -> list[tuple[str, list[Preferred]]]:
    """The preferable vaccines with a row that may be named in a forecast, and those rows."""
    found = []
    for cvx, rows in dose.preferable.items():
        named = [row for row in rows if row.forecast]
        if named:
            found.append((cvx, named))
    return found


def usable_vaccines(frame: Frame, progress: Progress, standing: Standing) -> tuple[str, ...]:
    """Every preferable vaccine that is not blocked and would count from the day it can next be
    given to the recommended one. Ours: what a nurse may take from the shelf."""
    if progress.target is None or progress.dates is None:
        return ()
    first = max(frame.as_of, progress.dates.earliest)
    last = max(frame.as_of, progress.dates.recommended)
    found = []
    for cvx, rows in progress.target.dose.preferable.items():
        if cvx in standing.blocked or not frame.in_windows(first, rows):
            continue
        if last == first or frame.in_windows(last, rows):
            found.append(cvx)
    return tuple(found)
