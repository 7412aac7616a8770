"""What people do with a planned contact: take it, hand it back, begin, say how it ended, cancel.

Each is one event of the plan in one transaction; the gate is asked again before a person calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from msgspec.structs import replace

from app.errors import InvalidInput, NotFound
from app.outreach import plan
from app.outreach.request import Channel, Receipt
from app.security.access import Action, require_may
from app.store.records.inbound import Inbound, load_inbound
from app.store.records.ledger import LedgerEntry, load_intent
from app.store.records.outbound import Outbound, cancel_outbound, load_outbound_of
from app.store.records.outreach import (
    LIVE,
    Outreach,
    load_outreach,
    load_patient_outreach,
    save_outreach_changes,
)
from app.store.records.receipts import StoredReceipt, load_receipts, save_receipt
from app.store.records.standing import load_standing, save_held
from app.store.transactions import TenantTx
from app.sync.contact_judge import ContactJudge
from app.sync.intents import CompletedContact
from app.sync.intents import Outcome as DoneOutcome
from app.sync.outreach_desk import BY_PEOPLE, OutreachDesk
from app.sync.outreach_draft import QUEUE
from app.sync.outreach_events import apply_event, build_plan
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT

DONE: Mapping[str, DoneOutcome] = {
    "reached": "reached",
    "left_message": "message_left",
    "no_answer": "no_answer",
    "wrong_number": "not_done",
    "declined": "declined",
    "booked": "reached",
}
"""Our outcomes as the EHR's record of a completed contact says them."""
ACTS = ("claim", "hand_back", "start", "mailed", "finish", "cancel")


@dataclass(frozen=True, slots=True)
class Item:
    """One contact with everything on record of it; `replies` oldest first."""

    outreach: Outreach
    receipts: tuple[StoredReceipt, ...]
    outbound: tuple[Outbound, ...]
    write: LedgerEntry | None
    replies: tuple[Inbound, ...] = ()


@dataclass(slots=True)
class OutreachWork:
    desk: OutreachDesk

    async def load(self, visit: Visit, outreach_id: str) -> Item:
        """Raises NotFound, also for another patient's."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            row = await load_own(tx, visit, outreach_id)
            write = await load_intent(tx, row.ledger_id) if row.ledger_id else None
            wrote = await load_inbound(tx, visit.patient_id)
            return Item(
                row,
                await load_receipts(tx, outreach_id),
                await load_outbound_of(tx, outreach_id),
                write,
                tuple(r for r in reversed(wrote) if is_about(r, row)),
            )

    async def judge_now(self, visit: Visit, row: Outreach) -> Receipt:
        """The gate's answer at this moment."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            return await ContactJudge(self.desk.rules)(tx, row, row.content)

    async def act(self, visit: Visit, outreach_id: str, form: Mapping[str, str]) -> str:
        """Does what the form asks; "" or why it cannot be done, in words.

        Raises AccessDenied, NotFound, NotPossible (somebody was first), InvalidInput.
        """
        require_may(visit.actor, Action.OUTREACH_PLAN)
        act = form.get("act", "")
        if act not in ACTS:
            raise InvalidInput("This form cannot be read.")
        route = ("", "")
        if act in ("finish", "mailed"):
            route = await self.desk.desk.plan(visit, "completed_contact")
        entry: LedgerEntry | None = None
        async with self.desk.store.write(visit.opened.tenant_id) as tx:
            row = await load_own(tx, visit, outreach_id)
            if act == "start":
                return await self._start(tx, visit, row)
            if act in ("finish", "mailed"):
                entry = await self._finish(tx, visit, row, form, route)
            else:
                await change_hands(tx, visit, row, act)
        if entry is not None and entry.plan not in NOT_SENT:
            await self.desk.desk.start_and_wait(visit, [entry])
        return ""

    async def _start(self, tx: TenantTx, visit: Visit, row: Outreach) -> str:
        """A person begins now: judged now, and refused when the gate says no."""
        if row.channel not in BY_PEOPLE:
            raise InvalidInput("This contact is sent by Chartside, not by a person.")
        receipt = await ContactJudge(self.desk.rules)(tx, row, row.content)
        await save_receipt(
            tx,
            row.outreach_id,
            receipt,
            channel=row.channel,
            purpose=row.purpose,
            content=row.content,
        )
        if not receipt.allowed:
            return f"{receipt.denials[0].reason} {receipt.denials[0].fix}"
        row = await happen(tx, visit, row, plan.Claim(visit.actor.user_id))
        if row.state in ("draft", "scheduled"):
            row = await happen(tx, visit, row, plan.Schedule(tx.now))
            await happen(tx, visit, row, plan.FallDue())
        return ""

    async def _finish(
        self,
        tx: TenantTx,
        visit: Visit,
        row: Outreach,
        form: Mapping[str, str],
        route: tuple[str, str],
    ) -> LedgerEntry:
        said = form.get("note", "").strip()[:1000]
        row, outcome = await self._end(tx, visit, row, form)
        done = CompletedContact(
            outreach_id=row.outreach_id,
            channel=cast(Channel, row.channel),
            purpose=row.purpose,
            title=row.content.title,
            outcome=outcome,
            at=tx.now,
            note=said,
            planned=row.ledger_id,
        )
        entry = await self.desk.save_intent(tx, visit, done, route)
        await save_outreach_changes(
            tx,
            row.outreach_id,
            {"done_ledger_id": entry.ledger_id},
            version=row.version,
            content=replace(row.content, note=said or row.content.note),
        )
        return entry

    async def _end(
        self, tx: TenantTx, visit: Visit, row: Outreach, form: Mapping[str, str]
    ) -> tuple[Outreach, DoneOutcome]:
        """A letter that left, or a contact that ended; what it means for the rest follows."""
        if form.get("act") == "mailed":
            if row.channel == "call":
                raise InvalidInput("This form cannot be read.")
            return await happen(tx, visit, row, plan.Send()), "sent"
        named = form.get("outcome", "")
        if named not in plan.OUTCOMES:
            raise InvalidInput("Say how it ended.", field="outcome")
        row = await happen(tx, visit, row, plan.Finish(named))
        await follow(tx, visit, row, named)
        return row, DONE[named]


