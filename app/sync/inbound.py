"""What comes back: a patient's reply acts in one transaction, a provider's report settles a send.

Reads nothing into a reply by itself: `read` says what it means. A reply never opts anybody in.
Whose words they are is never guessed: a number that nobody or more than one patient has leaves
that to a person. A revocation is on its way to the EHR with the transaction that keeps it.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from app.errors import NotFound
from app.outreach import plan
from app.outreach.consent import ConsentEntry, How
from app.outreach.replies import Reply
from app.outreach.reply_work import find_did, needs_person
from app.outreach.request import CHANNELS
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.consents import load_patients_at, save_consents
from app.store.records.inbound import (
    OPEN,
    NewInbound,
    save_inbound,
    save_inbound_changes,
)
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
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.consent_teller import ConsentTeller, Revoked, Tell, tell_nobody
from app.sync.lending import NO_WAY, Way
from app.sync.outreach_events import apply_event, build_plan
from app.sync.tenant_rules import takes_unknown_numbers

REACH = timedelta(days=400)
"""How far back a reply may be about something we sent."""
SYSTEM = "system:replies"
BY_PHONE = frozenset({"text", "call"})
EMAIL = frozenset({"email"})
BY_LINK = "link"
"""The rule of what no words were read for: they pressed the button of an e-mail's link."""
WAYS: Mapping[str, tuple[How, str]] = {
    "": ("reply", "Reply by text"),
    BY_LINK: ("link", "Link in an e-mail"),
}
"""How it came, and what the ledger shows as who recorded it."""
ANSWERS = frozenset({"yes", "no", "other"})


@dataclass(frozen=True, slots=True)
class Heard:
    """One text from a phone, or the press of a link in an e-mail. `sender` is the number in E.164
    or the e-mail address; `provider_id` names it at the provider; `provider_did` is "stop", "help"
    or "start" where the provider has answered it by itself. `reach`: how long ago we may have sent
    something there for it to be theirs."""

    sender: str
    text: str
    provider: str
    provider_id: str
    provider_did: str = ""
    reach: timedelta = REACH


@dataclass(slots=True)
class Inbox:
    """`tenants` lists the tenants that this deployment sends for; `teller` takes a revocation to
    the EHR, through the ledger; without one it stays here."""

    store: Store
    read: Callable[[str], Reply]
    tenants: Callable[[], Sequence[str]]
    teller: ConsentTeller | None = None

    async def hear(self, heard: Heard) -> int:
        """Acts for every patient that the number belongs to; how many. Hearing it again is safe."""
        reply = self.read(heard.text)
        if heard.provider_did == "stop" and not reply.revokes:
            # The provider took it for a stop and lets nothing through any more: so do we.
            said = {"kind": "stop", "rule": "provider", "channels": ("text",)}
            reply = replace(reply, **said, may_revoke=False)
        concerned = await self.take(heard, reply)
        if not concerned and needs_person(reply):
            await self._keep_unknown(heard, reply)
        return concerned

    async def take(self, heard: Heard, reply: Reply) -> int:
        """The same, once it is read. A stop counts wherever the number or the address is known:
        the person spoke to that, not to a tenant of ours."""
        concerned = 0
        for tenant_id in self.tenants():
            tell = await self._find_tell(tenant_id, heard) if reply.revokes else tell_nobody
            async with self.store.write(tenant_id) as tx:
                concerned += await hear_tenant(tx, heard, reply, tell)
        return concerned

    async def _find_tell(self, tenant_id: str, heard: Heard) -> Tell:
        """How the EHR is told for each who has the number, found before the transaction: it may
        ask the EHR what it can do."""
        teller = self.teller
        if teller is None:
            return tell_nobody
        async with self.store.read(tenant_id) as tx:
            keys = await find_patients(tx, heard.sender, reach=heard.reach)
        ways: Mapping[str, Way] = await teller.find_ways(tenant_id, keys)

        async def tell(tx: TenantTx, revoked: Revoked) -> None:
            way = ways.get(tx.patient_key(revoked.patient_id), NO_WAY)
            await teller.tell(tx, revoked, way)

        return tell

    async def _keep_unknown(self, heard: Heard, reply: Reply) -> None:
        """From a number that nobody has: for the tenants that said they look after those, else
        for every one that this deployment sends for. It is not lost, whoever wrote it."""
        takers = []
        for tenant_id in self.tenants():
            async with self.store.read(tenant_id) as tx:
                if takes_unknown_numbers((await load_tenant(tx)).settings):
                    takers.append(tenant_id)
        for tenant_id in takers or self.tenants():
            async with self.store.write(tenant_id) as tx:
                await keep_reply(tx, "", heard, reply, sharers=0)

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


async def find_patients(tx: TenantTx, address: str, *, reach: timedelta = REACH) -> tuple[str, ...]:
    """Keys of everybody who agreed or refused at this number, or was sent something there within
    `reach`."""
    known = set(await load_patients_at(tx, address))
    sent = await load_outbound_at(tx, address, since=tx.now - reach)
    return tuple(sorted(known | {row.patient_key for row in sent}))


