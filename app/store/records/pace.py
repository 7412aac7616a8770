"""How a tenant's EHR may be asked, shared by all workers. Decides nothing; sync/throttle does."""

from dataclasses import dataclass
from datetime import datetime

from app.store.tables.jobs import PACE
from app.store.transactions import TenantTx, build_tenant_select


@dataclass(frozen=True, slots=True)
class StoredPace:
    """`paused_until` None: ask freely. `failures` counts attempts that failed in a row."""

    paused_until: datetime | None = None
    reason: str = ""
    failures: int = 0


_PACE = build_tenant_select(PACE)


async def load_pace(tx: TenantTx) -> StoredPace:
    row = await tx.first(_PACE, {"tenant": tx.tenant_id})
    if row is None:
        return StoredPace()
    return StoredPace(row.paused_until, row.reason, row.failures)


async def save_pace(tx: TenantTx, pace: StoredPace) -> None:
    values = {
        "paused_until": pace.paused_until,
        "reason": pace.reason,
        "failures": pace.failures,
        "updated_at": tx.now,
    }
    await tx.upsert(PACE, (), values)
