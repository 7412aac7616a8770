"""The audit log, one hash chain per tenant. Rows are only ever added; triggers refuse the rest."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field

from app.store.tables.base import Row, table


class AuditRow(Row, table=True):
    """What happened: codes and opaque keys. Tenant "" holds what happened before one was known.

    `mac` covers every other column and the row before it, under a key that is not in the database.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_patient", "tenant_id", "patient_key", "at"),
        Index("ix_audit_at", "tenant_id", "at"),
    )

    tenant_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: datetime
    actor_id: str
    launch_id: str
    patient_key: str
    action: str
    outcome: str
    purpose: str
    request_id: str
    detail: dict[str, Any] = Field(sa_type=JSON)
    key_id: str
    prev_mac: str
    mac: str


class AuditHead(Row, table=True):
    """The last row of each chain, itself signed: a cut tail shows. Its lock orders the writers."""

    __tablename__ = "audit_head"

    tenant_id: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    mac: str
    key_id: str
    head_mac: str


AUDIT = table(AuditRow)
AUDIT_HEAD = table(AuditHead)
