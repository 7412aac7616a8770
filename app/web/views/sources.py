"""Where each fact of a chart comes from, by kind and id. Builds an index; words nothing."""

from app.clinical.chart import Chart
from app.clinical.elements import Source
from app.clinical.facts import Fact

FACT_LISTS = (
    "encounters", "conditions", "observations", "medications", "immunizations", "procedures",
    "service_requests", "device_requests", "diagnostic_reports", "coverages",
)  # fmt: skip


def index_sources(chart: Chart) -> dict[tuple[str, str], Source]:
    """(kind of fact, id) → where it comes from."""
    found: dict[tuple[str, str], Source] = {}
    for name in FACT_LISTS:
        facts: tuple[Fact, ...] = getattr(chart, name)
        found |= {(type(f).__name__, f.id): f.source for f in facts}
    return found
