"""The ledger: one row per write intent to the EHR, its attempts, and conflicts to choose from."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table


class LedgerRow(Row, table=True):
    """One intent. `version` guards every change; `fence` grows with each claim by a worker.

    `ledger_id` is a UUID and travels as our identifier on what we write.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("tenant_id", "idempotency_key"),
        Index("ix_ledger_patient", "tenant_id", "patient_key", "created_at"),
        Index("ix_ledger_due", "state", "next_attempt_at"),
        Index("ix_ledger_tenant", "tenant_id", "state", "created_at"),
    )

    ledger_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    launch_id: str = ""
    user_id: str = ""
    kind: str
    subject: str = ""
    idempotency_key: str
    intent_mac: str
    intent_sealed: bytes
    plan: str = ""
    plan_reason: str = ""
    precondition: str = ""
    state: str = "saved"
    error_code: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    ehr_type: str = ""
    ehr_id_sealed: bytes | None = None
    ehr_version: str = ""
    read_back: str = ""
    read_back_at: datetime | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    claimed_by: str = ""
    claimed_until: datetime | None = None
    fence: int = 0
    version: int = 1
    created_at: datetime
    updated_at: datetime


class LedgerAttempt(Row, table=True):
    """One try against the EHR, or one read-back. Codes only, never what was sent or answered."""

    __tablename__ = "ledger_attempt"

    ledger_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    tenant_id: str
    kind: str
    outcome: str
    status: int = 0
    error_code: str = ""
    precondition: str = ""
    fence: int = 0
    started_at: datetime
    ended_at: datetime


class ConflictRow(Row, table=True):
    """Both values of a field that changed on both sides, kept after the choice as well."""

    __tablename__ = "conflict"
    __table_args__ = (Index("ix_conflict_patient", "tenant_id", "patient_key"),)

    conflict_id: str = Field(primary_key=True)
    tenant_id: str
    ledger_id: str = Field(index=True)
    patient_key: str
    field: str
    values_sealed: bytes
    ehr_version: str = ""
    choice: str = ""
    chosen_by: str = ""
    opened_at: datetime
    chosen_at: datetime | None = None


LEDGER = table(LedgerRow)
ATTEMPT = table(LedgerAttempt)
CONFLICT = table(ConflictRow)
