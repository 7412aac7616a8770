"""Seasons: the dates of a seasonal recommendation, and the switch that carries them forward.

CDC's season dates are absolute and end; the logic then says Not Recommended until new data come.
The switch (off for CDC's cases, on for live use) moves a season by whole years, so that it is the
first one that has not ended on the assessment date. The count windows of the same series dose's
skips move with it. A season without an end is never moved.
"""

from datetime import date

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.offsets import shift_years
from app.clinical.immunization.schedule import Season, SeriesDose


def years_moved(dose: SeriesDose, frame: Frame) -> int:
    """By how many years this dose's season is moved; 0 when the switch is off."""
    season = dose.season
    if not frame.season_shift or season is None or season.end is None:
        return 0
    years = frame.as_of.year - season.end.year
    return years if shift_years(season.end, years) >= frame.as_of else years + 1


def season_of(dose: SeriesDose, frame: Frame) -> Season | None:
    """The dose's season as it counts in this frame."""
    if dose.season is None:
        return None
    years = years_moved(dose, frame)
    if not years:
        return dose.season
    return Season(moved(dose.season.start, years), moved(dose.season.end, years))


def moved(day: date | None, years: int) -> date | None:
    return shift_years(day, years) if day is not None and years else day
