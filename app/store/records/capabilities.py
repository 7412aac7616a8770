"""What a tenant's EHR says of itself: its public documents, with the ones before. Reads none."""

from dataclasses import dataclass
from datetime import datetime

from app.store.tables.tenants import CAPABILITY
from app.store.transactions import TenantTx, build_tenant_select


@dataclass(frozen=True, slots=True)
class Document:
    """`digest` is of its meaning. `since`: first read with it; `former` said something else and
    was last read at `former_read_at`; None when there was none."""

    kind: str
    body: bytes
    read_at: datetime
    digest: str
    since: datetime
    former: bytes | None = None
    former_read_at: datetime | None = None


async def save_document(
    tx: TenantTx, kind: str, body: bytes, *, digest: str, read_at: datetime
) -> bool:
    """Keeps a document as read; one that says something else than before moves that one to
    `former`. True when it says something else."""
    known = await load_document(tx, kind)
    changed = known is not None and known.digest != digest
    since = known.since if known is not None and not changed else read_at
    values = {"body": body, "read_at": read_at, "digest": digest, "since": since}
    if known is not None and changed:
        values |= {"former": known.body, "former_read_at": known.read_at}
    await tx.upsert(CAPABILITY, ("kind",), {"kind": kind, **values})
    return changed


async def load_document(tx: TenantTx, kind: str) -> Document | None:
    """The document of that kind; None when none was ever read."""
    row = await tx.first(tx.select(CAPABILITY).where(CAPABILITY.c.kind == kind))
    if row is None:
        return None
    return Document(
        kind=row.kind,
        body=row.body,
        read_at=row.read_at,
        digest=row.digest,
        since=row.since or row.read_at,
        former=row.former,
        former_read_at=row.former_read_at,
    )


async def load_stamps(tx: TenantTx) -> dict[str, tuple[str, datetime]]:
    """Kind → (digest, when last read), without the documents themselves."""
    rows = await tx.all(_STAMPS, {"tenant": tx.tenant_id})
    return {row.kind: (row.digest, row.read_at) for row in rows}


_STAMPS = build_tenant_select(
    CAPABILITY, CAPABILITY.c.kind, CAPABILITY.c.digest, CAPABILITY.c.read_at
)
