"""What became of a patient's reply, and the practice's own message templates and sequences."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0015"
down_revision = "0014"

INBOUND = "inbound"
WORDS = (
    "work", "did", "provider_did", "seen_by", "claimed_by", "handled_by", "result", "task_id",
)  # fmt: skip
RULE_WORDS = ("tenant_id", "kind", "rule_key", "state", "made_by", "approved_by", "retired_by")


def upgrade() -> None:
    for name in WORDS:
        op.add_column(INBOUND, sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name, default in (("sharers", "1"), ("ended", "0"), ("version", "1")):
        op.add_column(
            INBOUND, sa.Column(name, sa.Integer(), nullable=False, server_default=default)
        )
    op.add_column(
        INBOUND, sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name in ("seen_at", "handled_at"):
        op.add_column(INBOUND, c.moment(name, null=True))
    for name in ("address_sealed", "note_sealed"):
        op.add_column(INBOUND, c.blob(name, null=True))
    op.create_index("ix_inbound_work", INBOUND, ["tenant_id", "work", "is_urgent", "heard_at"])
    op.create_table(
        "contact_rule",
        *(c.text(name) for name in RULE_WORDS),
        c.number("rule_version"),
        c.text("body"),
        c.moment("made_at"),
        c.moment("approved_at", null=True),
        c.moment("retired_at", null=True),
        sa.PrimaryKeyConstraint(
            "tenant_id", "kind", "rule_key", "rule_version", name="pk_contact_rule"
        ),
    )
