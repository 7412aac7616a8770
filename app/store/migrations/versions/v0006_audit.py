"""The audit log, which only ever grows."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0006"
down_revision = "0005"

_REFUSAL = "audit rows are never changed"
_TRIGGERS = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
        "CREATE TRIGGER audit_refuses_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
    ),
}


def upgrade() -> None:
    _create_audit()
    _create_audit_head()
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_audit() -> None:
    op.create_table(
        "audit",
        c.text("tenant_id"),
        c.big("seq"),
        c.moment("at"),
        c.text("actor_id"),
        c.text("launch_id"),
        c.text("patient_key"),
        c.text("action"),
        c.text("outcome"),
        c.text("purpose"),
        c.text("request_id"),
        c.json("detail"),
        c.text("key_id"),
        c.text("prev_mac"),
        c.text("mac"),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["tenant_id", "at"])
    op.create_index("ix_audit_patient", "audit", ["tenant_id", "patient_key", "at"])


def _create_audit_head() -> None:
    op.create_table(
        "audit_head",
        c.text("tenant_id"),
        c.big("seq"),
        c.text("mac"),
        c.text("key_id"),
        c.text("head_mac"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_audit_head"),
    )
