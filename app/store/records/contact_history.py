"""Earlier contacts of a patient, across all campaigns: what frequency limits count."""

from datetime import datetime
from typing import cast

from sqlalchemy import func

from app.outreach.request import Channel, Contact
from app.store.tables.outreach import OUTBOUND, OUTREACH
from app.store.transactions import TenantTx

LEFT = ("sending", "sent", "delivered", "unknown")
"""States of which the message may have arrived; an unknown outcome counts as sent."""


async def load_contacts(tx: TenantTx, patient_id: str, *, since: datetime) -> tuple[Contact, ...]:
    """Messages that left (or may have), and calls and letters that staff made, oldest first."""
    key = tx.patient_key(patient_id)
    sent = tx.select(OUTBOUND, OUTBOUND.c.channel, OUTBOUND.c.sent_at, OUTBOUND.c.updated_at)
    sent = sent.where(OUTBOUND.c.patient_key == key, OUTBOUND.c.state.in_(LEFT))
    contacts = [(r.sent_at or r.updated_at, r.channel) for r in await tx.all(sent)]
    at = func.coalesce(OUTREACH.c.sent_at, OUTREACH.c.closed_at).label("at")
    made = tx.select(OUTREACH, OUTREACH.c.channel, at).where(
        OUTREACH.c.patient_key == key,
        OUTREACH.c.channel.in_(("call", "letter")),
        at.is_not(None),
        OUTREACH.c.state != "cancelled",
    )
    contacts += [(r.at, r.channel) for r in await tx.all(made)]
    return tuple(
        Contact(at, cast(Channel, channel)) for at, channel in sorted(contacts) if at >= since
    )
