"""Which tenants have kept charts to judge, across tenants. Opens no chart and judges nothing."""

from datetime import datetime

from sqlalchemy import func, select, update

from app.store.tables.needs import NEED
from app.store.transactions import WideTx


async def load_tenants_to_judge(tx: WideTx) -> tuple[tuple[str, datetime], ...]:
    """Tenants with a chart to judge by the transaction's clock, each with the moment since which
    the latest of them waits: it names this standstill."""
    query = select(NEED.c.tenant_id, func.max(NEED.c.judge_at).label("latest"))
    due = query.where(NEED.c.judge_at <= tx.now).group_by(NEED.c.tenant_id)
    rows = await tx.all(due.order_by(NEED.c.tenant_id))
    return tuple((row.tenant_id, row.latest) for row in rows)


async def mark_other_rules(tx: WideTx, rules: str) -> int:
    """Whatever was judged by other rules is to be judged anew; how many."""
    stale = (NEED.c.rules != rules, NEED.c.judged_at.is_not(None), NEED.c.judge_at > tx.now)
    return await tx.run(update(NEED).where(*stale).values(judge_at=tx.now))
