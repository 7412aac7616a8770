"""The attempts of a ledger entry: what each try came to, in codes. Never what was sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func

from app.errors import StaleWrite
from app.store.tables.ledger import ATTEMPT, LEDGER
from app.store.transactions import TenantTx, build_tenant_select


@dataclass(frozen=True, slots=True)
class Attempt:
    """`kind`: write, search, read_back, refresh. `outcome`: done, refused, conflict, throttled,
    unavailable, unknown. `status` is the HTTP status, 0 without an answer."""

    kind: str
    outcome: str
    started_at: datetime
    ended_at: datetime
    status: int = 0
    error_code: str = ""
    precondition: str = ""
    number: int = 0


async def save_attempt(
    tx: TenantTx, ledger_id: str, attempt: Attempt, *, fence: int | None = None
) -> int:
    """Records a try and counts it on the entry; its number.

    Raises StaleWrite when the entry is not there or `fence` is no longer the latest claim.
    """
    entry = tx.update(LEDGER).where(LEDGER.c.ledger_id == ledger_id)
    if fence is not None:
        entry = entry.where(LEDGER.c.fence == fence)
    if await tx.run(entry.values(attempts=LEDGER.c.attempts + 1)) != 1:
        raise StaleWrite
    return await add_attempt(tx, ledger_id, attempt, fence=fence)


async def add_attempt(
    tx: TenantTx, ledger_id: str, attempt: Attempt, *, fence: int | None = None
) -> int:
    """Records a try that was counted on the entry before, in the same transaction; its number."""
    last = await tx.first(_LAST, {"tenant": tx.tenant_id, "ledger": ledger_id})
    number = ((last.number if last is not None else None) or 0) + 1
    values = {
        "ledger_id": ledger_id,
        "number": number,
        "kind": attempt.kind,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error_code": attempt.error_code,
        "precondition": attempt.precondition,
        "fence": fence or 0,
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
    }
    await tx.insert(ATTEMPT, values)
    return number


_LAST = build_tenant_select(ATTEMPT, func.max(ATTEMPT.c.number).label("number")).where(
    ATTEMPT.c.ledger_id == bindparam("ledger")
)


async def load_attempts(tx: TenantTx, ledger_id: str) -> tuple[Attempt, ...]:
    """All tries of an entry, in order."""
    query = tx.select(ATTEMPT).where(ATTEMPT.c.ledger_id == ledger_id).order_by(ATTEMPT.c.number)
    return tuple(
        Attempt(
            kind=row.kind,
            outcome=row.outcome,
            started_at=row.started_at,
            ended_at=row.ended_at,
            status=row.status,
            error_code=row.error_code,
            precondition=row.precondition,
            number=row.number,
        )
        for row in await tx.all(query)
    )
