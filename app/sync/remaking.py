"""Kept charts made anew after a change of the tenant's mappings, and what that changes.

A mapping that was taken away leaves the charts at once, so that no gap stays closed by it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.clinical.chart import Chart
from app.clinical.elements import Coding
from app.clinical.normalize.quality import facts_of
from app.clinical.remap import PLACES, remap
from app.clinical.terminology import Mappings
from app.clinical.unmap import unmap
from app.errors import AppError, StaleWrite
from app.store.db import Store
from app.store.records.charts import load_chart_keys, load_chart_of, save_remade
from app.store.records.codes import (
    CodeMapping,
    has_leftovers,
    load_mapping_stamp,
    load_mappings,
)
from app.store.transactions import TenantTx
from app.sync.data_quality import count_chart
from app.sync.mappings import build_mappings, forget_mapping, keep_mapping, target_of

LOG = logging.getLogger(__name__)
TRIES = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """What a mapping changes in the kept charts: how many of them, and which facts (resource
    type → how many of them get a meaning). `looked` of `kept` charts were looked at: fewer than
    all when time ran out."""

    charts: int
    facts: tuple[tuple[str, int], ...]
    looked: int = 0
    kept: int = 0

    @property
    def is_whole(self) -> bool:
        return self.looked == self.kept


async def set_mapping(
    store: Store, tenant_id: str, mapping: CodeMapping, *, mapped_by: str
) -> Difference:
    """Saves the mapping, then puts it into every kept chart that carries the code."""
    former = await keep_mapping(store, tenant_id, mapping, mapped_by=mapped_by)
    return await remake_charts(store, tenant_id, gone=(former,) if former else ())


async def drop_mapping(
    store: Store, tenant_id: str, system: str, code: str, *, removed_by: str
) -> Difference:
    """Takes a mapping away, and its meaning out of every kept chart. Raises NotFound."""
    former = await forget_mapping(store, tenant_id, system, code, removed_by=removed_by)
    return await remake_charts(store, tenant_id, gone=(former,))


async def remake_charts(
    store: Store, tenant_id: str, *, gone: Sequence[CodeMapping] = ()
) -> Difference:
    """Puts the table as it stands into every kept chart, after taking out what is `gone`."""
    return await _walk(store, tenant_id, gone=gone)


async def preview_mapping(
    store: Store, tenant_id: str, mapping: CodeMapping, *, within_s: float | None = None
) -> Difference:
    """What set_mapping would change, as far as can be looked at in that time. Changes nothing."""
    return await _walk(store, tenant_id, preview=mapping, within_s=within_s)


async def _walk(
    store: Store,
    tenant_id: str,
    *,
    preview: CodeMapping | None = None,
    gone: Sequence[CodeMapping] = (),
    within_s: float | None = None,
) -> Difference:
    """Chart by chart, each in a transaction of its own, so that nobody waits for all of them."""
    until = None if within_s is None else asyncio.get_running_loop().time() + within_s
    async with store.read(tenant_id) as tx:
        keys = await load_chart_keys(tx)
    charts, looked, facts = 0, 0, Counter[str]()
    for key in keys:
        if until is not None and asyncio.get_running_loop().time() > until:
            break
        if preview is not None:
            found = await _look(store, tenant_id, key, preview)
        else:
            found = await _remake(store, tenant_id, key, gone)
        charts, looked = charts + bool(found), looked + 1
        facts.update(found)
    return Difference(charts, tuple(sorted(facts.items())), looked, len(keys))


async def _look(store: Store, tenant_id: str, key: str, preview: CodeMapping) -> Counter[str]:
    async with store.read(tenant_id) as tx:
        stored = await load_chart_of(tx, key)
        known = build_mappings(await load_mappings(tx)) if stored else Mappings()
    if stored is None:
        return Counter()
    former = known.find(preview.system, preview.code)
    written = Coding(preview.system, preview.code)
    bare = unmap(stored.chart, written, former) if former else stored.chart
    return count_changed(stored.chart, remap(bare, build_mappings([preview])))


async def _remake(
    store: Store, tenant_id: str, key: str, gone: Sequence[CodeMapping]
) -> Counter[str]:
    for attempt in range(1, TRIES + 1):
        try:
            async with store.write(tenant_id) as tx:
                return await _remake_once(tx, key, gone)
        except StaleWrite:
            # Another reading was kept just now; the next one looks at that.
            if attempt == TRIES:
                raise
    return Counter()


async def _remake_once(tx: TenantTx, key: str, gone: Sequence[CodeMapping]) -> Counter[str]:
    stored = await load_chart_of(tx, key)
    if stored is None:
        return Counter()
    new = stored.chart
    for former in gone:
        new = unmap(new, Coding(former.system, former.code), target_of(former))
    new = await with_mappings(tx, new)
    if new is stored.chart or new == stored.chart:
        return Counter()
    await save_remade(tx, key, new, expected_version=stored.version)
    await count_chart(tx, stored.chart, new)
    return count_changed(stored.chart, new)


async def with_mappings(tx: TenantTx, chart: Chart) -> Chart:
    """The chart with the table of this very moment: it may have changed since it was read."""
    return remap(chart, build_mappings(await load_mappings(tx))) if chart.unmapped else chart


def count_changed(before: Chart, now: Chart) -> Counter[str]:
    """Resource type → how many of its facts differ."""
    kinds = (
        (b.source.resource_type, b is not n and b != n)
        for b, n in zip(facts_of(before), facts_of(now), strict=True)
    )
    return Counter(kind for kind, differs in kinds if differs and kind in PLACES)


@dataclass(slots=True)
class Remaker:
    """One per process: remakes a tenant's charts beside the request that asked for it. What a
    stopped process left undone, `resume` takes up."""

    store: Store
    _running: dict[str, asyncio.Task[Difference | None]] = field(default_factory=dict)
    _resumed: dict[str, object] = field(default_factory=dict)

    async def run(
        self, tenant_id: str, gone: Sequence[CodeMapping] = (), *, wait_s: float
    ) -> Difference | None:
        """What changed; None when it goes on after `wait_s`."""
        before = self._running.get(tenant_id)
        task = asyncio.create_task(self._remake(tenant_id, gone, before), name="remake charts")
        self._running[tenant_id] = task
        task.add_done_callback(lambda done: self._forget(tenant_id, done))
        done, _pending = await asyncio.wait({task}, timeout=wait_s)
        return task.result() if done else None

    async def resume(self, tenant_id: str) -> None:
        """Remake the charts that still carry a code which the table explains, if there are any;
        once for each state of the table, as some may be beyond its reach."""
        if tenant_id in self._running:
            return
        async with self.store.read(tenant_id) as tx:
            stamp = await load_mapping_stamp(tx)
            is_left = self._resumed.get(tenant_id) != stamp and await has_leftovers(tx)
        self._resumed[tenant_id] = stamp
        if is_left:
            await self.run(tenant_id, wait_s=0)

    async def drain(self) -> None:
        """Stop; for a clean shutdown. What is undone waits for `resume`."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _remake(
        self,
        tenant_id: str,
        gone: Sequence[CodeMapping],
        before: "asyncio.Task[Difference | None] | None",
    ) -> Difference | None:
        if before is not None:
            await asyncio.wait({before})
        try:
            return await remake_charts(self.store, tenant_id, gone=gone)
        except AppError as exc:
            LOG.warning("charts of %s not remade: %s", tenant_id, exc.code)
            return None

    def _forget(self, tenant_id: str, task: "asyncio.Task[Difference | None]") -> None:
        if self._running.get(tenant_id) is task:
            del self._running[tenant_id]
