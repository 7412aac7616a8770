"""What patients wrote to us, and what people did about it. Shapes only."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table


class InboundRow(Row, table=True):
    """One text from a patient. `patient_key` is "" for a number that belongs to nobody we know,
    and for one that `sharers` patients have, until a person says whose words they are.

    `meaning` is what it was read as, `did` what Chartside did by itself, `provider_did` what the
    text provider says that it answered. `work` is "" (nothing is left to do), "open" or "handled"
    with `result` as its coded outcome; `task_id` leads to the contact planned because of it. A
    provider's second telling of it is the same row.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("tenant_id", "patient_key", "provider", "provider_id"),
        Index("ix_inbound_patient", "tenant_id", "patient_key", "heard_at"),
        Index("ix_inbound_work", "tenant_id", "work", "is_urgent", "heard_at"),
    )

    inbound_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    provider: str
    provider_id: str
    address_key: str
    meaning: str
    outreach_id: str = ""
    content_sealed: bytes
    heard_at: datetime
    work: str = ""
    is_urgent: bool = False
    did: str = ""
    provider_did: str = ""
    ended: int = 0
    sharers: int = 1
    seen_by: str = ""
    seen_at: datetime | None = None
    claimed_by: str = ""
    handled_by: str = ""
    handled_at: datetime | None = None
    result: str = ""
    task_id: str = ""
    version: int = 1
    address_sealed: bytes | None = None
    note_sealed: bytes | None = None


INBOUND = table(InboundRow)
