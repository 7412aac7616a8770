"""Launches: those waiting for the EHR's answer, those open, and their tokens."""

from datetime import datetime

from sqlmodel import Field

from app.store.tables.base import Row, table


class PendingLaunchRow(Row, table=True):
    """Between /launch and the callback. Only the hash of `state` is kept; taking removes it."""

    __tablename__ = "pending_launch"

    state_hash: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    body_sealed: bytes
    created_at: datetime
    expires_at: datetime = Field(index=True)


class LaunchRow(Row, table=True):
    """One opened chart: one person, one patient, one browser secret, of which the hash is kept.

    `held` launches wait to be continued in a window and open no page. What the EHR said is inside
    `body_sealed`; `last_seen` is the last thing a person did, not the last request of a page.
    """

    __tablename__ = "launch"

    launch_id: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    user_id: str = Field(default="", index=True)
    patient_key: str = Field(default="", index=True)
    session_hash: str
    held: bool = False
    body_sealed: bytes
    opened_at: datetime
    last_seen: datetime
    expires_at: datetime = Field(index=True)
    ended_at: datetime | None = None


class TokenSetRow(Row, table=True):
    """Tokens of one owner: a launch id, or a backend client. `version` guards replacement.

    `lock_until` is the lease of the one process that is refreshing now, `lock_owner` its name.
    """

    __tablename__ = "token_set"

    owner_id: str = Field(primary_key=True)
    tenant_id: str = Field(index=True)
    body_sealed: bytes
    expires_at: datetime | None = None
    version: int = 1
    lock_owner: str = ""
    lock_until: datetime | None = None
    updated_at: datetime


PENDING = table(PendingLaunchRow)
LAUNCH = table(LaunchRow)
TOKENS = table(TokenSetRow)
