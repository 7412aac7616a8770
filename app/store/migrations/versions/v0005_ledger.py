"""The write ledger, its attempts and conflicts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _create_ledger()
    _create_ledger_attempt()
    _create_conflict()


def _intent() -> "list[sa.Column[Any]]":
    return [
        c.text("ledger_id"),
        c.text("tenant_id"),
        c.text("patient_key"),
        c.text("launch_id"),
        c.text("user_id"),
        c.text("kind"),
        c.text("subject"),
        c.text("idempotency_key"),
        c.text("intent_mac"),
        c.blob("intent_sealed"),
        c.text("plan"),
        c.text("plan_reason"),
        c.text("precondition"),
    ]


def _progress() -> "list[sa.Column[Any]]":
    return [
        c.text("state"),
        c.text("error_code"),
        c.number("attempts"),
        c.moment("next_attempt_at", null=True),
        c.text("ehr_type"),
        c.blob("ehr_id_sealed", null=True),
        c.text("ehr_version"),
        c.text("read_back"),
        c.moment("read_back_at", null=True),
        c.json("detail"),
        c.text("claimed_by"),
        c.moment("claimed_until", null=True),
        c.number("fence"),
        c.number("version"),
        c.moment("created_at"),
        c.moment("updated_at"),
    ]


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        *_intent(),
        *_progress(),
        sa.PrimaryKeyConstraint("ledger_id", name="pk_ledger"),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name="uq_ledger_tenant_id_idempotency_key"
        ),
    )
    op.create_index("ix_ledger_due", "ledger", ["state", "next_attempt_at"])
    op.create_index("ix_ledger_patient", "ledger", ["tenant_id", "patient_key", "created_at"])


def _create_ledger_attempt() -> None:
    op.create_table(
        "ledger_attempt",
        c.text("ledger_id"),
        c.number("number"),
        c.text("tenant_id"),
        c.text("kind"),
        c.text("outcome"),
        c.number("status"),
        c.text("error_code"),
        c.text("precondition"),
        c.number("fence"),
        c.moment("started_at"),
        c.moment("ended_at"),
        sa.PrimaryKeyConstraint("ledger_id", "number", name="pk_ledger_attempt"),
    )


def _create_conflict() -> None:
    op.create_table(
        "conflict",
        c.text("conflict_id"),
        c.text("tenant_id"),
        c.text("ledger_id"),
        c.text("patient_key"),
        c.text("field"),
        c.blob("values_sealed"),
        c.text("ehr_version"),
        c.text("choice"),
        c.text("chosen_by"),
        c.moment("opened_at"),
        c.moment("chosen_at", null=True),
        sa.PrimaryKeyConstraint("conflict_id", name="pk_conflict"),
    )
    op.create_index("ix_conflict_ledger_id", "conflict", ["ledger_id"])
    op.create_index("ix_conflict_patient", "conflict", ["tenant_id", "patient_key"])
