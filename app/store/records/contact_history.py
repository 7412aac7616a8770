"""Earlier contacts of a patient, across all campaigns: what frequency limits count."""

from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, func

from app.outreach.request import Channel, Contact
from app.store.tables.outreach import OUTBOUND, OUTREACH
from app.store.transactions import TenantTx, build_tenant_select

LEFT = ("sending", "sent", "delivered", "unknown")
"""States of which the message may have arrived; an unknown outcome counts as sent."""
_SENT = build_tenant_select(
    OUTBOUND, OUTBOUND.c.channel, OUTBOUND.c.sent_at, OUTBOUND.c.updated_at
).where(OUTBOUND.c.patient_key == bindparam("patient"), OUTBOUND.c.state.in_(LEFT))
_AT = func.coalesce(OUTREACH.c.sent_at, OUTREACH.c.closed_at).label("at")
_MADE = build_tenant_select(OUTREACH, OUTREACH.c.channel, _AT).where(
    OUTREACH.c.patient_key == bindparam("patient"),
    OUTREACH.c.channel.in_(("call", "letter")),
    _AT.is_not(None),
    OUTREACH.c.state != "cancelled",
)


async def load_contacts(tx: TenantTx, patient_id: str, *, since: datetime) -> tuple[Contact, ...]:
    """Messages that left (or may have), and calls and letters that staff made, oldest first."""
    mine = tx.of_patient(patient_id)
    contacts = [(r.sent_at or r.updated_at, r.channel) for r in await tx.all(_SENT, mine)]
    contacts += [(r.at, r.channel) for r in await tx.all(_MADE, mine)]
    return tuple(
        Contact(at, cast(Channel, channel)) for at, channel in sorted(contacts) if at >= since
    )
