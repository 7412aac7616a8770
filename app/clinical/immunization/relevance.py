"""Relevance (chapter 5): which of an antigen's series concern this patient today."""

from collections.abc import Sequence

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.schedule import Antigen, Series


def is_indicated(series: Series, frame: Frame) -> bool:
    """Table 5-5: does the patient have an indication of this risk series?"""
    return any(
        row.code in frame.observed and frame.in_window(frame.as_of, row.begin, row.end)
        for row in series.indications
    )


def relevant_series(antigen: Antigen, frame: Frame) -> list[Series]:
    """The relevant series that can matter, in the file's order (table 5-4: an unknown gender is
    Unknown, which some series name).

    Without any dose of the antigen no standard series can be scored where its group has a default
    (SELECTSCORE-2), so the default alone stands for such a group: the answer is the same.
    """
    gender, observed = frame.history.gender, frame.observed
    relevant = [
        s
        for s in antigen.series
        if (s.kind != "Risk" or (observed and is_indicated(s, frame)))
        and (not s.genders or gender in s.genders)
    ]
    if frame.records.get(antigen.name):
        return relevant
    settled = _settled_groups(relevant)
    return [s for s in relevant if s.default or s.group not in settled]


def _settled_groups(relevant: Sequence[Series]) -> set[str]:
    risky = {s.group for s in relevant if s.kind == "Risk"}
    return {s.group for s in relevant if s.default} - risky
