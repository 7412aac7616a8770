"""The outreach intents as ledger rows: made by whoever plans, takes back or records a contact.

Saves in the caller's transaction, beside the outreach row and its audit; sends nothing.
"""

import uuid
from contextlib import suppress
from typing import cast

from app.errors import NotFound, StaleWrite
from app.outreach.plan import CANCEL_CODES
from app.store.audit import AuditEntry, append_audit
from app.store.records.database_time import load_database_time
from app.store.records.ledger import (
    LedgerEntry,
    NewIntent,
    Progress,
    load_intent,
    save_intent,
    save_state,
)
from app.store.records.outreach import Outreach
from app.store.records.patients import load_patient_id
from app.store.transactions import TenantTx
from app.sync.dispatch_retry import GAVE_UP
from app.sync.intents import (
    WITHDRAWN,
    Channel,
    CompletedContact,
    PlannedOutreach,
    WithdrawnOutreach,
    build_content,
)
from app.sync.ledger_kin import build_withdrawal_key
from app.sync.payloads.withdrawal import PLANS
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT, PERSON

WITHDRAW = "withdraw"
"""The plan of a row that changes the status of what another row created."""

TAKEN_BACK = "taken_back"
REFUSED = frozenset(
    {GAVE_UP, "fhir_rejected", "fhir_forbidden", "fhir_not_found", "not_built", "no_route"}
)
"""Why a row needs attention although the EHR took nothing of it."""


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


async def plan_withdrawal(
    tx: TenantTx, row: Outreach, because: str, *, user_id: str = "", launch_id: str = ""
) -> LedgerEntry | None:
    """Takes back what the ledger holds of this contact's plan; the row of the withdrawal, None
    where the EHR never had anything. Called by every cancellation (outreach_events), and by whoever
    plans the same contact anew: `row.ledger_id` names the plan that no longer stands.

    `because` is a cancel code or staff words. Without a person (`user_id`) it goes out as the one
    who planned. A plan that was not sent yet is not sent any more; one that may be there is
    withdrawn once that is known. Asking twice is asking once.
    """
    origin = await _load_origin(tx, row)
    if origin is None or origin.state == "cancelled":
        return None
    if is_unsent(origin) and await _is_free(tx, origin):
        with suppress(StaleWrite):  # a worker took it this moment: then there is something
            never = Progress(state="cancelled", error_code=TAKEN_BACK)
            await save_state(tx, origin.ledger_id, never, version=origin.version)
            return None
    with suppress(NotFound):
        return await load_intent(tx, build_withdrawal_id(origin.ledger_id))
    new = await _build_withdrawal(tx, row, origin, because, user_id, launch_id)
    entry, _is_new = await save_intent(tx, new)
    await append_audit(tx, _build_audit(entry, origin))
    return entry


def build_withdrawal_id(planned: str) -> str:
    """The ledger id of the withdrawal of the plan in that row: there is one."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, build_withdrawal_key(planned)))


async def _load_origin(tx: TenantTx, row: Outreach) -> LedgerEntry | None:
    with suppress(NotFound):
        return await load_intent(tx, row.ledger_id) if row.ledger_id else None
    return None


def is_unsent(entry: LedgerEntry) -> bool:
    """Whether it is known that the EHR has nothing of the row: no attempt that may have left
    something, and nobody who says that they typed it in."""
    if entry.ehr_id or entry.error_code == "entered_by_person":
        return False
    if entry.state == "attention":
        return entry.error_code in REFUSED
    was_sent_again = "since" in entry.detail and not entry.detail.get("looked")
    return entry.state == "saved" and not was_sent_again


async def _is_free(tx: TenantTx, entry: LedgerEntry) -> bool:
    """Whether no worker has it in hand."""
    until = entry.claimed_until
    return until is None or until <= await load_database_time(tx)


async def _build_withdrawal(
    tx: TenantTx, row: Outreach, origin: LedgerEntry, because: str, user_id: str, launch_id: str
) -> NewIntent:
    intent = WithdrawnOutreach(
        outreach_id=row.outreach_id,
        channel=cast(Channel, row.channel),
        title=row.content.title,
        because=CANCEL_CODES.get(because, because),
        planned=origin.ledger_id,
        due_at=row.due_at,
    )
    return NewIntent(
        ledger_id=build_withdrawal_id(origin.ledger_id),
        patient_id=await load_patient_id(tx, row.patient_key),
        kind=WITHDRAWN,
        idempotency_key=build_withdrawal_key(origin.ledger_id),
        intent=build_content(intent),
        subject=WITHDRAWN,
        launch_id=launch_id if user_id else origin.launch_id,
        user_id=user_id or origin.user_id,
        plan=choose_way(origin),
        plan_reason=origin.plan_reason,
    )


def choose_way(origin: LedgerEntry) -> str:
    """By the way the plan went: a resource with a status is changed, a note is followed by a note,
    and what a person typed in a person takes out."""
    if origin.plan in NOT_SENT:
        return PERSON
    return WITHDRAW if origin.plan in PLANS else origin.plan


def _build_audit(entry: LedgerEntry, origin: LedgerEntry) -> AuditEntry:
    return AuditEntry(
        action="outreach.withdrawn",
        actor_id=entry.user_id,
        launch_id=entry.launch_id,
        patient_key=entry.patient_key,
        detail={"ledger": entry.ledger_id, "planned": origin.ledger_id, "plan": entry.plan},
    )
