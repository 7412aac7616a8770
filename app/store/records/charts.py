"""Charts: one sealed snapshot per patient, replaced as a whole. Reads no EHR, judges nothing."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import msgspec
from sqlalchemy import bindparam

from app.clinical.chart import Chart
from app.clinical.elements import Completeness
from app.errors import StaleWrite
from app.store.records.needs import mark_to_judge
from app.store.records.patients import remember_patient
from app.store.tables.charts import CHART
from app.store.transactions import TenantTx, build_tenant_select

LOG = logging.getLogger(__name__)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Chart)
_BEST_FIRST = get_args(Completeness)
_OF_PATIENT = build_tenant_select(CHART).where(CHART.c.patient_key == bindparam("patient"))


@dataclass(frozen=True, slots=True)
class StoredChart:
    """A snapshot as it was saved. `completeness` maps resource type → how its search ended."""

    chart: Chart
    version: int
    read_at: datetime
    normalizer_version: str
    completeness: Mapping[str, str]


async def load_chart(tx: TenantTx, patient_id: str) -> StoredChart | None:
    """The patient's snapshot; None when there is none that this version can read."""
    return await load_chart_of(tx, tx.patient_key(patient_id))


async def load_chart_keys(tx: TenantTx) -> tuple[str, ...]:
    """The patient keys of all snapshots, in order."""
    query = tx.select(CHART, CHART.c.patient_key).order_by(CHART.c.patient_key)
    return tuple(row.patient_key for row in await tx.all(query))


async def load_chart_of(tx: TenantTx, key: str) -> StoredChart | None:
    """As load_chart, by the key that stands for the patient."""
    row = await tx.first(_OF_PATIENT, {"tenant": tx.tenant_id, "patient": key})
    if row is None:
        return None
    body = await tx.open(CHART, "body_sealed", key, row.body_sealed)
    try:
        chart = _DECODER.decode(body)
    except msgspec.MsgspecError:
        LOG.warning("a stored chart has a former shape; it will be read anew")
        return None
    return StoredChart(chart, row.version, row.read_at, row.normalizer_version, row.completeness)


async def save_chart(
    tx: TenantTx,
    patient_id: str,
    chart: Chart,
    *,
    read_at: datetime,
    expected_version: int | None = None,
) -> int:
    """Puts `chart` in place of the last snapshot; the new version, 1 for the first.

    With `expected_version` (0: none yet) raises StaleWrite if another snapshot came between.
    What the chart is open for waits to be judged from now on.
    """
    key = await remember_patient(tx, patient_id)
    await mark_to_judge(tx, key, read_at)
    values = {
        "body_sealed": tx.seal(CHART, "body_sealed", key, _ENCODER.encode(chart)),
        "read_at": read_at,
        "normalizer_version": chart.normalizer_version,
        "completeness": build_completeness(chart),
    }
    if expected_version != 0 and (version := await _replace(tx, key, values, expected_version)):
        return version
    if not expected_version and await tx.insert_new(
        CHART, {**values, "patient_key": key, "version": 1}
    ):
        return 1
    if expected_version is None and (version := await _replace(tx, key, values, None)):
        return version  # another first snapshot came between the two statements above
    raise StaleWrite


async def save_remade(tx: TenantTx, key: str, chart: Chart, *, expected_version: int) -> None:
    """Puts `chart` in place of the snapshot it was made from; its reading times stay. Raises
    StaleWrite if another snapshot came between."""
    sealed = tx.seal(CHART, "body_sealed", key, _ENCODER.encode(chart))
    if not await _replace(tx, key, {"body_sealed": sealed}, expected_version):
        raise StaleWrite
    await mark_to_judge(tx, key, None)


async def _replace(
    tx: TenantTx, key: str, values: Mapping[str, Any], expected_version: int | None
) -> int:
    """The new version, 0 when there is no such row."""
    change = tx.update(CHART).where(CHART.c.patient_key == key)
    if expected_version is not None:
        change = change.where(CHART.c.version == expected_version)
    change = change.values(**values, version=CHART.c.version + 1)
    row = await tx.first(change.returning(CHART.c.version))
    return row.version if row is not None else 0


def build_completeness(chart: Chart) -> dict[str, str]:
    """The worst outcome per resource type."""
    worst: dict[str, str] = {}
    for search in chart.searches:
        known = worst.get(search.resource_type, _BEST_FIRST[0])
        worst[search.resource_type] = max(known, search.completeness, key=_BEST_FIRST.index)
    return worst
