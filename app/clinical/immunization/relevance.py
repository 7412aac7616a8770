"""Relevance (chapter 5): which of an antigen's series concern this patient today."""

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.schedule import Series


def is_relevant(series: Series, frame: Frame) -> bool:
    """Tables 5-4 and 5-5. An unknown gender is Unknown, which some series name."""
    if series.genders and frame.history.gender not in series.genders:
        return False
    if series.kind != "Risk":
        return True
    if not frame.observed:
        return False
    return any(
        row.code in frame.observed and frame.in_window(frame.as_of, row.begin, row.end)
        for row in series.indications
    )
