"""Forecast (chapter 7): what a walked series still needs, and when. Fills status and dates."""

from collections.abc import Iterator, Sequence, Set
from datetime import date, timedelta

from msgspec import Struct

from app.clinical.immunization.evaluate import age_in_force
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.intervals import intervals_in_force, reference_date
from app.clinical.immunization.offsets import add
from app.clinical.immunization.progress import Dates, Progress, SeriesStatus
from app.clinical.immunization.schedule import (
    Age,
    Antigen,
    Interval,
    Preferred,
    Season,
    SeriesDose,
)
from app.clinical.immunization.seasons import season_of
from app.clinical.immunization.skips import may_skip

_ONE_DAY = timedelta(days=1)
_ANY_AGE = Age()


class Standing:
    """What holds for a whole antigen, found once for all its series: immunity (8.2) and
    contraindications (8.3). `blocked` are the CVX that may not be given."""

    __slots__ = ("blocked", "is_contraindicated", "is_immune")

    def __init__(self, frame: Frame, antigen: Antigen) -> None:
        self.is_immune = _is_immune(frame, antigen)
        self.is_contraindicated = False
        self.blocked: set[str] = set()
        if frame.observed and not antigen.warnings.isdisjoint(frame.observed):
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
    if not antigen.immunity_codes and not antigen.immunity_births:
        return False
    if any(code in frame.observed for code in antigen.immunity_codes):
        return True
    country = frame.history.birth_country
    return any(
        frame.history.birth_date < row.before
        and not any(code in frame.observed for code in row.exclusions)
        and (not row.country or not country or country == row.country)
        for row in antigen.immunity_births
    )


class InUse(Struct, gc=False):
    """Of a target dose's rows those in use on the assessment date."""

    age: Age | None
    intervals: Sequence[Interval]
    season: Season | None


def _in_use(frame: Frame, dose: SeriesDose) -> InUse:
    return InUse(
        age_in_force(dose, frame.as_of) if dose.ages else None,
        intervals_in_force(dose.intervals, frame.as_of) if dose.intervals else (),
        season_of(dose, frame) if dose.season else None,
    )


def forecast_series(
    frame: Frame, progress: Progress, standing: Standing, complete: Set[str]
) -> None:
    """Repeat until no target is skipped: each turn skips one, so it ends (8.1 … 8.6)."""
    while True:
        progress.target = target = progress.next_target()
        if target is None:
            progress.status, progress.reason = _end(progress)
            return
        dose = target.dose
        if may_skip(dose, frame, progress, day=frame.as_of, complete=complete):
            target.status = "Skipped"
            continue
        rows = _in_use(frame, dose)
        earliest = _candidate(frame, progress, dose, rows)
        progress.status, progress.reason = _need(frame, dose, rows, standing, earliest)
        if progress.status != "Not Complete":
            return
        if dose.is_skipped_by_day and may_skip(
            dose, frame, progress, day=earliest, complete=complete
        ):
            target.status = "Skipped"
            continue
        progress.dates = _dates(frame, progress, rows, earliest)
        return


def _candidate(frame: Frame, progress: Progress, dose: SeriesDose, rows: InUse) -> date:
    """FORECASTDTCAN-1: the latest of what the age, the intervals, blocking doses, the season and
    the last dose held against this series ask for; the date of birth when nothing does."""
    found: list[date] = []
    if rows.age is not None and rows.age.min is not None:
        found.append(frame.ages[rows.age.min])
    for row in rows.intervals:
        reference = reference_date(row, frame, progress) if row.min is not None else None
        if reference is not None and row.min is not None:
            found.append(add(reference, row.min))
    if frame.is_blocking:
        ends = [frame.conflict_end(cvx) for cvx in dose.preferable]
        found.extend([end for end in ends if end is not None])
    if rows.season is not None and rows.season.start is not None:
        found.append(rows.season.start)
    if progress.last >= 0:
        found.append(frame.doses[progress.last].given)
    return max(found, default=frame.history.birth_date)


def _end(progress: Progress) -> tuple[SeriesStatus, str]:
    """Table 7-10 where no target is left."""
    if progress.valid_count:
        return "Complete", "the series is complete"
    return "Not Recommended", "not recommended at this time because of past doses"


def _need(
    frame: Frame, dose: SeriesDose, rows: InUse, standing: Standing, earliest: date
) -> tuple[SeriesStatus, str]:
    """Table 7-10 while a target is left, its columns from left to right."""
    if standing.is_immune:
        return "Immune", "there is evidence of immunity"
    if standing.is_contraindicated or _all_blocked(dose, standing):
        return "Contraindicated", "there is a contraindication"
    season = rows.season
    if season is not None and season.end is not None and frame.as_of > season.end:
        return "Not Recommended", "the season for this vaccine is over"
    return _age_need(frame, rows.age, earliest)


def _age_need(frame: Frame, age: Age | None, earliest: date) -> tuple[SeriesStatus, str]:
    if age is None or age.max is None or max(frame.as_of, earliest) < frame.ages[age.max]:
        return "Not Complete", ""
    if frame.as_of >= frame.ages[age.max]:
        return "Aged Out", "the maximum age has passed"
    return "Aged Out", "the series cannot be finished before the maximum age"


def _all_blocked(dose: SeriesDose, standing: Standing) -> bool:
    preferable = dose.preferable
    return bool(standing.blocked and preferable) and standing.blocked.issuperset(preferable)


def _dates(frame: Frame, progress: Progress, rows: InUse, earliest: date) -> Dates:
    """8.5. An age attribute replaces the interval attribute of the same name."""
    age = rows.age or _ANY_AGE
    recommended = past_due = None
    for row in rows.intervals:
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
    if not progress.valid_count:
        return counted
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
