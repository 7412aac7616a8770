"""Care gaps: measures judged over a chart's facts, with evidence. Pure; reads no files."""

from app.clinical.care_gaps.deqm import Letterhead, build_deqm_bundle
from app.clinical.care_gaps.lines import GapLine, evaluate_lines
from app.clinical.care_gaps.measures import Measure, Measures, compile_measures
from app.clinical.care_gaps.populations import Populations, evaluate_populations
from app.clinical.care_gaps.verdicts import Gap, evaluate_gaps
from app.clinical.rules.windows import Period

__all__ = [
    "Gap",
    "GapLine",
    "Letterhead",
    "Measure",
    "Measures",
    "Period",
    "Populations",
    "build_deqm_bundle",
    "compile_measures",
    "evaluate_gaps",
    "evaluate_lines",
    "evaluate_populations",
]