def is_about(reply: Inbound, row: Outreach) -> bool:
    """It came as the answer to this contact, or this contact answers it."""
    answered_by = row.reason_key if row.reason_kind == "reply" else ""
    return reply.outreach_id == row.outreach_id or reply.inbound_id == answered_by


async def happen(tx: TenantTx, visit: Visit, row: Outreach, event: plan.Event) -> Outreach:
    """The event, by the person who looks at the page."""
    return await apply_event(
        tx, row, event, actor_id=visit.actor.user_id, launch_id=visit.opened.launch_id
    )


async def load_own(tx: TenantTx, visit: Visit, outreach_id: str) -> Outreach:
    """The contact, if it is this launch's patient's. Raises NotFound."""
    row = await load_outreach(tx, outreach_id)
    if row.patient_key != tx.patient_key(visit.patient_id):
        raise NotFound
    return row


async def change_hands(tx: TenantTx, visit: Visit, row: Outreach, act: str) -> None:
    """Claim, hand back or cancel."""
    user = visit.actor.user_id
    event: plan.Event = plan.Claim(user)
    if act == "hand_back":
        event = plan.HandBack(user, QUEUE)
    elif act == "cancel":
        event = plan.Cancel("by_person")
        await cancel_outbound(tx, why="by_person", outreach_id=row.outreach_id)
    await happen(tx, visit, row, event)


async def follow(tx: TenantTx, visit: Visit, row: Outreach, outcome: plan.Outcome) -> None:
    """What an outcome means for the rest: the sequence ends, a number is somebody else's."""
    means = plan.CONSEQUENCES[outcome]
    if means.bad_address and row.content.address:
        _preferences, held = await load_standing(tx, visit.patient_id)
        wrong = held.reassigned | {row.content.address}
        await save_held(
            tx, visit.patient_id, replace(held, reassigned=wrong), saved_by=visit.actor.user_id
        )
    if not (means.ends_sequence and row.sequence_id):
        return
    for other in await load_patient_outreach(tx, visit.patient_id, states=LIVE):
        same = other.sequence_id == row.sequence_id and other.outreach_id != row.outreach_id
        if same and plan.may_happen(build_plan(other), plan.Cancel(means.cancel_code)):
            await cancel_outbound(tx, why=means.cancel_code, outreach_id=other.outreach_id)
            await apply_event(
                tx, other, plan.Cancel(means.cancel_code), actor_id=visit.actor.user_id
            )
