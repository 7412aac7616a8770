"""Who mapped which local code, as the audit log has it. Adds and judges nothing."""

from dataclasses import dataclass
from datetime import datetime

from app.store.tables.audit import AUDIT
from app.store.transactions import TenantTx

ACTIONS = ("mapping.saved", "mapping.removed", "mapping.ignored", "mapping.open")


@dataclass(frozen=True, slots=True)
class MappingChange:
    """`action` is one of ACTIONS; the target is "" where there is none."""

    at: datetime
    actor_id: str
    action: str
    system: str
    code: str
    target_system: str = ""
    target_code: str = ""


async def load_mapping_changes(tx: TenantTx, *, limit: int) -> tuple[MappingChange, ...]:
    """The last changes, newest first."""
    query = tx.select(AUDIT).where(AUDIT.c.action.in_(ACTIONS))
    rows = await tx.all(query.order_by(AUDIT.c.seq.desc()).limit(limit))
    return tuple(
        MappingChange(
            at=row.at,
            actor_id=row.actor_id,
            action=row.action,
            system=str(row.detail.get("system", "")),
            code=str(row.detail.get("code", "")),
            target_system=str(row.detail.get("target_system", "")),
            target_code=str(row.detail.get("target_code", "")),
        )
        for row in rows
    )
