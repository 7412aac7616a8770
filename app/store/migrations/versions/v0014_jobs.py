"""Workers of the job engine, and each tenant's pace."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "worker",
        c.text("name"),
        c.text("incarnation"),
        c.moment("started_at"),
        c.moment("lives_until"),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
    )
    op.create_table(
        "tenant_pace",
        c.text("tenant_id"),
        c.moment("paused_until", null=True),
        c.text("reason"),
        c.number("failures"),
        c.moment("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenant_pace"),
    )
    op.create_index("ix_ledger_tenant", "ledger", ["tenant_id", "state", "created_at"])
