"""Consent entries, outreach, receipts, outbound; and what the database itself refuses of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0008"
down_revision = "0007"

_KEPT = {
    "consent_entries": (
        "entry_id, tenant_id, patient_key, kind, action, purpose, channel, address_key, "
        "recorded_at, recorded_by, launch_id, body_mac"
    ),
    "receipts": (
        "receipt_id, tenant_id, outreach_id, channel, purpose, content_key, decided_at, allowed, "
        "rule_id, next_allowed, rules_version, detail_mac"
    ),
}
"""What never changes. The sealed cell is not among them: rotating a data key seals it anew."""

_RECEIPT = (
    "SELECT 1 FROM receipts r WHERE r.receipt_id = NEW.receipt_id "
    "AND r.tenant_id = NEW.tenant_id AND r.outreach_id = NEW.outreach_id "
    "AND r.channel = NEW.channel AND r.content_key = NEW.content_key "
    "AND r.allowed AND r.rules_version <> ''"
)
_JUDGED = "receipt_id, tenant_id, outreach_id, channel, content_key"
_NO_RECEIPT = "no receipt allows this"
_STAYS = "a cancelled message stays cancelled"


def upgrade() -> None:
    _create_consents()
    _create_outreach()
    _create_receipts()
    _create_outbound()
    build = _for_sqlite if op.get_bind().dialect.name == "sqlite" else _for_postgresql
    for statement in build():
        op.execute(statement)


def _for_sqlite() -> list[str]:
    made = []
    for table, kept in _KEPT.items():
        for verb in (f"UPDATE OF {kept}", "DELETE"):
            made.append(
                f"CREATE TRIGGER {table}_refuses_{verb[:6].lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are never changed'); END"
            )
    for verb in ("INSERT", f"UPDATE OF {_JUDGED}"):
        made.append(
            f"CREATE TRIGGER outbound_needs_receipt_{verb[:6].lower()} BEFORE {verb} ON outbound "
            f"WHEN NOT EXISTS ({_RECEIPT}) "
            f"BEGIN SELECT RAISE(ABORT, '{_NO_RECEIPT}'); END"
        )
    made.append(
        "CREATE TRIGGER outbound_stays_cancelled BEFORE UPDATE OF state ON outbound "
        "WHEN OLD.state = 'cancelled' AND NEW.state <> 'cancelled' "
        f"BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
    )
    return made


def _for_postgresql() -> list[str]:
    made = []
    for table, kept in _KEPT.items():
        made += [
            _function(f"{table}_refuses", f"RAISE EXCEPTION '{table} are never changed';"),
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OF {kept} OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuses()",
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses()",
        ]
    refuse = f"RAISE EXCEPTION '{_NO_RECEIPT}';"
    stays = f"RAISE EXCEPTION '{_STAYS}';"
    return [
        *made,
        _function(
            "outbound_needs_receipt",
            f"IF NOT EXISTS ({_RECEIPT}) THEN {refuse} END IF; RETURN NEW;",
        ),
        f"CREATE TRIGGER outbound_needs_receipt BEFORE INSERT OR UPDATE OF {_JUDGED} ON outbound "
        "FOR EACH ROW EXECUTE FUNCTION outbound_needs_receipt()",
        _function("outbound_stays", stays),
        "CREATE TRIGGER outbound_stays_cancelled BEFORE UPDATE OF state ON outbound FOR EACH ROW "
        "WHEN (OLD.state = 'cancelled' AND NEW.state <> 'cancelled') "
        "EXECUTE FUNCTION outbound_stays()",
    ]


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _create_consents() -> None:
    names = ("kind", "action", "purpose", "channel", "address_key")
    op.create_table(
        "consent_entries",
        *(c.text(name) for name in ("entry_id", "tenant_id", "patient_key", *names)),
        c.moment("recorded_at"),
        *(c.text(name) for name in ("recorded_by", "launch_id")),
        c.blob("body_sealed"),
        c.text("body_mac"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_consent_entries"),
    )
    patient = ["tenant_id", "patient_key", "recorded_at"]
    op.create_index("ix_consent_entries_patient", "consent_entries", patient)
    op.create_index("ix_consent_entries_address", "consent_entries", ["tenant_id", "address_key"])


def _create_outreach() -> None:
    op.create_table(
        "outreach",
        *_outreach_columns(),
        sa.PrimaryKeyConstraint("outreach_id", name="pk_outreach"),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'due', 'sent', 'answered', 'done', 'cancelled')",
            name="ck_outreach_state",
        ),
    )
    op.create_index("ix_outreach_patient", "outreach", ["tenant_id", "patient_key", "due_at"])
    op.create_index("ix_outreach_due", "outreach", ["state", "due_at"])
    op.create_index("ix_outreach_assigned", "outreach", ["tenant_id", "assigned_to", "state"])


def _outreach_columns() -> "list[sa.Column[Any]]":
    before = ("outreach_id", "tenant_id", "patient_key", "state", "purpose", "channel")
    middle = ("zone", "reason_kind", "reason_key", "sequence_id", "sequence")
    after = ("assigned_to", "claimed_by", "template_id", "template_version", "address_key")
    end = (
        "delivery",
        "outcome",
        "cancelled_because",
        "ledger_id",
        "done_ledger_id",
        "launch_id",
        "created_by",
    )
    return [
        *(c.text(name) for name in before),
        c.moment("due_at", null=True),
        *(c.text(name) for name in middle),
        c.number("sequence_version"),
        c.number("step"),
        *(c.text(name) for name in after),
        c.blob("content_sealed"),
        c.moment("sent_at", null=True),
        *(c.text(name) for name in end),
        c.number("version"),
        c.moment("created_at"),
        c.moment("updated_at"),
        c.moment("closed_at", null=True),
    ]


def _create_receipts() -> None:
    names = ("receipt_id", "tenant_id", "outreach_id", "channel", "purpose", "content_key")
    op.create_table(
        "receipts",
        *(c.text(name) for name in names),
        c.moment("decided_at"),
        c.flag("allowed"),
        c.text("rule_id"),
        c.moment("next_allowed", null=True),
        c.text("rules_version"),
        c.blob("detail_sealed"),
        c.text("detail_mac"),
        sa.PrimaryKeyConstraint("receipt_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(["outreach_id"], ["outreach.outreach_id"]),
    )
    outreach = ["tenant_id", "outreach_id", "decided_at"]
    op.create_index("ix_receipts_outreach", "receipts", outreach)


def _create_outbound() -> None:
    op.create_table(
        "outbound",
        *_outbound_columns(),
        sa.PrimaryKeyConstraint("outbound_id", name="pk_outbound"),
        sa.UniqueConstraint(
            "outreach_id", "attempt_key", name="uq_outbound_outreach_id_attempt_key"
        ),
        sa.ForeignKeyConstraint(["outreach_id"], ["outreach.outreach_id"]),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.receipt_id"]),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'cancelled')",
            name="ck_outbound_state",
        ),
    )
    op.create_index("ix_outbound_due", "outbound", ["state", "not_before"])
    for name in ("patient_key", "address_key", "provider_id"):
        short = name.split("_")[0]
        op.create_index(f"ix_outbound_{short}", "outbound", ["tenant_id", name])


def _outbound_columns() -> "list[sa.Column[Any]]":
    before = ("outbound_id", "tenant_id", "patient_key", "outreach_id", "receipt_id", "channel")
    keys = ("attempt_key", "address_key", "content_key")
    return [
        *(c.text(name) for name in (*before, *keys)),
        c.blob("content_sealed"),
        *(c.text(name) for name in ("state", "error_code", "provider", "provider_id")),
        c.moment("not_before", null=True),
        c.text("claimed_by"),
        c.moment("claimed_until", null=True),
        c.number("fence"),
        c.number("version"),
        c.moment("queued_at"),
        c.moment("sent_at", null=True),
        c.moment("settled_at", null=True),
        c.moment("updated_at"),
    ]
