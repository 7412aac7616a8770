"""A planned contact moved to another time: judged for it, the plan in the EHR replaced.

What was queued is called back first; what may be leaving this moment is not moved. Sends nothing.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from app.errors import InvalidInput
from app.outreach import plan
from app.outreach.person import find_way
from app.outreach.request import Channel, Receipt
from app.security.access import Action, require_may
from app.store.records.ledger import LedgerEntry
from app.store.records.outbound import cancel_outbound, load_outbound_of
from app.store.records.outreach import Outreach, save_outreach_changes
from app.store.records.patients import load_patient_id
from app.store.records.receipts import save_receipt
from app.store.transactions import TenantTx
from app.sync.consent_form import parse_clock
from app.sync.contact_judge import build_message, load_subject
from app.sync.intents import PlannedOutreach
from app.sync.outreach_desk import OutreachDesk
from app.sync.outreach_events import apply_event, build_plan
from app.sync.outreach_intents import (
    build_outreach_intent,
    plan_withdrawal,
    save_outreach_intent,
)
from app.sync.outreach_work import load_own
from app.sync.own_rules import load_tenant_rules
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT

MOVED = "Moved to another time"
LEFT = ("sending", "unknown", "sent", "delivered")
"""States of a message that may have left: there is nothing to move any more."""


async def move_contact(
    desk: OutreachDesk, visit: Visit, outreach_id: str, form: Mapping[str, str]
) -> str:
    """Moves it to `day` and `clock` in the patient's own time; "" or why not, in words.

    Raises AccessDenied, NotFound, NotPossible (it is under way), InvalidInput.
    """
    require_may(visit.actor, Action.OUTREACH_PLAN)
    route = await desk.desk.plan(visit, "planned_outreach")
    entries: list[LedgerEntry] = []
    async with desk.store.write(visit.opened.tenant_id) as tx:
        row = await load_own(tx, visit, outreach_id)
        due_at = parse_due(form, ZoneInfo(row.zone) if row.zone else visit.tenant.zone, tx.now)
        if due_at == row.due_at:
            return ""
        await require_movable(tx, row, due_at)
        receipt = await judge_at(tx, desk, row, due_at)
        await save_receipt(
            tx, outreach_id, receipt, channel=row.channel, purpose=row.purpose, content=row.content
        )
        if not receipt.allowed:
            return f"{receipt.denials[0].reason} {receipt.denials[0].fix}"
        entries = await replace_plan(tx, desk, visit, row, due_at, route)
    await desk.desk.start_and_wait(visit, [e for e in entries if e.plan not in NOT_SENT])
    return ""


async def require_movable(tx: TenantTx, row: Outreach, due_at: datetime) -> None:
    """Raises NotPossible for what is under way or over."""
    under_way = any(o.state in LEFT for o in await load_outbound_of(tx, row.outreach_id))
    if under_way or not plan.may_happen(build_plan(row), plan.Schedule(due_at)):
        raise plan.NotPossible("This contact is under way or over. It cannot be moved any more.")


async def judge_at(tx: TenantTx, desk: OutreachDesk, row: Outreach, due_at: datetime) -> Receipt:
    """The gate's answer about these words at that moment, over what is stored now."""
    rules = await load_tenant_rules(tx, desk.rules)
    subject = await load_subject(tx, await load_patient_id(tx, row.patient_key), rules)
    channel = cast(Channel, row.channel)
    way = find_way(subject.known, channel, row.content.address)
    message = build_message(row.content, row.template_id, row.template_version, rules)
    return subject.judge(way, channel=channel, purpose=row.purpose, at=due_at, message=message)


async def replace_plan(
    tx: TenantTx,
    desk: OutreachDesk,
    visit: Visit,
    row: Outreach,
    due_at: datetime,
    route: tuple[str, str],
) -> list[LedgerEntry]:
    """What was queued is called back, the old plan withdrawn, the new one saved for the EHR."""
    user, launch = visit.actor.user_id, visit.opened.launch_id
    await cancel_outbound(tx, why="moved", outreach_id=row.outreach_id)
    withdrawn = await plan_withdrawal(tx, row, MOVED, user_id=user, launch_id=launch)
    moved = await apply_event(tx, row, plan.Schedule(due_at), actor_id=user, launch_id=launch)
    intent = PlannedOutreach(
        outreach_id=row.outreach_id,
        channel=cast(Channel, row.channel),
        purpose=row.purpose,
        title=row.content.title,
        due_at=due_at,
    )
    new = build_outreach_intent(visit, intent, route, step=moved.version)
    entry = await save_outreach_intent(tx, new)
    changes = {"ledger_id": entry.ledger_id}
    await save_outreach_changes(tx, row.outreach_id, changes, version=moved.version)
    entries = [e for e in (withdrawn, entry) if e is not None]
    for found in entries:
        if found.plan not in NOT_SENT:
            await desk.desk.enqueue(tx, found.ledger_id)
    return entries


def parse_due(form: Mapping[str, str], there: ZoneInfo, now: datetime) -> datetime:
    """A moment to come, in UTC. Raises InvalidInput."""
    try:
        day, minute = date.fromisoformat(form.get("day", "")), parse_clock(form.get("clock", ""))
    except ValueError:
        raise InvalidInput("Type a date and a time, such as 9:30 AM.", field="clock") from None
    at = datetime.combine(day, time(minute // 60 % 24, minute % 60), there).astimezone(UTC)
    if at < now:
        raise InvalidInput("This moment has passed.", field="clock")
    return at
