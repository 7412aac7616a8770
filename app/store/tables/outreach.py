"""Consent entries, planned outreach, the gate's receipts, and what leaves. Shapes only.

The database itself refuses an outbound row whose receipt does not allow exactly that content, and
any change to a consent entry or a receipt (revision 0008).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table

OUTBOUND_STATES = ("queued", "sending", "sent", "delivered", "failed", "unknown", "cancelled")
OUTREACH_STATES = ("draft", "scheduled", "due", "sent", "answered", "done", "cancelled")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


class ConsentRow(Row, table=True):
    """One line of the consent ledger, never changed. `body_mac` pins the sealed body, so that
    sealing it anew under another key cannot change what it says."""

    __tablename__ = "consent_entries"
    __table_args__ = (
        Index("ix_consent_entries_patient", "tenant_id", "patient_key", "recorded_at"),
        Index("ix_consent_entries_address", "tenant_id", "address_key"),
    )

    entry_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    kind: str
    action: str
    purpose: str = ""
    channel: str = ""
    address_key: str = ""
    recorded_at: datetime
    recorded_by: str
    launch_id: str = ""
    body_sealed: bytes
    body_mac: str


class OutreachRow(Row, table=True):
    """One planned contact. `assigned_to` is a user id or `queue:<name>`, `claimed_by`
    the one person at work on it; `ledger_id` leads to the
    planned outreach in the EHR, `done_ledger_id` to the completed contact."""

    __tablename__ = "outreach"
    __table_args__ = (
        CheckConstraint(_one_of("state", OUTREACH_STATES), name="state"),
        Index("ix_outreach_patient", "tenant_id", "patient_key", "due_at"),
        Index("ix_outreach_due", "state", "due_at"),
        Index("ix_outreach_assigned", "tenant_id", "assigned_to", "state"),
    )

    outreach_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    state: str
    purpose: str
    channel: str
    due_at: datetime | None = None
    zone: str = ""
    reason_kind: str = "manual"
    reason_key: str = ""
    sequence_id: str = ""
    sequence: str = ""
    sequence_version: int = 0
    step: int = 0
    assigned_to: str = ""
    claimed_by: str = ""
    template_id: str = ""
    template_version: str = ""
    address_key: str = ""
    content_sealed: bytes
    sent_at: datetime | None = None
    delivery: str = ""
    outcome: str = ""
    cancelled_because: str = ""
    ledger_id: str = ""
    done_ledger_id: str = ""
    launch_id: str = ""
    created_by: str
    version: int = 1
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class ReceiptRow(Row, table=True):
    """The gate's answer about one content, never changed. An empty `rules_version` is an answer
    about a plan without a message, on which nothing may leave."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_outreach", "tenant_id", "outreach_id", "decided_at"),)

    receipt_id: str = Field(primary_key=True)
    tenant_id: str
    outreach_id: str = Field(foreign_key="outreach.outreach_id")
    channel: str
    purpose: str
    content_key: str
    decided_at: datetime
    allowed: bool
    rule_id: str = ""
    next_allowed: datetime | None = None
    rules_version: str = ""
    detail_sealed: bytes
    detail_mac: str


class OutboundRow(Row, table=True):
    """One message on its way. One row per outreach and attempt; `fence` grows with each claim."""

    __tablename__ = "outbound"
    __table_args__ = (
        UniqueConstraint("outreach_id", "attempt_key"),
        CheckConstraint(_one_of("state", OUTBOUND_STATES), name="state"),
        Index("ix_outbound_due", "state", "not_before"),
        Index("ix_outbound_patient", "tenant_id", "patient_key"),
        Index("ix_outbound_address", "tenant_id", "address_key"),
        Index("ix_outbound_provider", "tenant_id", "provider_id"),
    )

    outbound_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    outreach_id: str = Field(foreign_key="outreach.outreach_id")
    receipt_id: str = Field(foreign_key="receipts.receipt_id")
    channel: str
    attempt_key: str
    address_key: str
    content_key: str
    content_sealed: bytes
    state: str = "queued"
    error_code: str = ""
    provider: str = ""
    provider_id: str = ""
    not_before: datetime | None = None
    claimed_by: str = ""
    claimed_until: datetime | None = None
    fence: int = 0
    version: int = 1
    queued_at: datetime
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    updated_at: datetime


CONSENT = table(ConsentRow)
OUTREACH = table(OutreachRow)
RECEIPT = table(ReceiptRow)
OUTBOUND = table(OutboundRow)
