"""A call back to somebody who wrote: a contact for a person to make. Calls nobody.

The gate is asked when the person begins, as with every call.
"""

import uuid
from datetime import datetime

from app.store.audit import AuditEntry, append_audit
from app.store.records.inbound import Inbound
from app.store.records.ledger import LedgerEntry
from app.store.records.outreach import Content, NewOutreach, save_outreach, save_outreach_changes
from app.store.records.patients import load_patient_id
from app.store.transactions import TenantTx
from app.sync.consent_wording import write_phone
from app.sync.intents import PlannedOutreach
from app.sync.outreach_desk import FORMS, OutreachDesk
from app.sync.visits import Visit

TITLE = "They wrote back"
KIND = "reply"


async def plan_call_back(
    tx: TenantTx, outreach: OutreachDesk, visit: Visit, row: Inbound, route: tuple[str, str]
) -> tuple[str, LedgerEntry | None]:
    """(the contact's id, its ledger row). A reply has one call back however often it is asked
    for; for a patient whose chart is not open here the EHR is not told."""
    outreach_id = str(uuid.uuid5(FORMS, f"reply:{row.inbound_id}"))
    patient_id = await load_patient_id(tx, row.patient_key)
    new = build_call(row, outreach_id, patient_id, visit, due_at=tx.now)
    if not await save_outreach(tx, new):
        return outreach_id, None
    await append_audit(
        tx,
        AuditEntry(
            action="outreach.planned",
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            patient_key=row.patient_key,
            detail={"outreach": outreach_id, "channel": "call", "reply": row.inbound_id},
        ),
    )
    if patient_id != visit.opened.patient:
        return outreach_id, None
    intent = PlannedOutreach(
        outreach_id=outreach_id,
        channel="call",
        purpose=new.purpose,
        title=TITLE,
        due_at=tx.now,
    )
    entry = await outreach.save_intent(tx, visit, intent, route)
    await save_outreach_changes(tx, outreach_id, {"ledger_id": entry.ledger_id}, version=1)
    return outreach_id, entry


def build_call(
    row: Inbound, outreach_id: str, patient_id: str, visit: Visit, *, due_at: datetime
) -> NewOutreach:
    """To the number that they wrote from, for whoever took the reply."""
    content = Content(address=row.address, shown=write_phone(row.address), title=TITLE)
    return NewOutreach(
        outreach_id=outreach_id,
        patient_id=patient_id,
        state="scheduled",
        purpose="treatment",
        channel="call",
        content=content,
        created_by=visit.actor.user_id,
        due_at=due_at,
        reason_kind=KIND,
        reason_key=row.inbound_id,
        assigned_to=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
    )
