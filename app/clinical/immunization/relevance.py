"""Relevance (chapter 5): which of an antigen's series concern this patient today."""

from collections.abc import Sequence

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.schedule import Antigen, Series


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


def relevant_series(antigen: Antigen, frame: Frame) -> list[Series]:
    """The relevant series that can matter, in the file's order.

    Without any dose of the antigen no standard series can be scored where its group has a default
    (SELECTSCORE-2), so the default alone stands for such a group: the answer is the same.
    """
    relevant = [s for s in antigen.series if is_relevant(s, frame)]
    if frame.records.get(antigen.name):
        return relevant
    settled = _settled_groups(relevant)
    return [s for s in relevant if s.default or s.group not in settled]


def _settled_groups(relevant: Sequence[Series]) -> set[str]:
    risky = {s.group for s in relevant if s.kind == "Risk"}
    return {s.group for s in relevant if s.default} - risky
