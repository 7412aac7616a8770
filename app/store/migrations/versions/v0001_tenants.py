"""Tenants, their capabilities and their people."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_tenant()
    _create_tenant_capability()
    _create_user_account()


def _registration() -> "list[sa.Column[Any]]":
    return [
        c.text("tenant_id"),
        c.text("iss"),
        c.text("client_id"),
        c.text("name"),
        c.text("vendor"),
        c.flag("enabled"),
        c.text("client_auth"),
        c.blob("secret_sealed", null=True),
        c.text("assertion_alg"),
        c.json("scopes_v2"),
        c.json("scopes_v1"),
        c.json("standalone_scopes"),
        c.text("scope_version"),
        c.text("issuer"),
    ]


def _choices() -> "list[sa.Column[Any]]":
    return [
        c.json("endpoint_hosts"),
        c.json("pinned_hosts"),
        c.json("frame_ancestors"),
        c.json("allowed_hosts"),
        c.text("cookie_mode"),
        c.flag("requires_patient"),
        c.text("backend_client_id"),
        c.text("backend_auth"),
        c.blob("backend_secret_sealed", null=True),
        c.json("backend_scopes"),
        c.text("time_zone"),
        c.text("default_role"),
        c.text("agreement"),
        c.json("settings"),
        c.number("version"),
        c.moment("created_at"),
        c.moment("updated_at"),
    ]


def _create_tenant() -> None:
    op.create_table(
        "tenant",
        *_registration(),
        *_choices(),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenant"),
        sa.UniqueConstraint("iss", "client_id", name="uq_tenant_iss_client_id"),
    )


def _create_tenant_capability() -> None:
    op.create_table(
        "tenant_capability",
        c.text("tenant_id"),
        c.text("kind"),
        c.blob("body"),
        c.moment("read_at"),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name="pk_tenant_capability"),
    )


def _create_user_account() -> None:
    op.create_table(
        "user_account",
        c.text("user_id"),
        c.text("tenant_id"),
        c.text("iss"),
        c.text("sub"),
        c.text("fhir_user"),
        c.blob("display_sealed", null=True),
        c.text("role"),
        c.flag("disabled"),
        c.number("version"),
        c.moment("first_seen"),
        c.moment("last_seen"),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_account"),
        sa.UniqueConstraint("tenant_id", "iss", "sub", name="uq_user_account_tenant_id_iss_sub"),
    )
    op.create_index("ix_user_account_tenant_id", "user_account", ["tenant_id"])
