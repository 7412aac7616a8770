"""How many ledger rows a tenant has in each state. Opens nothing."""

from sqlalchemy import func

from app.store.tables.ledger import LEDGER
from app.store.transactions import TenantTx


async def count_states(tx: TenantTx) -> dict[str, int]:
    """State → rows."""
    query = tx.select(LEDGER, LEDGER.c.state, func.count().label("n")).group_by(LEDGER.c.state)
    return {row.state: int(row.n) for row in await tx.all(query)}
