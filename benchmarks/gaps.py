"""Care gaps: over facts, and from a real chart's bytes to every verdict against json.loads.

Charts are the twelve Synthea bundles and the public test decks beside the checkout; without them
the figures are not taken.
"""

import gc
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from app.clinical.care_gaps import Measures, Period, evaluate_gaps, evaluate_populations
from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC
from app.sync.rule_files import load_measures
from benchmarks.figure import Figure

FIGURES = ("gaps_us_per_patient_measure", "gaps_chart_ms", "gaps_vs_json")

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
TODAY = date(2025, 6, 30)
PERIOD = Period(date(2025, 1, 1), date(2025, 12, 31), TODAY)
ROUNDS = 7


def best(work: Callable[[], object]) -> float:
    """Processor seconds of the fastest round: what the work costs, whatever else is running."""
    gc.collect()
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def run() -> Iterator[Figure]:
    if not DATA.is_dir():
        return
    measures = load_measures(ROOT, DATA / "ecqm" / "valuesets")
    read = ReadInfo("file", datetime(2025, 6, 30, tzinfo=UTC), "", "")
    raws = [p.read_bytes() for p in sorted((DATA / "synthea").glob("*.json"))]
    decks = [p.read_bytes() for p in sorted((DATA / "ecqm").glob("CMS*/*.json"))]
    charts = [normalize_bundle(raw, profile=GENERIC, read=read) for raw in (*raws, *decks)]
    # As `chartside serve` does once it is up: what is there to stay is not traversed again.
    gc.collect()
    gc.freeze()
    each = best(lambda: over_facts(charts, measures)) / len(charts) / len(measures)
    yield Figure(FIGURES[0], each * 1e6, "us", f"{len(charts)} charts, {len(measures)} measures")

    def to_verdicts() -> None:
        for raw in raws:
            chart = normalize_bundle(raw, profile=GENERIC, read=read)
            evaluate_gaps(chart, measures, today=TODAY)

    chart_s = best(to_verdicts) / len(raws)
    json_s = best(lambda: [json.loads(raw) for raw in raws]) / len(raws)
    size = sum(map(len, raws)) // len(raws) // 1000
    yield Figure(FIGURES[1], chart_s * 1e3, "ms", f"bytes to all verdicts, {size} kB on average")
    yield Figure(FIGURES[2], chart_s / json_s, "x", f"json.loads {json_s * 1e3:.2f} ms")


def over_facts(charts: list[Chart], measures: Measures) -> None:
    """Every population of every measure, the index of the chart included."""
    for chart in charts:
        scene = measures.scene(measures.index(chart), PERIOD)
        for measure in measures:
            evaluate_populations(scene, measure)
