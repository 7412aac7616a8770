"""Real charts: every resource of the listed types is a fact or a counted reason."""

from collections import Counter
from pathlib import Path

import msgspec
import orjson
import pytest

from app.clinical.chart import Chart
from app.clinical.normalize import normalize_bundle, normalize_resources
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.profile import GENERIC
from tests.app.clinical.normalize.charts import READ

pytestmark = pytest.mark.shared


def facts_of(chart: Chart) -> Counter[str]:
    made = Counter(
        {
            kind: len(getattr(chart, known.field))
            for kind, known in KINDS.items()
            if kind != "Patient"
        }
    )
    made["Patient"] = int(chart.patient is not None)
    return made


def files(shared_data: Path) -> list[Path]:
    found = sorted(shared_data.glob("synthea/*.json")) + sorted(
        shared_data.glob("ecqm/CMS*/*.json")
    )
    assert len(found) > 100
    return found


def test_the_counts_add_up(shared_data: Path) -> None:
    for path in files(shared_data):
        raw = path.read_bytes()
        chart = normalize_bundle(raw, profile=GENERIC, read=READ)
        read = Counter(e["resource"]["resourceType"] for e in orjson.loads(raw)["entry"])
        aside = Counter(a.resource_type for a in chart.set_aside)
        unused = Counter({n.resource_type: n.count for n in chart.not_used})
        assert +(facts_of(chart) + aside + unused) == read
        assert not any(a.quarantined for a in chart.set_aside)


def test_order_does_not_matter_and_pieces_make_the_same_chart(shared_data: Path) -> None:
    raw = sorted(shared_data.glob("synthea/*.json"))[0].read_bytes()
    whole = normalize_bundle(raw, profile=GENERIC, read=READ)
    pieces = [orjson.dumps(e["resource"]) for e in orjson.loads(raw)["entry"]]
    for order in (pieces, pieces[::-1]):
        chart = normalize_resources(order, profile=GENERIC, read=READ)
        assert msgspec.json.encode(chart) == msgspec.json.encode(whole)
