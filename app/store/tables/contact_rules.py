"""A practice's own message templates and sequences, version by version. Shapes only."""

from datetime import datetime

from sqlmodel import Field

from app.store.tables.base import Row, table


class ContactRuleRow(Row, table=True):
    """One version of one template or sequence (`kind`), never changed but in its state: "draft",
    "approved" or "retired". `body` is JSON in the shape of the shipped rule files; no patient is
    in it. A row without a body only says what became of a shipped version here."""

    __tablename__ = "contact_rule"

    tenant_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    rule_key: str = Field(primary_key=True)
    rule_version: int = Field(primary_key=True)
    state: str
    body: str
    made_by: str
    made_at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None
    retired_by: str = ""
    retired_at: datetime | None = None


CONTACT_RULE = table(ContactRuleRow)
