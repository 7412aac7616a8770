"""What patients wrote to us. Shapes only."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table


class InboundRow(Row, table=True):
    """One text from a patient. `patient_key` is "" for a number that belongs to nobody we know;
    `meaning` is what it was read as. A provider's second telling of it is the same row."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("tenant_id", "patient_key", "provider", "provider_id"),
        Index("ix_inbound_patient", "tenant_id", "patient_key", "heard_at"),
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


INBOUND = table(InboundRow)
