"""The ledger's jobs: one for each saved intent, and the sweep that finds those without one.

The ledger's row is the truth. A job only says "look at this row now"; one too many does nothing,
one too few is made up for by the sweep.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

from app.jobs.engine import Engine
from app.jobs.names import BACKGROUND, INTERACTIVE, LEDGER, SEND_INTENT
from app.store.db import Store
from app.store.records.database_time import load_database_time
from app.store.records.due import DueIntent, load_due
from app.store.transactions import TenantTx

AGAIN_AFTER = timedelta(minutes=2)
"""A row that stands still this long although it had a job gets another."""

REMEMBERED = 20_000


async def enqueue_intent(engine: Engine, tx: TenantTx, ledger_id: str) -> None:
    """The job of a row that is being saved, in the same transaction. A person waits for it."""
    key = f"{ledger_id}.1"
    await engine.enqueue(tx, LEDGER, SEND_INTENT, ledger_id, key=key, priority=INTERACTIVE)


@dataclass(slots=True)
class LedgerSweep:
    """One per worker. Remembers which jobs it made, so a long line costs nothing twice."""

    store: Store
    engine: Engine
    _made: OrderedDict[str, None] = field(default_factory=OrderedDict)

    async def sweep(self) -> int:
        """Make a job for every due row that may have none; how many were made."""
        async with self.store.read_wide() as tx:
            due = await load_due(tx, now=await load_database_time(tx))
        made = 0
        for intent in due:
            key = build_key(intent)
            if key in self._made:
                continue
            await self.engine.enqueue_alone(
                intent.tenant_id,
                LEDGER,
                SEND_INTENT,
                intent.ledger_id,
                key=key,
                priority=BACKGROUND,
            )
            self._remember(key)
            made += 1
        return made

    def _remember(self, key: str) -> None:
        self._made[key] = None
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)


def build_key(intent: DueIntent) -> str:
    """Names a row at a standstill, and how long it has stood: workers that see the same name the
    same job, which exists once."""
    spells = int(intent.stands_for / AGAIN_AFTER) if intent.stands_for > timedelta(0) else 0
    return f"{intent.ledger_id}.{intent.version}" + (f".{spells}" if spells else "")
