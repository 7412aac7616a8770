"""Local codes and odd data as an administrator works them off: loads, previews, applies, audits.

Shows nothing. Every call names the visit; nothing here reads a chart for a person's eyes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.errors import NotFound
from app.security.crypto import hash_token
from app.settings import Patience
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.codes import (
    CodeMapping,
    UnmappedCode,
    load_mappings,
    load_quality,
    load_unmapped,
)
from app.store.records.mapping_history import MappingChange, load_mapping_changes
from app.store.records.users import load_user
from app.store.transactions import TenantTx
from app.sync.mappings import forget_mapping, keep_mapping, leave_out
from app.sync.remaking import Difference, Remaker, preview_mapping
from app.sync.visits import Visit

HISTORY = 30


@dataclass(frozen=True, slots=True)
class Codes:
    """`waiting`, `left_out` and `mapped` most carried first; `mappings` may hold more than was
    ever seen in a chart. `names` maps a user id to a name."""

    waiting: tuple[UnmappedCode, ...]
    left_out: tuple[UnmappedCode, ...]
    mapped: tuple[UnmappedCode, ...]
    mappings: tuple[CodeMapping, ...]
    history: tuple[MappingChange, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CodeDesk:
    """One per process."""

    store: Store
    remaker: Remaker
    patience: Patience = field(default_factory=Patience)

    async def load(self, visit: Visit, *, request_id: str, with_history: bool = False) -> Codes:
        """The tenant's queue and table; that they were shown is on record."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            await self._record(tx, visit, "mapping.view", request_id)
            mappings = await load_mappings(tx)
            history = await load_mapping_changes(tx, limit=HISTORY) if with_history else ()
            who = {m.mapped_by for m in mappings} | {h.actor_id for h in history}
            return Codes(
                waiting=await load_unmapped(tx),
                left_out=await load_unmapped(tx, state="ignored"),
                mapped=await load_unmapped(tx, state="mapped"),
                mappings=mappings,
                history=history,
                names=await _load_names(tx, who),
            )

    async def preview(self, visit: Visit, mapping: CodeMapping) -> Difference:
        """What applying it would change, as far as a person cares to wait."""
        tenant_id = visit.opened.tenant_id
        return await preview_mapping(
            self.store, tenant_id, mapping, within_s=self.patience.preview_s
        )

    async def apply(self, visit: Visit, mapping: CodeMapping) -> Difference | None:
        """Saved at once; what it changed in the kept charts, None while that goes on."""
        tenant_id, who = visit.opened.tenant_id, visit.actor.user_id
        former = await keep_mapping(self.store, tenant_id, mapping, mapped_by=who)
        gone = (former,) if former else ()
        return await self.remaker.run(tenant_id, gone, wait_s=self.patience.remake_s)

    async def remove(self, visit: Visit, mapping: CodeMapping) -> Difference | None:
        """As `apply`, for taking one away. Raises NotFound."""
        tenant_id, who = visit.opened.tenant_id, visit.actor.user_id
        former = await forget_mapping(
            self.store, tenant_id, mapping.system, mapping.code, removed_by=who
        )
        return await self.remaker.run(tenant_id, (former,), wait_s=self.patience.remake_s)

    async def settle(self, visit: Visit, code: UnmappedCode, *, state: str) -> None:
        """Leave a code out of the queue ("ignored") or let it wait again ("open")."""
        tenant_id, who = visit.opened.tenant_id, visit.actor.user_id
        await leave_out(self.store, tenant_id, code.system, code.code, state=state, by=who)

    async def load_counts(
        self, visit: Visit, *, since: date, request_id: str, action: str = "quality.view"
    ) -> Mapping[tuple[str, str], int]:
        """(resource type, code) → how often since that day; `action` is put on record."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            detail = {"since": since.isoformat()}
            await self._record(tx, visit, action, request_id, detail)
            return await load_quality(tx, since=since)

    async def _record(
        self,
        tx: TenantTx,
        visit: Visit,
        action: str,
        request_id: str,
        detail: Mapping[str, str] | None = None,
    ) -> None:
        entry = AuditEntry(
            action=action,
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            purpose="HOPERAT",
            request_id=request_id,
            detail=detail or {},
        )
        await append_audit(tx, entry)


def code_key(system: str, code: str) -> str:
    """What stands for a code in an address: its words may be too long for one, or say too much."""
    return hash_token(f"{len(system)} {system} {code}")[:24]


def find_code(codes: Iterable[UnmappedCode], key: str) -> UnmappedCode:
    """Raises NotFound."""
    for code in codes:
        if code_key(code.system, code.code) == key:
            return code
    raise NotFound("This code no longer waits. Somebody may have mapped it.")


def first_day(now: datetime, days: int) -> date:
    return now.date() - timedelta(days=days - 1)


async def _load_names(tx: TenantTx, who: Iterable[str]) -> dict[str, str]:
    names = {}
    for user_id in sorted(who):
        try:
            names[user_id] = (await load_user(tx, user_id)).name
        except NotFound:
            continue
    return names
