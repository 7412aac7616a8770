"""The jobs of outreach: one for each contact that fell due, one for each message in the queue.

Our own rows are the truth: a job only says "look at this now". One too many does nothing, one too
few is made up for by the sweep, which goes by the database's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.jobs.engine import Engine, Handler
from app.jobs.names import BACKGROUND, OUTREACH, RECORD_SENT, SEND_OUTBOUND, SEND_OUTREACH
from app.store.records.outbound import load_due_outbound
from app.store.records.outreach import load_due_outreach
from app.sync.deliver import Delivery, set_moment
from app.sync.sent_record import SentRecord

SPELL_S = 30
"""A row that stands still this long although it had a job gets another."""
MAY_MOVE = ("queued", "sending")
MARKS = {RECORD_SENT: ".sent"}
"""The end of a job's key, where one row has jobs of several kinds."""


def build_handlers(delivery: Delivery, sent: SentRecord | None = None) -> Mapping[str, Handler]:
    """Kind of job → what does it."""

    async def send_due(tenant_id: str, outreach_id: str) -> None:
        outbound_id = await delivery.queue_due(tenant_id, outreach_id)
        if outbound_id:
            await delivery.send_outbound(tenant_id, outbound_id)

    async def send_queued(tenant_id: str, outbound_id: str) -> None:
        await delivery.send_outbound(tenant_id, outbound_id)

    async def record_sent(tenant_id: str, outreach_id: str) -> None:
        if sent is not None:
            await sent.record(tenant_id, outreach_id)

    return {SEND_OUTREACH: send_due, SEND_OUTBOUND: send_queued, RECORD_SENT: record_sent}


@dataclass(slots=True)
class OutreachSweep:
    """One per worker; any number may sweep: the same name is the same job."""

    delivery: Delivery
    engine: Engine
    sent: SentRecord | None = None

    async def sweep(self) -> int:
        """Make a job for everything that may move now; how many were asked for."""
        async with self.delivery.store.read_wide() as tx:
            await set_moment(tx)
            due = await load_due_outreach(tx)
            queued = await load_due_outbound(tx, states=MAY_MOVE)
            now = tx.now
        for tenant_id, outreach_id in due:
            await self._enqueue(tenant_id, SEND_OUTREACH, outreach_id, now)
        for tenant_id, outbound_id in queued:
            await self._enqueue(tenant_id, SEND_OUTBOUND, outbound_id, now)
        left = await self.sent.find() if self.sent is not None else ()
        for tenant_id, outreach_id in left:
            await self._enqueue(tenant_id, RECORD_SENT, outreach_id, now)
        return len(due) + len(queued) + len(left)

    async def _enqueue(self, tenant_id: str, kind: str, job_id: str, now: datetime) -> None:
        key = f"{job_id}.{int(now.timestamp() // SPELL_S)}{MARKS.get(kind, '')}"
        await self.engine.enqueue_alone(
            tenant_id, OUTREACH, kind, job_id, key=key, priority=BACKGROUND
        )
