"""What an EHR's public documents mean, since when, and the ones before them."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations import columns as c

revision = "0010"
down_revision = "0008"

TABLE = "tenant_capability"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("digest", sa.String(), nullable=False, server_default=""))
    op.add_column(TABLE, c.moment("since", null=True))
    op.add_column(TABLE, c.blob("former", null=True))
    op.add_column(TABLE, c.moment("former_read_at", null=True))
