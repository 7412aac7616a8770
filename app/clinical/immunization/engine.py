"""The engine: one patient's history against the schedule, as forecasts per vaccine group.

CDC's CDSi logic 4.6 from end to end. Pure: the assessment date is an argument, and the same
history gives the same answer in whatever order it is told.
"""

from collections.abc import Sequence
from datetime import date

from app.clinical.immunization.evaluate import evaluate_series
from app.clinical.immunization.forecast import Standing, forecast_series
from app.clinical.immunization.frame import Frame
from app.clinical.immunization.groups import build_blends, plan_shown
from app.clinical.immunization.history import History
from app.clinical.immunization.progress import Progress
from app.clinical.immunization.relevance import relevant_series
from app.clinical.immunization.report import Judged, build_brief, build_forecast
from app.clinical.immunization.results import GroupForecast
from app.clinical.immunization.schedule import Antigen, Schedule, Series
from app.clinical.immunization.select import evaluate_best


def forecast_patient(
    history: History,
    schedule: Schedule,
    *,
    as_of: date,
    season_shift: bool = True,
    explains: bool = True,
) -> tuple[GroupForecast, ...]:
    """One forecast per vaccine group that has a best series, in the schedule's order.

    Doses and observations after `as_of` are not seen. `season_shift` carries the absolute season
    dates of the data forward to the season around `as_of`; it is for live use and off for CDC's
    cases. A group that asks nothing of this patient (a risk vaccine without the risk) is absent.
    Without `explains` a forecast says what is asked and when, not why nor with which vaccine.
    """
    frame = Frame(history, schedule, as_of, season_shift=season_shift)
    judged = evaluate_groups(frame)
    if not explains:
        return tuple([build_brief(frame, one) for one in judged])
    return tuple(build_forecast(frame, one, judged) for one in judged)


def evaluate_groups(frame: Frame) -> list[Judged]:
    """Each group's blends, the one to show, and the antigens' standing."""
    best: dict[str, list[Progress]] = {}
    standings: dict[str, Standing] = {}
    for antigen in frame.schedule.antigens:
        relevant = relevant_series(antigen, frame)
        if relevant:
            standings[antigen.name] = standing = Standing(frame, antigen)
            series = _progressed(frame, antigen, relevant, standing)
            best[antigen.name] = evaluate_best(frame, series)
    judged = []
    for group in frame.schedule.groups:
        of_group = [p for name in group.antigens for p in best.get(name, ())]
        if of_group:
            blends = build_blends(frame, group, of_group)
            judged.append(Judged(group, blends, plan_shown(blends), standings))
    return judged


def _progressed(
    frame: Frame, antigen: Antigen, relevant: Sequence[Series], standing: Standing
) -> list[Progress]:
    """Every relevant series walked and forecast, those that ask about others after them; the
    result is in the file's order, which settles ties."""
    progress = [Progress(antigen, series) for series in relevant]
    has_doses = antigen.name in frame.records
    complete: set[str] = set()
    for one in sorted(progress, key=_stage) if len(progress) > 1 else progress:
        if has_doses:
            evaluate_series(frame, one, complete)
        forecast_series(frame, one, standing, complete)
        if one.status == "Complete":
            complete.add(one.series.group)
    return progress


def _stage(one: Progress) -> int:
    return one.series.stage
