"""Mappings of local codes, codes still unmapped, data quality counts."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _create_code_mapping()
    _create_unmapped_code()
    _create_data_quality()


def _create_code_mapping() -> None:
    op.create_table(
        "code_mapping",
        c.text("tenant_id"),
        c.text("system"),
        c.text("code"),
        c.text("target_system"),
        c.text("target_code"),
        c.text("target_display"),
        c.text("mapped_by"),
        c.moment("mapped_at"),
        sa.PrimaryKeyConstraint("tenant_id", "system", "code", name="pk_code_mapping"),
    )


def _create_unmapped_code() -> None:
    op.create_table(
        "unmapped_code",
        c.text("tenant_id"),
        c.text("system"),
        c.text("code"),
        c.text("display"),
        c.text("resource_type"),
        c.number("seen"),
        c.text("state"),
        c.moment("first_seen"),
        c.moment("last_seen"),
        sa.PrimaryKeyConstraint("tenant_id", "system", "code", name="pk_unmapped_code"),
    )


def _create_data_quality() -> None:
    op.create_table(
        "data_quality",
        c.text("tenant_id"),
        c.day("day"),
        c.text("resource_type"),
        c.text("code"),
        c.number("count"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "day", "resource_type", "code", name="pk_data_quality"
        ),
    )
