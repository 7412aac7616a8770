"""The two outreach intents as ledger rows: made by whoever plans or records a contact.

Saves in the caller's transaction, beside the outreach row and its audit; sends nothing.
"""

import uuid

from app.store.records.ledger import LedgerEntry, NewIntent, save_intent
from app.store.transactions import TenantTx
from app.sync.intents import CompletedContact, PlannedOutreach, build_content
from app.sync.visits import Visit


def build_outreach_intent(
    visit: Visit,
    intent: PlannedOutreach | CompletedContact,
    plan: tuple[str, str],
    *,
    step: int = 1,
) -> NewIntent:
    """`plan` is what WriteRoutes.plan_intent answered for the kind (asked before the transaction:
    it may wait for the EHR). The same outreach and `step` give the same row."""
    kind = "planned_outreach" if isinstance(intent, PlannedOutreach) else "completed_contact"
    return NewIntent(
        ledger_id=str(uuid.uuid4()),
        patient_id=visit.patient_id,
        kind=kind,
        idempotency_key=f"outreach:{intent.outreach_id}:{kind}:{step}",
        intent=build_content(intent),
        subject=kind,
        launch_id=visit.opened.launch_id,
        user_id=visit.actor.user_id,
        plan=plan[0],
        plan_reason=plan[1],
    )


async def save_outreach_intent(tx: TenantTx, new: NewIntent) -> LedgerEntry:
    """The row, new or as first saved. Raises KeyReused when the step comes back changed."""
    entry, _is_new = await save_intent(tx, new)
    return entry
