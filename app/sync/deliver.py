"""Delivery: what is due is judged, queued with its receipt, judged again and sent once.

The one caller of the doors. A message that may have left is never sent again: its outcome is
unknown until a report or a person says otherwise. Holds no engine; jobs call it with ids.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.channels.outcome import Outcome, Refused, Taken, Unknown
from app.outreach import plan
from app.outreach.request import Receipt
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.database_time import load_database_time
from app.store.records.outbound import (
    Outbound,
    OutboundProgress,
    claim_outbound,
    load_due_outbound,
    load_outbound,
    save_outbound,
    save_outbound_state,
)
from app.store.records.outreach import Content, Outreach, load_due_outreach, load_outreach
from app.store.records.receipts import save_receipt
from app.store.transactions import TenantTx, Tx
from app.sync.doors import SENDS, Doors
from app.sync.outreach_events import SYSTEM, apply_event, build_plan

Judge = Callable[[TenantTx, Outreach, Content], Awaitable[Receipt]]
"""The gate over what is stored of the person now, at the transaction's moment."""

LEASE = timedelta(minutes=2)
BACKOFF = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
TRIES = 8
DELIVERY: dict[str, plan.Delivery] = {"sent": "", "unknown": "unknown", "failed": "failed"}
STOPPED = {
    "H6": "deceased",
    "D1": "do_not_contact",
    "C3": "opted_out",
    "C4": "opted_out",
    "C4A": "opted_out",
    "C6": "wrong_number",
}
"""Rules after which the contact is over; after any other a person has to look."""

UNREAD = "C5"
UNREAD_WAIT = timedelta(minutes=15)
"""A reply waits to be read: a person ends that at any moment, so it is asked again."""


def _nothing(_point: str) -> None:
    """No one watches the points."""


@dataclass(slots=True)
class Delivery:
    """`worker` names this process in claims. `reached` is told each point of a send that is
    passed; the crash tests stop there."""

    store: Store
    doors: Doors
    judge: Judge
    worker: str
    reached: Callable[[str], None] = _nothing

    async def run_due(self) -> int:
        """One sweep: queue what fell due, send what is queued; how many things were looked at."""
        async with self.store.read_wide() as tx:
            due = await load_due_outreach(tx)
        for tenant_id, outreach_id in due:
            await self.queue_due(tenant_id, outreach_id)
        async with self.store.read_wide() as tx:
            queued = await load_due_outbound(tx, states=("queued", "sending"))
        for tenant_id, outbound_id in queued:
            await self.send_outbound(tenant_id, outbound_id)
        return len(due) + len(queued)

    async def queue_due(self, tenant_id: str, outreach_id: str) -> str:
        """Its moment has come: queued with its receipt, held until the gate's next moment, ended,
        or left to a person. The outbound's id, "" when nothing was queued."""
        async with self.store.write(tenant_id) as tx:
            await set_moment(tx)
            row = await load_outreach(tx, outreach_id)
            if not plan.may_happen(build_plan(row), plan.FallDue()) or _is_early(row, tx.now):
                return ""
            row = await apply_event(tx, row, plan.FallDue())
            if row.channel not in SENDS:
                return ""
            receipt, receipt_id = await self._judge(tx, row, row.content)
            if not receipt.allowed:
                await self._hold(tx, row, receipt)
                return ""
            outbound_id = uuid.uuid4().hex
            attempt = row.due_at.isoformat() if row.due_at else ""
            await save_outbound(
                tx, outbound_id, row, receipt_id=receipt_id, attempt_key=attempt,
                content=row.content,
            )  # fmt: skip
            return outbound_id

    async def send_outbound(self, tenant_id: str, outbound_id: str) -> str:
        """Send one queued message at most once; its state afterwards, "" when another has it."""
        self.reached("before claim")
        async with self.store.write(tenant_id) as tx:
            await set_moment(tx)
            claimed = await claim_outbound(
                tx, outbound_id, worker=self._claimant(), until=tx.now + LEASE
            )
            self.reached("claimed")
            if claimed is None:
                return ""
            if claimed.state == "sending":
                return await self._settle(tx, claimed, Unknown("sender_stopped"))
            moved = await self._may_go(tx, claimed)
            self.reached("judged")
        self.reached("marked as sending")
        if moved is None:
            return "cancelled"
        outcome = await self.doors.send(tenant_id, moved, self.store.clock())
        self.reached("through the door")
        state = await self._write_down(tenant_id, moved, outcome)
        self.reached("done")
        return state

    async def _write_down(self, tenant_id: str, sent: Outbound, outcome: Outcome) -> str:
        """What became of it; a lease that ran out meanwhile does not lose what is known."""
        async with self.store.write(tenant_id) as tx:
            self.reached("before settling")
            now = await load_outbound(tx, sent.outbound_id)
            known = isinstance(outcome, Taken) and now.state == "unknown"
            if now.state != "sending" and not known:
                return now.state  # the provider's report was faster
            state = await self._settle(tx, now, outcome)
            self.reached("settled")
        return state

    def _claimant(self) -> str:
        """Each attempt claims under its own name: a second one in this process is another's."""
        return f"{self.worker}:{uuid.uuid4().hex[:8]}"

    async def _judge(self, tx: TenantTx, row: Outreach, content: Content) -> tuple[Receipt, str]:
        receipt = await self.judge(tx, row, content)
        receipt_id = await save_receipt(
            tx, row.outreach_id, receipt, channel=row.channel, purpose=row.purpose, content=content
        )
        return receipt, receipt_id

    async def _may_go(self, tx: TenantTx, claimed: Outbound) -> Outbound | None:
        """Judged again at the moment of sending: marked as sending, or called back."""
        row = await load_outreach(tx, claimed.outreach_id)
        if row.state != "due":
            await self._call_back(tx, claimed, "outreach_ended")
            return None
        receipt, receipt_id = await self._judge(tx, row, claimed.content)
        if not receipt.allowed:
            await self._call_back(tx, claimed, receipt.denials[0].rule_id)
            await self._hold(tx, row, receipt)
            return None
        progress = OutboundProgress(
            state="sending",
            receipt_id=receipt_id,
            provider=self.doors.provider_of(claimed.channel),
            sent_at=tx.now,
        )
        return await _change(tx, claimed, progress)

    async def _call_back(self, tx: TenantTx, claimed: Outbound, why: str) -> None:
        progress = OutboundProgress(state="cancelled", error_code=why, settled_at=tx.now)
        await _change(tx, claimed, progress)
        await _audit(tx, claimed, "cancelled", why)

    async def _hold(self, tx: TenantTx, row: Outreach, receipt: Receipt) -> None:
        """Denied: wait for the next moment, end, or leave it due for a person to see."""
        rule = receipt.denials[0].rule_id
        detail = {"rule": rule}
        if receipt.next_allowed is not None:
            await apply_event(tx, row, plan.Hold(receipt.next_allowed), detail=detail)
        elif rule == UNREAD:
            await apply_event(tx, row, plan.Hold(tx.now + UNREAD_WAIT), detail=detail)
        elif rule in STOPPED:
            await apply_event(tx, row, plan.Cancel(STOPPED[rule]), detail=detail)

    async def _settle(self, tx: TenantTx, sent: Outbound, outcome: Outcome) -> str:
        """Write down what became of it; the row's state."""
        progress = _plan_progress(sent, outcome, tx.now)
        await _change(tx, sent, progress)
        state = str(progress.state)
        await _audit(tx, sent, state, "" if isinstance(outcome, Taken) else outcome.code)
        if state == "queued":
            return state
        row = await load_outreach(tx, sent.outreach_id)
        if plan.may_happen(build_plan(row), plan.Send()):
            row = await apply_event(tx, row, plan.Send())
        delivery = DELIVERY[state]
        if row.delivery != delivery and plan.may_happen(build_plan(row), plan.Deliver(delivery)):
            await apply_event(tx, row, plan.Deliver(delivery))
        return state


