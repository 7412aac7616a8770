"""Charts as sealed snapshots, the patients behind blind indexes, and what we saved about them."""

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from app.store.tables.base import Row, table


class PatientRef(Row, table=True):
    """The one place that leads from a blind index back to the patient's id."""

    __tablename__ = "patient_ref"

    tenant_id: str = Field(primary_key=True)
    patient_key: str = Field(primary_key=True)
    patient_id_sealed: bytes
    first_seen: datetime


class ChartSnapshot(Row, table=True):
    """A patient's facts, sealed. `version` counts snapshots; `completeness` maps type → how."""

    __tablename__ = "chart_snapshot"

    tenant_id: str = Field(primary_key=True)
    patient_key: str = Field(primary_key=True)
    body_sealed: bytes
    read_at: datetime
    version: int = 1
    normalizer_version: str
    completeness: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


class ContactValue(Row, table=True):
    """A contact detail or preference as a person saved it here. Kept when superseded."""

    __tablename__ = "contact_value"

    value_id: str = Field(primary_key=True)
    tenant_id: str
    patient_key: str = Field(index=True)
    field: str
    value_sealed: bytes
    ledger_id: str = Field(default="", index=True)
    saved_by: str
    saved_at: datetime
    superseded_at: datetime | None = None


PATIENT_REF = table(PatientRef)
CHART = table(ChartSnapshot)
CONTACT = table(ContactValue)
