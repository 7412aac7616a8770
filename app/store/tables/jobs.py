"""Workers at the job engine, and how fast each tenant's EHR may be asked. Shapes only."""

from datetime import datetime

from sqlmodel import Field

from app.store.tables.base import Row, table


class WorkerRow(Row, table=True):
    """One executor of the job engine. `name` is stable across restarts; `incarnation` is the
    process that holds it until `lives_until`, in the database's own time."""

    __tablename__ = "worker"

    name: str = Field(primary_key=True)
    incarnation: str
    started_at: datetime
    lives_until: datetime


class TenantPaceRow(Row, table=True):
    """What all workers know of a tenant's EHR: asked to wait until then, failures in a row."""

    __tablename__ = "tenant_pace"

    tenant_id: str = Field(primary_key=True)
    paused_until: datetime | None = None
    reason: str = ""
    failures: int = 0
    updated_at: datetime


WORKER = table(WorkerRow)
PACE = table(TenantPaceRow)