async def set_moment(tx: Tx) -> None:
    """On PostgreSQL machines share the database's clock, so that none sends early. An embedded
    database has the clock of its one machine, which a demo may move."""
    if tx.connection.dialect.name == "postgresql":
        tx.now = await load_database_time(tx)


def _plan_progress(sent: Outbound, outcome: Outcome, now: datetime) -> OutboundProgress:
    match outcome:
        case Taken(provider_id):
            return OutboundProgress(state="sent", provider_id=provider_id, error_code="")
        case Unknown(code):
            return OutboundProgress(state="unknown", error_code=code, settled_at=now)
        case Refused() if not outcome.is_final and sent.fence < TRIES:
            wait = plan_wait(sent.fence, outcome.retry_after_s)
            return OutboundProgress(
                state="queued",
                error_code=outcome.code,
                not_before=now + wait,
                claimed_until=None,
                sent_at=None,
            )
        case Refused():
            return OutboundProgress(
                state="failed", error_code=outcome.code, settled_at=now, sent_at=None
            )


def plan_wait(tries: int, asked_s: float | None) -> timedelta:
    """Twice as long each time, at least what the vendor asked, at most an hour beyond that."""
    asked = timedelta(seconds=asked_s or 0)
    return max(asked, min(BACKOFF * (1 << max(tries - 1, 0)), LONGEST))


async def _change(tx: TenantTx, row: Outbound, progress: OutboundProgress) -> Outbound:
    version = await save_outbound_state(
        tx, row.outbound_id, progress, version=row.version, fence=row.fence
    )
    changes: dict[str, Any] = {"version": version}
    if isinstance(progress.receipt_id, str):
        changes["receipt_id"] = progress.receipt_id
    return replace(row, **changes)


async def _audit(tx: TenantTx, row: Outbound, state: str, code: str) -> None:
    detail = {"outbound": row.outbound_id, "outreach": row.outreach_id, "state": state}
    if code:
        detail["code"] = code
    entry = AuditEntry(
        action=f"outbound.{state}",
        actor_id=SYSTEM,
        patient_key=row.patient_key,
        detail=detail,
    )
    await append_audit(tx, entry)


def _is_early(row: Outreach, now: datetime) -> bool:
    return row.due_at is None or now < row.due_at
