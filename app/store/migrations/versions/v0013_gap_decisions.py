"""Decisions about care gaps: dismissed, snoozed, closed here."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "gap_decision",
        c.text("decision_id"),
        c.text("tenant_id"),
        c.text("patient_key"),
        c.text("measure"),
        c.text("standing_key", null=True),
        c.text("kind"),
        c.text("reason"),
        c.day("until"),
        c.text("evidence"),
        c.blob("body_sealed"),
        c.text("made_by"),
        c.moment("made_at"),
        c.moment("ended_at", null=True),
        c.text("ended_by"),
        c.text("ended_why"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_gap_decision"),
        sa.UniqueConstraint(
            "tenant_id", "standing_key", name="uq_gap_decision_tenant_id_standing_key"
        ),
    )
    op.create_index(
        "ix_gap_decision_patient", "gap_decision", ["tenant_id", "patient_key", "measure"]
    )
