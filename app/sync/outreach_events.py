"""An event happens to a stored outreach: the plan decides, the row changes, the audit says so."""

from dataclasses import replace
from typing import Any, cast

from app.outreach import plan
from app.outreach.request import Channel
from app.store.audit import AuditEntry, append_audit
from app.store.records.outreach import Outreach, save_outreach_changes
from app.store.transactions import TenantTx
from app.sync.outreach_intents import plan_withdrawal

SYSTEM = "system:delivery"
MOVED = (
    "state", "due_at", "zone", "assigned_to", "claimed_by", "sent_at", "delivery", "outcome",
    "closed_at", "cancelled_because",
)  # fmt: skip
"""What an event may change of a row."""


def build_plan(row: Outreach) -> plan.Outreach:
    """The pure view of a stored row."""
    return plan.Outreach(
        id=row.outreach_id,
        state=cast(plan.State, row.state),
        purpose=row.purpose,
        channel=cast(Channel, row.channel),
        reason=plan.Reason(cast(plan.ReasonKind, row.reason_kind), row.reason_key),
        address=row.content.address,
        due_at=row.due_at,
        zone=row.zone,
        sequence=row.sequence,
        sequence_version=row.sequence_version,
        step=row.step,
        assigned_to=row.assigned_to,
        claimed_by=row.claimed_by,
        sent_at=row.sent_at,
        delivery=cast(plan.Delivery, row.delivery),
        outcome=cast(plan.Outcome, row.outcome),
        closed_at=row.closed_at,
        cancelled_because=row.cancelled_because,
    )


async def apply_event(
    tx: TenantTx,
    row: Outreach,
    event: plan.Event,
    *,
    actor_id: str = SYSTEM,
    launch_id: str = "",
    detail: dict[str, Any] | None = None,
) -> Outreach:
    """The row after the event, saved with its audit row. What the EHR holds of a plan that is
    canceled is taken back by the ledger, in the same transaction.

    Raises plan.NotPossible when the event
    does not fit, StaleWrite when someone else was first.
    """
    after = plan.plan_event(build_plan(row), event, tx.now)
    changes = {name: getattr(after, name) for name in MOVED}
    version = await save_outreach_changes(tx, row.outreach_id, changes, version=row.version)
    said = {"outreach": row.outreach_id, "from": row.state, "to": after.state}
    if after.cancelled_because:
        said["because"] = after.cancelled_because
    entry = AuditEntry(
        action=f"outreach.{type(event).__name__.lower()}",
        actor_id=actor_id,
        launch_id=launch_id,
        patient_key=row.patient_key,
        detail={**said, **(detail or {})},
    )
    await append_audit(tx, entry)
    if after.state == "cancelled":
        person = "" if actor_id.startswith("system:") else actor_id
        await plan_withdrawal(tx, row, after.cancelled_because, user_id=person, launch_id=launch_id)
    return replace(row, **changes, version=version, updated_at=tx.now)
