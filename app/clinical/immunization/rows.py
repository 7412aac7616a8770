"""Rows: a forecast as plain values with stable names, for JSON lines and tables."""

from datetime import date
from typing import Any

from app.clinical.immunization.progress import Dates
from app.clinical.immunization.results import (
    DoseVerdict,
    Evidence,
    GroupForecast,
    SeriesForecast,
)

Row = dict[str, Any]


def build_row(patient: str, forecast: GroupForecast) -> Row:
    """One line of `chartside immunizations forecast`: the eight named columns first."""
    shown = forecast.shown
    return {
        "patient": patient,
        "group": forecast.group,
        **_forecast(shown),
        "doses": [_dose(verdict, forecast.group) for verdict in forecast.doses],
        "latest": _day(shown.dates.latest if shown.dates else None),
        "series_type": shown.kind,
        "series": list(shown.series),
        "vaccines": list(shown.vaccines),
        "usable": list(shown.usable),
        "shared_decision": shown.is_shared_decision,
        "antigens_needed": list(shown.antigens_needed),
        "reasons": list(shown.reasons),
        "guidance": list(shown.guidance),
        "evidence": [_evidence(e) for e in forecast.evidence],
        "contraindications": [e.code for e in forecast.contraindications],
        "others": [
            {**_forecast(o), "series_type": o.kind, "series": list(o.series)}
            for o in forecast.others
        ],
        "left_out": list(forecast.left_out),
        "as_of": forecast.as_of.isoformat(),
        "schedule": forecast.schedule_version,
        "season_shift": forecast.season_shift,
    }


def _forecast(one: SeriesForecast) -> Row:
    dates: Dates | None = one.dates
    return {
        "series_status": one.status,
        "forecast_number": one.number,
        "earliest": _day(dates.earliest if dates else None),
        "recommended": _day(dates.recommended if dates else None),
        "past_due": _day(dates.past_due if dates else None),
    }


def _dose(verdict: DoseVerdict, group: str) -> Row:
    row: Row = {
        "date": verdict.given.isoformat(),
        "cvx": verdict.cvx,
        "status": verdict.status,
        "reasons": list(verdict.reasons),
        "notes": list(verdict.notes),
        "target": verdict.target or None,
        "series_type": verdict.kind,
        "id": verdict.id,
    }
    if verdict.group != group:
        row["judged_in"] = verdict.group
    if verdict.shown:
        row["in_shown_series"] = {
            "status": verdict.shown.status,
            "reasons": list(verdict.shown.reasons),
        }
    return row


def _evidence(item: Evidence) -> Row:
    return {
        "code": item.code,
        "title": item.title,
        "role": item.role,
        "date": _day(item.when),
        "vaccines": list(item.vaccines),
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
