"""What kept charts are open for. Charts that are kept already wait to be judged."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0018"
down_revision = "0015"
WAITING = (
    "INSERT INTO need (tenant_id, patient_key, state, rank, due_on, best_on, best_count, read_at,"
    " rules, judge_at, assigned_to)"
    " SELECT tenant_id, patient_key, 'waiting', 5, '9999-12-31', '9999-12-31', 0, read_at,"
    " '', read_at, '' FROM chart_snapshot"
)


def upgrade() -> None:
    _create_needs()
    _create_items()
    op.execute(WAITING)


def _create_needs() -> None:
    op.create_table(
        "need",
        c.text("tenant_id"),
        c.text("patient_key"),
        c.text("state"),
        c.number("rank"),
        c.day("due_on"),
        c.day("best_on"),
        c.number("best_count"),
        c.moment("read_at"),
        c.text("rules"),
        c.moment("judge_at"),
        c.moment("judged_at", null=True),
        c.text("assigned_to"),
        c.moment("assigned_at", null=True),
        sa.PrimaryKeyConstraint("tenant_id", "patient_key", name="pk_need"),
    )
    op.create_index("ix_need_order", "need", ["tenant_id", "rank", "due_on", "patient_key"])
    op.create_index("ix_need_assigned", "need", ["tenant_id", "assigned_to", "rank"])
    op.create_index("ix_need_judge", "need", ["judge_at", "tenant_id"])


def _create_items() -> None:
    op.create_table(
        "need_item",
        c.text("tenant_id"),
        c.text("patient_key"),
        c.text("kind"),
        c.text("key"),
        c.text("status"),
        c.number("rank"),
        c.day("due_on"),
        c.day("since"),
        c.text("evidence"),
        sa.PrimaryKeyConstraint("tenant_id", "patient_key", "kind", "key", name="pk_need_item"),
    )
    op.create_index(
        "ix_need_item_order",
        "need_item",
        ["tenant_id", "kind", "key", "rank", "due_on", "patient_key"],
    )
