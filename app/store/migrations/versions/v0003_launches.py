"""Launches under way, opened launches and their tokens."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_pending_launch()
    _create_launch()
    _create_token_set()


def _create_pending_launch() -> None:
    op.create_table(
        "pending_launch",
        c.text("state_hash"),
        c.text("tenant_id"),
        c.blob("body_sealed"),
        c.moment("created_at"),
        c.moment("expires_at"),
        sa.PrimaryKeyConstraint("state_hash", name="pk_pending_launch"),
    )
    op.create_index("ix_pending_launch_expires_at", "pending_launch", ["expires_at"])
    op.create_index("ix_pending_launch_tenant_id", "pending_launch", ["tenant_id"])


def _create_launch() -> None:
    op.create_table(
        "launch",
        c.text("launch_id"),
        c.text("tenant_id"),
        c.text("user_id"),
        c.text("patient_key"),
        c.text("session_hash"),
        c.flag("held"),
        c.blob("body_sealed"),
        c.moment("opened_at"),
        c.moment("last_seen"),
        c.moment("expires_at"),
        c.moment("ended_at", null=True),
        sa.PrimaryKeyConstraint("launch_id", name="pk_launch"),
    )
    op.create_index("ix_launch_expires_at", "launch", ["expires_at"])
    op.create_index("ix_launch_patient_key", "launch", ["patient_key"])
    op.create_index("ix_launch_tenant_id", "launch", ["tenant_id"])
    op.create_index("ix_launch_user_id", "launch", ["user_id"])


def _create_token_set() -> None:
    op.create_table(
        "token_set",
        c.text("owner_id"),
        c.text("tenant_id"),
        c.blob("body_sealed"),
        c.moment("expires_at", null=True),
        c.number("version"),
        c.text("lock_owner"),
        c.moment("lock_until", null=True),
        c.moment("updated_at"),
        sa.PrimaryKeyConstraint("owner_id", name="pk_token_set"),
    )
    op.create_index("ix_token_set_tenant_id", "token_set", ["tenant_id"])
