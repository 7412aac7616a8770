"""A message that a machine sent, as a completed contact for the EHR: once, after it has left.

Beside the send, never within it: what cannot be recorded now is found again by the sweep.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from app.errors import StaleWrite
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.ledger import NewIntent, save_intent
from app.store.records.outreach import (
    Outreach,
    load_outreach,
    load_sent_outreach,
    save_outreach_changes,
)
from app.store.records.patients import load_patient_id
from app.store.transactions import TenantTx
from app.sync.desk import Enqueue
from app.sync.intents import Channel, CompletedContact, build_content
from app.sync.lending import Lending, Way
from app.sync.write_route import NOT_SENT

KIND = "completed_contact"
SUBJECT = "message_sent"
REPORTED_WITHIN = timedelta(seconds=30)
"""So long a report of failure is waited for."""
REACH = timedelta(days=2)
"""How far back a message is looked for that is not recorded yet."""
SENT = uuid.UUID("5d0a9f0c-4f1e-4f0c-8f2e-3a3f6f0d9c11")
"""The namespace of these rows' ids."""


@dataclass(frozen=True, slots=True)
class SentRecord:
    """`store` goes by the clock by which patients are contacted."""

    store: Store
    lending: Lending
    enqueue: Enqueue

    async def find(self) -> Sequence[tuple[str, str]]:
        """(tenant, outreach) of what was sent and is not recorded, the earliest first."""
        async with self.store.read_wide() as tx:
            return await load_sent_outreach(tx, after=tx.now - REACH, by=tx.now - REPORTED_WITHIN)

    async def record(self, tenant_id: str, outreach_id: str) -> str:
        """The ledger row's id; "" where it is recorded already or did not leave. Safe to repeat.

        Raises NotFound.
        """
        async with self.store.read(tenant_id) as tx:
            row = await load_outreach(tx, outreach_id)
        if not is_open(row):
            return ""
        way = await self.lending.find_way(tenant_id, row.patient_key, KIND)
        try:
            async with self.store.write(tenant_id) as tx:
                return await self._save(tx, row, way)
        except StaleWrite:  # it moved on meanwhile: the sweep looks again
            return ""

    async def _save(self, tx: TenantTx, row: Outreach, way: Way) -> str:
        entry, _is_new = await save_intent(tx, await build_intent(tx, row, way))
        done = {"done_ledger_id": entry.ledger_id}
        await save_outreach_changes(tx, row.outreach_id, done, version=row.version)
        audit = AuditEntry(
            action="outreach.recorded",
            actor_id="system:delivery",
            patient_key=row.patient_key,
            detail={"outreach": row.outreach_id, "ledger": entry.ledger_id, "plan": entry.plan},
        )
        await append_audit(tx, audit)
        if entry.plan not in NOT_SENT:
            await self.enqueue(tx, entry.ledger_id)
        return entry.ledger_id


def is_open(row: Outreach) -> bool:
    """It has left, as far as is known; the EHR knows of its plan, and not yet of this."""
    left = row.state in ("sent", "answered") and row.delivery in ("", "delivered")
    return left and row.sent_at is not None and bool(row.ledger_id) and not row.done_ledger_id


async def build_intent(tx: TenantTx, row: Outreach, way: Way) -> NewIntent:
    """The same row for the same message. None of its words: what it was about, how and when."""
    done = CompletedContact(
        outreach_id=row.outreach_id,
        channel=cast(Channel, row.channel),
        purpose=row.purpose,
        title=row.content.title,
        outcome="sent",
        at=row.sent_at or row.updated_at,
        planned=row.ledger_id,
    )
    key = f"outreach:{row.outreach_id}:{KIND}:sent"
    return NewIntent(
        ledger_id=str(uuid.uuid5(SENT, f"{tx.tenant_id}:{key}")),
        patient_id=await load_patient_id(tx, row.patient_key),
        kind=KIND,
        idempotency_key=key,
        intent=build_content(done),
        subject=SUBJECT,
        launch_id=way.launch_id,
        plan=way.plan,
        plan_reason=way.reason,
    )
