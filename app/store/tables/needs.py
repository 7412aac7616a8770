"""What kept charts are open for, as rows that a list can be sorted by. Shapes only."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from app.store.tables.base import Row, table


class NeedRow(Row, table=True):
    """One kept chart as a whole. `judge_at` is when it is to be judged next; `judged_at` NULL when
    it never was, and `state` is then "waiting", else open, unknown or none. `rules` names what it
    was judged by, `read_at` how old the chart is. `rank` and `due_on` sort; a day that is not
    known is the last of the calendar. `assigned_to` is who plans the contact."""

    __tablename__ = "need"
    __table_args__ = (
        Index("ix_need_order", "tenant_id", "rank", "due_on", "patient_key"),
        Index("ix_need_assigned", "tenant_id", "assigned_to", "rank"),
        Index("ix_need_judge", "judge_at", "tenant_id"),
    )

    tenant_id: str = Field(primary_key=True)
    patient_key: str = Field(primary_key=True)
    state: str
    rank: int
    due_on: date
    best_on: date
    best_count: int = 0
    read_at: datetime
    rules: str = ""
    judge_at: datetime
    judged_at: datetime | None = None
    assigned_to: str = ""
    assigned_at: datetime | None = None


class NeedItemRow(Row, table=True):
    """One open thing of a chart. `kind` gap or vaccine, `key` a measure or a vaccine group;
    `since` is the first day on which it was due or, where nothing tells that, was seen here.
    `evidence` is the key of the facts, while somebody has set the gap aside."""

    __tablename__ = "need_item"
    __table_args__ = (
        Index("ix_need_item_order", "tenant_id", "kind", "key", "rank", "due_on", "patient_key"),
    )

    tenant_id: str = Field(primary_key=True)
    patient_key: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    status: str
    rank: int
    due_on: date
    since: date
    evidence: str = ""


NEED = table(NeedRow)
NEED_ITEM = table(NeedItemRow)
