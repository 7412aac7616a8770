"""Intents that nobody is working on and that are due, across tenants. Claims and sends nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from app.store.tables.ledger import LEDGER
from app.store.transactions import WideTx

OPEN = ("saved", "sending", "unknown")
"""States from which a worker goes on."""

NOT_SENT = ("", "none", "here", "person")
"""Plans under which nothing goes out by itself: no route, ours only, a person enters it."""

WAITS_FOR_SIGN_IN = "sign_in_ended"
PARKED = (WAITS_FOR_SIGN_IN, "role_ended")
"""Error codes of an intent that only its author's next launch moves on."""

SETTLE = timedelta(seconds=3)
"""What was touched just now has its own job, or a page that is sending it."""


@dataclass(frozen=True, slots=True)
class DueIntent:
    """`version` names this standstill: any progress makes another."""

    tenant_id: str
    ledger_id: str
    version: int
    stands_for: timedelta


async def load_due(tx: WideTx, *, now: datetime, per_tenant: int = 50) -> tuple[DueIntent, ...]:
    """The oldest of each tenant; what waits for a sign-in is not among them. `now` is the time
    that leases are measured by (database_time.load_database_time)."""
    order = func.row_number().over(
        partition_by=LEDGER.c.tenant_id, order_by=(LEDGER.c.created_at, LEDGER.c.ledger_id)
    )
    columns = (LEDGER.c.tenant_id, LEDGER.c.ledger_id, LEDGER.c.version, LEDGER.c.updated_at)
    due = select(*columns, order.label("place")).where(*_is_due(now)).subquery()
    rows = await tx.all(select(due).where(due.c.place <= per_tenant))
    return tuple(DueIntent(r.tenant_id, r.ledger_id, r.version, now - r.updated_at) for r in rows)


def _is_due(now: datetime) -> "tuple[ColumnElement[bool], ...]":
    return (
        LEDGER.c.state.in_(OPEN),
        LEDGER.c.plan.not_in(NOT_SENT),
        LEDGER.c.error_code.not_in(PARKED),
        # A time ahead of ours was written by a machine whose clock is wrong: do not wait for it.
        or_(LEDGER.c.updated_at <= now - SETTLE, LEDGER.c.updated_at > now),
        or_(LEDGER.c.next_attempt_at.is_(None), LEDGER.c.next_attempt_at <= now),
        or_(LEDGER.c.claimed_until.is_(None), LEDGER.c.claimed_until <= now),
    )
