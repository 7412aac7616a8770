"""Sealed charts, patients behind blind indexes, saved contact values."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_patient_ref()
    _create_chart_snapshot()
    _create_contact_value()


def _create_patient_ref() -> None:
    op.create_table(
        "patient_ref",
        c.text("tenant_id"),
        c.text("patient_key"),
        c.blob("patient_id_sealed"),
        c.moment("first_seen"),
        sa.PrimaryKeyConstraint("tenant_id", "patient_key", name="pk_patient_ref"),
    )


def _create_chart_snapshot() -> None:
    op.create_table(
        "chart_snapshot",
        c.text("tenant_id"),
        c.text("patient_key"),
        c.blob("body_sealed"),
        c.moment("read_at"),
        c.number("version"),
        c.text("normalizer_version"),
        c.json("completeness"),
        sa.PrimaryKeyConstraint("tenant_id", "patient_key", name="pk_chart_snapshot"),
    )


def _create_contact_value() -> None:
    op.create_table(
        "contact_value",
        c.text("value_id"),
        c.text("tenant_id"),
        c.text("patient_key"),
        c.text("field"),
        c.blob("value_sealed"),
        c.text("ledger_id"),
        c.text("saved_by"),
        c.moment("saved_at"),
        c.moment("superseded_at", null=True),
        sa.PrimaryKeyConstraint("value_id", name="pk_contact_value"),
    )
    op.create_index("ix_contact_value_ledger_id", "contact_value", ["ledger_id"])
    op.create_index("ix_contact_value_patient_key", "contact_value", ["patient_key"])
