"""Texts from patients, kept once each. Reads nothing into them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.store.records.consents import build_address_key
from app.store.tables.inbound import INBOUND
from app.store.transactions import TenantTx


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A row, opened. `text` as they wrote it."""

    inbound_id: str
    outreach_id: str
    meaning: str
    text: str
    heard_at: datetime


async def save_inbound(
    tx: TenantTx,
    *,
    patient_key: str,
    provider: str,
    provider_id: str,
    address: str,
    meaning: str,
    text: str,
    outreach_id: str = "",
) -> bool:
    """Keeps it; False when it was kept before (the provider tells again until it is answered)."""
    inbound_id = uuid.uuid4().hex
    return await tx.insert_new(
        INBOUND,
        {
            "inbound_id": inbound_id,
            "patient_key": patient_key,
            "provider": provider,
            "provider_id": provider_id,
            "address_key": build_address_key(tx, address),
            "meaning": meaning,
            "outreach_id": outreach_id,
            "content_sealed": tx.seal(INBOUND, "content_sealed", inbound_id, text.encode()),
            "heard_at": tx.now,
        },
    )


async def load_inbound(tx: TenantTx, patient_id: str, *, limit: int = 50) -> tuple[Inbound, ...]:
    """What this patient wrote, the latest first."""
    mine = INBOUND.c.patient_key == tx.patient_key(patient_id)
    query = tx.select(INBOUND).where(mine).order_by(INBOUND.c.heard_at.desc(), INBOUND.c.inbound_id)
    found = []
    for row in await tx.all(query.limit(limit)):
        text = await tx.open(INBOUND, "content_sealed", row.inbound_id, row.content_sealed)
        found.append(
            Inbound(
                inbound_id=row.inbound_id,
                outreach_id=row.outreach_id,
                meaning=row.meaning,
                text=text.decode(),
                heard_at=row.heard_at,
            )
        )
    return tuple(found)
