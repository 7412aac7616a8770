"""Kept charts judged across patients: when kept, when the day changes, when the rules change.

One chart at a time, each in a transaction of its own. Shows nothing and plans nothing.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from app.clinical.care_gaps import Gap, Measures, evaluate_gaps
from app.clinical.care_gaps.fingerprint import build_fingerprint
from app.clinical.chart import Chart
from app.clinical.immunization import Tables, evaluate_outlook
from app.clinical.needs import build_needs
from app.errors import AppError
from app.store.db import Store
from app.store.records.charts import load_chart_of
from app.store.records.gap_decisions import build_evidence_key, load_decisions
from app.store.records.needs import (
    ToJudge,
    load_to_judge,
    postpone,
    save_needs,
)
from app.store.records.needs_due import load_tenants_to_judge, mark_other_rules
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.courtesy import let_nobody_first

LOG = logging.getLogger(__name__)
AT_ONCE = 50
PAUSE_S = 0.01
"""Between two charts: whoever opens a chart meanwhile goes first."""
READING = "1"
"""Goes up when build_needs reads the same verdicts otherwise."""


def build_rules_stamp(measures: Measures, tables: Tables, texts: Mapping[str, str]) -> str:
    """Names what charts are judged by: rule texts, value sets and schedule. Another text, another
    list of codes or another release gives another name."""
    sets = [(m.id, m.head.version, [msgspec.to_builtins(s) for s in m.sets]) for m in measures]
    schedule = (tables.schedule.version, tables.schedule.digest)
    body = msgspec.json.encode([READING, dict(texts), sets, schedule], order="sorted")
    return hashlib.sha256(body).hexdigest()[:16]


@dataclass(slots=True)
class NeedsJudge:
    """`rules` is build_rules_stamp of what it judges by. `let_first` returns when no page is being
    made, and soon in any case."""

    store: Store
    measures: Measures
    tables: Tables
    rules: str
    let_first: Callable[[], Awaitable[None]] = let_nobody_first
    _is_marked: bool = False

    async def find_tenants(self) -> tuple[tuple[str, datetime], ...]:
        """Tenants with a chart to judge, and since when the latest waits. Once per process what
        other rules judged is among them."""
        if not self._is_marked:
            async with self.store.write_wide() as wide:
                await mark_other_rules(wide, self.rules)
            self._is_marked = True
        async with self.store.read_wide() as wide:
            return await load_tenants_to_judge(wide)

    async def judge_tenant(self, tenant_id: str) -> int:
        """Every chart of the tenant that is to be judged now; how many were."""
        judged = 0
        while True:
            async with self.store.read(tenant_id) as tx:
                due = await load_to_judge(tx, limit=AT_ONCE)
                zone = ZoneInfo((await load_tenant(tx)).time_zone) if due else None
            if zone is None:
                return judged
            for one in due:
                await self.let_first()
                judged += await self._try(tenant_id, one, zone)
                await asyncio.sleep(PAUSE_S)

    async def _try(self, tenant_id: str, due: ToJudge, zone: ZoneInfo) -> bool:
        """One chart that cannot be judged must not keep the others waiting."""
        try:
            return await self._judge(tenant_id, due, zone)
        except AppError:
            raise
        except Exception as exc:
            LOG.error("a kept chart cannot be judged: %s", type(exc).__name__)
            return await self._postpone(tenant_id, due, zone)

    async def _judge(self, tenant_id: str, due: ToJudge, zone: ZoneInfo) -> bool:
        async with self.store.read(tenant_id) as tx:
            stored = await load_chart_of(tx, due.patient_key)
            now = tx.now
        if stored is None or stored.chart.patient is None:
            return await self._postpone(tenant_id, due, zone)
        today = now.astimezone(zone).date()
        gaps = evaluate_gaps(stored.chart, self.measures, today=today, for_list=True)
        outlook = evaluate_outlook(stored.chart, self.tables, today=today, explains=False)
        needs = build_needs(gaps, outlook)
        async with self.store.write(tenant_id) as tx:
            evidence = await self._find_evidence(tx, stored.chart, gaps)
            return await save_needs(
                tx,
                due,
                needs,
                today=today,
                rules=self.rules,
                next_at=next_day(today, zone),
                evidence=evidence,
            )

    async def _find_evidence(
        self, tx: TenantTx, chart: Chart, gaps: tuple[Gap, ...]
    ) -> dict[str, str]:
        """Measure → the key of the facts behind it, for those that somebody set aside."""
        if chart.patient is None:
            return {}
        aside = {d.measure for d in await load_decisions(tx, chart.patient.id)}
        by_id = {m.id: m for m in self.measures}
        return {
            gap.measure: build_evidence_key(
                tx, build_fingerprint(chart, self.measures, by_id[gap.measure], gap.status)
            )
            for gap in gaps
            if gap.measure in aside and gap.status in ("open", "unknown")
        }

    async def _postpone(self, tenant_id: str, due: ToJudge, zone: ZoneInfo) -> bool:
        async with self.store.write(tenant_id) as tx:
            await postpone(tx, due, next_day(tx.now.astimezone(zone).date(), zone))
        return False


def next_day(today: date, zone: ZoneInfo) -> datetime:
    """Midnight where the staff are: the first moment at which a verdict may differ by itself."""
    return datetime.combine(today + timedelta(days=1), time.min, zone).astimezone(UTC)
