"""What patients wrote to us."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0012"
down_revision = "0010"

TEXTS = (
    "inbound_id", "tenant_id", "patient_key", "provider", "provider_id", "address_key", "meaning",
    "outreach_id",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "inbound",
        *(c.text(name) for name in TEXTS),
        c.blob("content_sealed"),
        c.moment("heard_at"),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_inbound"),
        sa.UniqueConstraint(
            "tenant_id",
            "patient_key",
            "provider",
            "provider_id",
            name="uq_inbound_tenant_id_patient_key_provider_provider_id",
        ),
    )
    op.create_index("ix_inbound_patient", "inbound", ["tenant_id", "patient_key", "heard_at"])
