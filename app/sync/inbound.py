"""What comes back: a patient's reply acts in one transaction, a provider's report settles a send.

Reads nothing into a reply by itself: `read` says what it means. A reply never opts anybody in.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from app.errors import NotFound
from app.outreach import plan
from app.outreach.consent import ConsentEntry
from app.outreach.replies import Reply
from app.outreach.request import CHANNELS
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
from app.store.records.standing import load_standing, save_held
from app.store.transactions import TenantTx
from app.sync.outreach_events import apply_event, build_plan

REACH = timedelta(days=400)
"""How far back a reply may be about something we sent."""
SYSTEM = "system:replies"
BY_PHONE = frozenset({"text", "call"})
ANSWERS = frozenset({"yes", "no", "other"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One text from a phone. `sender` in E.164; `provider_id` names it at the provider."""

    sender: str
    text: str
    provider: str
    provider_id: str


@dataclass(slots=True)
class Inbox:
    """`tenants` lists the tenants that this deployment sends for."""

    store: Store
    read: Callable[[str], Reply]
    tenants: Callable[[], Sequence[str]]

    async def hear(self, heard: Heard) -> int:
        """Acts for every patient that the number belongs to; how many. Hearing it again is safe.

        A stop counts wherever the number is known: the person spoke to a phone number, not to a
        tenant of ours.
        """
        reply = self.read(heard.text)
        concerned = 0
        for tenant_id in self.tenants():
            async with self.store.write(tenant_id) as tx:
                keys = await find_patients(tx, heard.sender)
                for key in keys:
                    await hear_patient(tx, key, heard, reply)
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


async def hear_patient(tx: TenantTx, key: str, heard: Heard, reply: Reply) -> None:
    """One patient's share: kept, acted on, written to the audit."""
    rows = [r for r in await load_outreach_at(tx, heard.sender) if r.patient_key == key]
    latest = max((r for r in rows if r.sent_at), key=_sent_at, default=None)
    kept = await save_inbound(
        tx,
        patient_key=key,
        provider=heard.provider,
        provider_id=heard.provider_id,
        address=heard.sender,
        meaning=reply.kind,
        text=heard.text,
        outreach_id=latest.outreach_id if latest else "",
    )
    if not kept:
        return
    ended = await act(tx, key, heard, reply, rows, latest)
    detail: dict[str, str | int | bool] = {
        "meaning": reply.kind,
        "rule": reply.rule,
        "urgent": reply.urgent,
        "ended": ended,
    }
    entry = AuditEntry(
        action="reply.heard", actor_id=SYSTEM, patient_key=key, purpose="PATRQT", detail=detail
    )
    await append_audit(tx, entry)


async def act(
    tx: TenantTx,
    key: str,
    heard: Heard,
    reply: Reply,
    rows: Sequence[Outreach],
    latest: Outreach | None,
) -> int:
    """What the reply asks for, done; how many planned contacts it ended."""
    if reply.revokes:
        patient_id = await load_patient_id(tx, key)
        await save_consents(tx, patient_id, build_revocations(tx, heard, reply), user_id=SYSTEM)
        if reply.wrong_person:
            await mark_reassigned(tx, patient_id, heard.sender)
        because = "wrong_number" if reply.wrong_person else "opted_out"
        return await end_all(tx, rows, because, reply.channels or ("text",))
    if reply.kind in ANSWERS and latest is not None:
        return await answer(tx, latest, rows)
    return 0


def build_revocations(tx: TenantTx, heard: Heard, reply: Reply) -> tuple[ConsentEntry, ...]:
    """Their own words into the ledger, for any purpose: the channels they named (by phone at this
    number), else texts; everything, where they asked for no contact of any kind."""
    named: list[tuple[str, str]] = [
        (channel, heard.sender if channel in BY_PHONE else "")
        for channel in reply.channels or ("text",)
    ]
    if reply.everything:
        named.append(("", ""))
    return tuple(
        ConsentEntry(
            id=uuid.uuid4().hex,
            action="revoked",
            recorded_at=tx.now,
            recorded_by="Reply by text",
            how="reply",
            channel=channel,
            address=address,
            wording=heard.text,
        )
        for channel, address in dict.fromkeys(named)
    )


async def mark_reassigned(tx: TenantTx, patient_id: str, address: str) -> None:
    """The number turned out to be somebody else's; only a fresh confirmation lifts that."""
    _preferences, held = await load_standing(tx, patient_id)
    known = replace(held, reassigned=held.reassigned | {address})
    await save_held(tx, patient_id, known, saved_by=SYSTEM)


async def end_all(
    tx: TenantTx, rows: Sequence[Outreach], because: str, channels: Sequence[str]
) -> int:
    """Everything unsent by these channels to the number ends, what is queued included."""
    ended = 0
    for row in rows:
        if row.channel in channels and row.state in plan.UNSENT:
            await cancel_outbound(tx, why=because, outreach_id=row.outreach_id)
            await apply_event(tx, row, plan.Cancel(because), actor_id=SYSTEM)
            ended += 1
    return ended


async def answer(tx: TenantTx, latest: Outreach, rows: Sequence[Outreach]) -> int:
    """They answered: the contact says so, and the rest of its sequence ends."""
    if plan.may_happen(build_plan(latest), plan.Answer()):
        await apply_event(tx, latest, plan.Answer(), actor_id=SYSTEM)
    same = [r for r in rows if latest.sequence_id and r.sequence_id == latest.sequence_id]
    return await end_all(tx, same, "answered", CHANNELS)


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
