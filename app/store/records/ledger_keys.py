"""Whether the ledger has a row of an idempotency key. Opens no row."""

from app.store.tables.ledger import LEDGER
from app.store.transactions import TenantTx


async def has_key(tx: TenantTx, idempotency_key: str) -> bool:
    query = tx.select(LEDGER).where(LEDGER.c.idempotency_key == idempotency_key)
    return await tx.first(query) is not None
