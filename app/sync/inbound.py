"""What comes back: a patient's reply acts in one transaction, a provider's report settles a send.

Reads nothing into a reply by itself: `read` says what it means. A reply never opts anybody in.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.errors import NotFound
from app.outreach import plan
from app.outreach.consent import ConsentEntry
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.consents import load_patients_at, save_consents
from app.store.records.inbound import save_inbound
from app.store.records.outbound import (
    Outbound,
    OutboundProgress,
    cancel_outbound,
    load_outbound,
    load_outbound_at,
    save_outbound_state,
)
from app.store.records.outreach import Outreach, load_outreach, load_outreach_at
from app.store.records.patients import load_patient_id
from app.store.transactions import TenantTx
from app.sync.outreach_events import apply_event, build_plan

Meaning = Literal["stop", "start", "help", "wrong_person", "answer"]
REACH = timedelta(days=400)
"""How far back a reply may be about something we sent."""
SYSTEM = "system:replies"
ENDS: Mapping[str, str] = {"stop": "opted_out", "wrong_person": "wrong_number"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One text from a phone. `sender` in E.164; `provider_id` names it at the provider."""

    sender: str
    text: str
    provider: str
    provider_id: str


@dataclass(slots=True)
class Inbox:
    """`tenants` lists the tenants that this deployment sends for."""

    store: Store
    read: Callable[[str], Meaning]
    tenants: Callable[[], Sequence[str]]

    async def hear(self, reply: Reply) -> int:
        """Acts for every patient that the number belongs to; how many. Hearing it again is safe.

        A stop counts wherever the number is known: the person spoke to a phone number, not to a
        tenant of ours.
        """
        meaning = self.read(reply.text)
        concerned = 0
        for tenant_id in self.tenants():
            async with self.store.write(tenant_id) as tx:
                keys = await find_patients(tx, reply.sender)
                for key in keys:
                    await hear_patient(tx, key, reply, meaning)
                concerned += len(keys)
        return concerned

    async def hear_report(
        self, tenant_id: str, outbound_id: str, provider_id: str, state: str, code: str
    ) -> bool:
        """The provider's word on one message; False when we have no such message."""
        if tenant_id not in self.tenants():
            return False
        try:
            async with self.store.write(tenant_id) as tx:
                await settle_report(tx, outbound_id, provider_id, state, code)
        except NotFound:
            return False
        return True


async def find_patients(tx: TenantTx, address: str) -> tuple[str, ...]:
    """Keys of everybody who agreed or refused at this number, or was sent something there."""
    known = set(await load_patients_at(tx, address))
    sent = await load_outbound_at(tx, address, since=tx.now - REACH)
    return tuple(sorted(known | {row.patient_key for row in sent}))


async def hear_patient(tx: TenantTx, key: str, reply: Reply, meaning: Meaning) -> None:
    """One patient's share: kept, acted on, written to the audit."""
    rows = [r for r in await load_outreach_at(tx, reply.sender) if r.patient_key == key]
    latest = max((r for r in rows if r.sent_at), key=_sent_at, default=None)
    kept = await save_inbound(
        tx,
        patient_key=key,
        provider=reply.provider,
        provider_id=reply.provider_id,
        address=reply.sender,
        meaning=meaning,
        text=reply.text,
        outreach_id=latest.outreach_id if latest else "",
    )
    if not kept:
        return
    ended = 0
    if meaning in ENDS:
        await revoke(tx, key, reply)
        ended = await end_all(tx, rows, ENDS[meaning])
    elif meaning == "answer" and latest is not None:
        ended = await answer(tx, latest, rows)
    detail: dict[str, str | int | bool] = {"meaning": meaning, "ended": ended}
    entry = AuditEntry(
        action="reply.heard", actor_id=SYSTEM, patient_key=key, purpose="PATRQT", detail=detail
    )
    await append_audit(tx, entry)


async def revoke(tx: TenantTx, key: str, reply: Reply) -> None:
    """Their own words into the ledger: no more texts to this number, for any purpose."""
    entry = ConsentEntry(
        id=uuid.uuid4().hex,
        action="revoked",
        recorded_at=tx.now,
        recorded_by="Reply by text",
        how="reply",
        channel="text",
        address=reply.sender,
        wording=reply.text,
    )
    await save_consents(tx, await load_patient_id(tx, key), (entry,), user_id=SYSTEM)


async def end_all(tx: TenantTx, rows: Sequence[Outreach], because: str) -> int:
    """Everything unsent by text to the number ends, what is queued included."""
    ended = 0
    for row in rows:
        if row.channel == "text" and row.state in plan.UNSENT:
            await cancel_outbound(tx, why=because, outreach_id=row.outreach_id)
            await apply_event(tx, row, plan.Cancel(because), actor_id=SYSTEM)
            ended += 1
    return ended


async def answer(tx: TenantTx, latest: Outreach, rows: Sequence[Outreach]) -> int:
    """They answered: the contact says so, and the rest of its sequence ends."""
    if plan.may_happen(build_plan(latest), plan.Answer()):
        await apply_event(tx, latest, plan.Answer(), actor_id=SYSTEM)
    same = [r for r in rows if latest.sequence_id and r.sequence_id == latest.sequence_id]
    return await end_all(tx, same, "answered")


async def settle_report(
    tx: TenantTx, outbound_id: str, provider_id: str, state: str, code: str
) -> None:
    """delivered or failed are final; "" only tells that the provider has it. Raises NotFound."""
    row = await load_outbound(tx, outbound_id)
    progress = _plan_report(row, provider_id, state, code, tx)
    if progress is None:
        return
    await save_outbound_state(tx, outbound_id, progress, version=row.version)
    outreach = await load_outreach(tx, row.outreach_id)
    if plan.may_happen(build_plan(outreach), plan.Send()):
        outreach = await apply_event(tx, outreach, plan.Send(), actor_id=SYSTEM)
    delivery: plan.Delivery = "" if not state else "delivered" if state == "delivered" else "failed"
    if plan.may_happen(build_plan(outreach), plan.Deliver(delivery)):
        await apply_event(tx, outreach, plan.Deliver(delivery), actor_id=SYSTEM)


def _plan_report(
    row: Outbound, provider_id: str, state: str, code: str, tx: TenantTx
) -> OutboundProgress | None:
    """What the report changes; None for one that says nothing new, or is about another message."""
    foreign = row.provider_id not in ("", provider_id)
    settled = row.state in ("delivered", "failed", "cancelled", "queued")
    if foreign or settled or (not state and row.state == "sent"):
        return None
    if not state:
        return OutboundProgress(state="sent", provider_id=provider_id, error_code="")
    return OutboundProgress(
        state=state, provider_id=provider_id, error_code=code, settled_at=tx.now
    )


def _sent_at(row: Outreach) -> float:
    return row.sent_at.timestamp() if row.sent_at else 0.0
