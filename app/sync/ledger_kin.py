"""Other rows of the ledger that a row's send depends on. Reads the store; decides nothing."""

from dataclasses import dataclass

from app.errors import NotFound
from app.store.records.ledger import LedgerEntry, load_intent
from app.store.records.ledger_keys import has_key
from app.store.transactions import TenantTx
from app.sync.intents import WITHDRAWN


@dataclass(frozen=True, slots=True)
class Kin:
    """`origin`: the plan that a withdrawal takes back, None when the ledger has none.
    `is_taken_back`: this very plan was taken back since, so that nothing is created for it."""

    origin: LedgerEntry | None = None
    is_taken_back: bool = False


ALONE = Kin()


async def load_kin(tx: TenantTx, entry: LedgerEntry) -> Kin:
    if entry.kind == "planned_outreach":
        return Kin(is_taken_back=await has_key(tx, build_withdrawal_key(entry.ledger_id)))
    if entry.kind != WITHDRAWN:
        return ALONE
    try:
        return Kin(origin=await load_intent(tx, str(entry.intent.get("planned", ""))))
    except NotFound:
        return ALONE


def build_withdrawal_key(planned: str) -> str:
    """The idempotency key of the withdrawal of the plan in that row: a plan is taken back once."""
    return f"withdraw:{planned}"
