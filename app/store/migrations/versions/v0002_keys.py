"""Wrapped data keys and our own signing keys."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_data_key()
    _create_client_key()


def _create_data_key() -> None:
    op.create_table(
        "data_key",
        c.text("key_id"),
        c.text("tenant_id"),
        c.text("kek_id"),
        c.blob("wrapped"),
        c.text("state"),
        c.big("reserved"),
        c.moment("created_at"),
        sa.PrimaryKeyConstraint("key_id", name="pk_data_key"),
    )
    op.create_index("ix_data_key_tenant_id", "data_key", ["tenant_id"])


def _create_client_key() -> None:
    op.create_table(
        "client_key",
        c.text("kid"),
        c.text("alg"),
        c.blob("private_sealed"),
        c.moment("active_from"),
        c.moment("retire_at", null=True),
        c.moment("created_at"),
        sa.PrimaryKeyConstraint("kid", name="pk_client_key"),
    )
