"""A tenant's own code mappings: as normalize takes them, and put into the charts that are kept.

Decides none and shows none.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.clinical.chart import Chart
from app.clinical.elements import Coding
from app.clinical.normalize.quality import facts_of
from app.clinical.remap import PLACES, remap
from app.clinical.terminology import CLINICAL, TEXT, Mappings, canonical_system
from app.errors import InvalidInput, NotFound, StaleWrite
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.charts import load_chart_keys, load_chart_of, save_remade
from app.store.records.codes import (
    CodeMapping,
    load_mapping_stamp,
    load_mappings,
    remove_mapping,
    save_mapping,
)
from app.store.transactions import TenantTx
from app.sync.data_quality import count_chart


def build_mappings(rows: Iterable[CodeMapping]) -> Mappings:
    """The stored rows as the table that codes are looked up in."""
    return Mappings(
        {
            (row.system, row.code): Coding(row.target_system, row.target_code, row.target_display)
            for row in rows
        }
    )


@dataclass(slots=True)
class MappingTables:
    """One per process. A table is kept until its stamp in the store changes, so that what another
    process or a command changed is in force with the next reading."""

    store: Store
    _known: dict[str, tuple[object, Mappings]] = field(default_factory=dict)

    async def load(self, tenant_id: str) -> Mappings:
        """The tenant's table as it stands now."""
        async with self.store.read(tenant_id) as tx:
            stamp = await load_mapping_stamp(tx)
            known = self._known.get(tenant_id)
            if known is not None and known[0] == stamp:
                return known[1]
            table = build_mappings(await load_mappings(tx))
        self._known[tenant_id] = (stamp, table)
        return table


TRIES = 3
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What a mapping changes in the kept charts: how many of them, and which facts (resource
    type → how many of them get a meaning)."""

    charts: int
    facts: tuple[tuple[str, int], ...]


def parse_mapping(
    system: str, code: str, target_system: str, target_code: str, display: str = ""
) -> CodeMapping:
    """A mapping as a person typed it. Raises InvalidInput with the field that cannot be so.

    The target must be in a system that rules may name; `system` is `urn:chartside:text` for words.
    """
    source, target = canonical_system(system.strip()), canonical_system(target_system.strip())
    local = code.strip().casefold() if source == TEXT else code.strip()
    meant = target_code.strip()
    for name, value in (("system", source), ("code", local), ("target_code", meant)):
        if not value or len(value) > LONGEST or not value.isprintable():
            raise InvalidInput("This must be one line of up to 200 characters.", field=name)
    if target not in CLINICAL:
        raise InvalidInput("No rule reads codes of this system.", field="target_system")
    if any(letter.isspace() for letter in meant):
        raise InvalidInput("A standard code holds no spaces.", field="target_code")
    if (source, local) == (target, meant):
        raise InvalidInput("This code already means itself.", field="target_code")
    return CodeMapping(source, local, target, meant, " ".join(display.split())[:LONGEST])


async def set_mapping(
    store: Store, tenant_id: str, mapping: CodeMapping, *, mapped_by: str
) -> Difference:
    """Saves the mapping, then puts it into every kept chart that carries the code."""
    async with store.write(tenant_id) as tx:
        await save_mapping(tx, mapping, mapped_by=mapped_by)
        await _note(tx, "mapping.saved", mapping.system, mapping.code, mapped_by)
    return await _walk(store, tenant_id, None)


async def preview_mapping(store: Store, tenant_id: str, mapping: CodeMapping) -> Difference:
    """What set_mapping would change. Changes nothing."""
    return await _walk(store, tenant_id, build_mappings([mapping]))


async def drop_mapping(
    store: Store, tenant_id: str, system: str, code: str, *, removed_by: str
) -> None:
    """Takes a mapping away; its code waits in the queue again. Charts lose its meaning when they
    are read next. Raises NotFound."""
    system = canonical_system(system.strip())
    code = code.strip().casefold() if system == TEXT else code.strip()
    async with store.write(tenant_id) as tx:
        if not await remove_mapping(tx, system, code):
            raise NotFound("There is no mapping of that code.")
        await _note(tx, "mapping.removed", system, code, removed_by)


async def _note(tx: TenantTx, action: str, system: str, code: str, actor: str) -> None:
    detail = {"system": system, "code": code}
    await append_audit(tx, AuditEntry(action=action, actor_id=actor, detail=detail))


async def _walk(store: Store, tenant_id: str, preview: Mappings | None) -> Difference:
    """Chart by chart, each in a transaction of its own, so that nobody waits for all of them."""
    async with store.read(tenant_id) as tx:
        keys = await load_chart_keys(tx)
    charts, facts = 0, Counter[str]()
    for key in keys:
        found = await _visit(store, tenant_id, key, preview)
        charts += bool(found)
        facts.update(found)
    return Difference(charts, tuple(sorted(facts.items())))


async def _visit(store: Store, tenant_id: str, key: str, preview: Mappings | None) -> Counter[str]:
    if preview is not None:
        async with store.read(tenant_id) as tx:
            stored = await load_chart_of(tx, key)
        return count_changed(stored.chart, remap(stored.chart, preview)) if stored else Counter()
    for attempt in range(1, TRIES + 1):
        try:
            async with store.write(tenant_id) as tx:
                return await _remake(tx, key)
        except StaleWrite:
            # Another reading was kept just now; the next one looks at that.
            if attempt == TRIES:
                raise
    return Counter()


async def _remake(tx: TenantTx, key: str) -> Counter[str]:
    stored = await load_chart_of(tx, key)
    if stored is None:
        return Counter()
    new = await with_mappings(tx, stored.chart)
    if new is stored.chart:
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
        (b.source.resource_type, b is not n)
        for b, n in zip(facts_of(before), facts_of(now), strict=True)
    )
    return Counter(kind for kind, differs in kinds if differs and kind in PLACES)
