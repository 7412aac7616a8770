"""What people decided about a patient's care gaps, kept after it ended."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.base import Row, table


class GapDecisionRow(Row, table=True):
    """One decision. `standing_key` is patient and measure while it stands and NULL afterwards, so
    that one gap has one standing decision. `evidence` is a blind index: it tells only whether the
    facts are the same. `ended_why`: over, new_evidence, settled, undone or replaced."""

    __tablename__ = "gap_decision"
    __table_args__ = (
        UniqueConstraint("tenant_id", "standing_key"),
        Index("ix_gap_decision_patient", "tenant_id", "patient_key", "measure"),
    )

    decision_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str
    measure: str
    standing_key: str | None = None
    kind: str
    reason: str
    until: date
    evidence: str
    body_sealed: bytes
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""


GAP_DECISION = table(GapDecisionRow)
