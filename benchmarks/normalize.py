"""Normalization: time from bytes to facts over that of orjson on the same bytes, in one run."""

import gc
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from app.clinical.chart import Chart
from app.clinical.elements import ReadInfo
from app.clinical.normalize import normalize_bundle
from app.clinical.normalize.profile import GENERIC
from app.clinical.normalize.quality import count_types
from benchmarks.figure import Figure

FIGURES = ("normalize_ratio", "normalize_resources_per_s")
CHARTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "synthea"
ROUNDS = 25
READ = ReadInfo("benchmark", datetime(2026, 1, 1, tzinfo=UTC), "", "")


def run() -> Iterator[Figure]:
    """For each chart the least of several rounds of both, taken turn by turn, then summed."""
    charts = [path.read_bytes() for path in sorted(CHARTS.glob("*.json"))]
    if not charts:
        return
    whole = sum(sum(t.read for t in count_types(_normalize(raw))) for raw in charts)
    parsed = normalized = 0.0
    for raw in charts:
        rounds = [(_timed(orjson.loads, raw), _timed(_normalize, raw)) for _ in range(ROUNDS)]
        parsed += min(p for p, _ in rounds)
        normalized += min(n for _, n in rounds)
    megabytes = sum(map(len, charts)) / 1e6
    note = f"{len(charts)} charts, {whole} resources, {megabytes:.1f} MB; least of {ROUNDS} rounds"
    yield Figure("normalize_ratio", normalized / parsed, "x orjson.loads", note)
    yield Figure("normalize_resources_per_s", round(whole / normalized), "1/s", "one core")


def _normalize(raw: bytes) -> Chart:
    return normalize_bundle(raw, profile=GENERIC, read=READ)


def _timed(work: Callable[[bytes], object], raw: bytes) -> float:
    """CPU seconds of one call, its result dropped after the clock has stopped."""
    gc.collect()
    began = time.process_time()
    result = work(raw)
    spent = time.process_time() - began
    del result
    return spent