async def hear_tenant(tx: TenantTx, heard: Heard, reply: Reply, tell: Tell = tell_nobody) -> int:
    """One tenant's share; how many patients have the number."""
    keys = await find_patients(tx, heard.sender, reach=heard.reach)
    if len(keys) == 1:
        await hear_patient(tx, keys[0], heard, reply, tell)
    elif keys:
        await hear_shared(tx, keys, heard, reply, tell)
    return len(keys)


async def hear_patient(tx: TenantTx, key: str, heard: Heard, reply: Reply, tell: Tell) -> None:
    """From a number of one patient: kept, acted on, written to the audit."""
    rows = [r for r in await load_outreach_at(tx, heard.sender) if r.patient_key == key]
    latest = max((r for r in rows if r.sent_at), key=_sent_at, default=None)
    inbound_id = await keep_reply(
        tx, key, heard, reply, outreach_id=latest.outreach_id if latest else ""
    )
    if not inbound_id:
        return
    ended = await act(tx, key, heard, reply, rows, latest)
    await revoke(tx, key, heard, reply, inbound_id, tell)
    did = find_did(reply, answered=reply.kind in ANSWERS and latest is not None)
    await save_inbound_changes(tx, inbound_id, {"did": did, "ended": ended}, version=1)
    await record(tx, key, reply, ended)


async def hear_shared(
    tx: TenantTx, keys: Sequence[str], heard: Heard, reply: Reply, tell: Tell
) -> None:
    """From a number of several: a revocation counts for each of them, as it spoke to the number;
    anything else waits for a person to say whose words they are."""
    inbound_id = await keep_reply(tx, "", heard, reply, sharers=len(keys))
    if not inbound_id:
        return
    ended = 0
    for key in keys if reply.revokes else ():
        rows = [r for r in await load_outreach_at(tx, heard.sender) if r.patient_key == key]
        mine = await act(tx, key, heard, reply, rows, None)
        await revoke(tx, key, heard, reply, inbound_id, tell)
        await record(tx, key, reply, mine)
        ended += mine
    did = find_did(reply, answered=False)
    await save_inbound_changes(tx, inbound_id, {"did": did, "ended": ended}, version=1)
    if not reply.revokes:
        await record(tx, "", reply, 0)


async def keep_reply(
    tx: TenantTx, key: str, heard: Heard, reply: Reply, *, outreach_id: str = "", sharers: int = 1
) -> str:
    """The row's id; "" when it was heard before."""
    new = NewInbound(
        patient_key=key,
        provider=heard.provider,
        provider_id=heard.provider_id,
        address=heard.sender,
        meaning=reply.kind,
        text=heard.text,
        outreach_id=outreach_id,
        work=OPEN if needs_person(reply) else "",
        is_urgent=reply.urgent,
        provider_did=heard.provider_did,
        sharers=sharers,
    )
    return await save_inbound(tx, new)


async def record(tx: TenantTx, key: str, reply: Reply, ended: int) -> None:
    """What was made of it, for the audit; never the words."""
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
    """What the reply asks for, done to what is planned; how many planned contacts it ended."""
    if reply.revokes:
        because = "wrong_number" if reply.wrong_person else "opted_out"
        return await end_all(tx, rows, because, reply.channels or ("text",))
    if reply.kind in ANSWERS and latest is not None:
        return await answer(tx, latest, rows)
    return 0


async def revoke(
    tx: TenantTx, key: str, heard: Heard, reply: Reply, inbound_id: str, tell: Tell
) -> None:
    """A revocation into the consent ledger, and on its way to the EHR; nothing for another
    reply."""
    if not reply.revokes:
        return
    patient_id = await load_patient_id(tx, key)
    entries = build_revocations(tx, heard, reply)
    await save_consents(tx, patient_id, entries, user_id=SYSTEM)
    if reply.wrong_person:
        await mark_reassigned(tx, patient_id, heard.sender)
    await tell(tx, Revoked(patient_id, inbound_id, entries, reply.wrong_person))


def build_revocations(tx: TenantTx, heard: Heard, reply: Reply) -> tuple[ConsentEntry, ...]:
    """Their own words into the ledger, for any purpose: the channels they named (by phone at this
    number), else texts; everything, where they asked for no contact of any kind. A link speaks of
    e-mail to its address."""
    here = EMAIL if reply.rule == BY_LINK else BY_PHONE
    named: list[tuple[str, str]] = [
        (channel, heard.sender if channel in here else "")
        for channel in reply.channels or ("text",)
    ]
    if reply.everything:
        named.append(("", ""))
    how, who = WAYS[BY_LINK if reply.rule == BY_LINK else ""]
    return tuple(
        ConsentEntry(
            id=uuid.uuid4().hex,
            action="revoked",
            recorded_at=tx.now,
            recorded_by=who,
            how=how,
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
