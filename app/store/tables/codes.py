"""Local codes: what a tenant maps them to, which still wait, and counts of odd data per day."""

from datetime import date, datetime

from sqlmodel import Field

from app.store.tables.base import Row, table


class CodeMapping(Row, table=True):
    """One tenant's local code and the canonical code that a person gave it."""

    __tablename__ = "code_mapping"

    tenant_id: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    target_system: str
    target_code: str
    target_display: str = ""
    mapped_by: str
    mapped_at: datetime


class UnmappedCode(Row, table=True):
    """A code nobody has explained yet. `state`: open, mapped or ignored."""

    __tablename__ = "unmapped_code"

    tenant_id: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    display: str = ""
    resource_type: str
    seen: int = 1
    state: str = "open"
    first_seen: datetime
    last_seen: datetime


class DataQuality(Row, table=True):
    """How often a warning, repair or refusal occurred that day. Counts, never resource ids."""

    __tablename__ = "data_quality"

    tenant_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    resource_type: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    count: int = 0


CODE_MAPPING = table(CodeMapping)
UNMAPPED = table(UnmappedCode)
QUALITY = table(DataQuality)
