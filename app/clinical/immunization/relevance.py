"""Relevance (chapter 5): which of an antigen's series concern this patient today."""

from collections.abc import Sequence

from app.clinical.immunization.frame import Frame
from app.clinical.immunization.schedule import Antigen, Series, pick_unbegun


def is_indicated(series: Series, frame: Frame) -> bool:
    """Table 5-5: does the patient have an indication of this risk series?"""
    return any(
        row.code in frame.observed and frame.in_window(frame.as_of, row.begin, row.end)
        for row in series.indications
    )


def relevant_series(antigen: Antigen, frame: Frame) -> Sequence[Series]:
    """The relevant series that can matter, in the file's order (table 5-4: an unknown gender is
    Unknown, which some series name)."""
    gender, has_doses = frame.history.gender, antigen.name in frame.records
    if not frame.observed or antigen.indications.isdisjoint(frame.observed):
        return antigen.plain[gender] if has_doses else antigen.unbegun[gender]
    relevant = [
        s
        for s in antigen.series
        if (s.kind != "Risk" or is_indicated(s, frame)) and (not s.genders or gender in s.genders)
    ]
    return relevant if has_doses else pick_unbegun(relevant)
