"""The audit log: appends in the caller's transaction. Changes and deletes nothing.

One chain per tenant, verified by app.store.audit_chain: each row's MAC covers the row and the MAC
before it, under a key outside the database. The signed head shows a cut tail; anchors outside the
database show a cut tail whose head was put back as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import bindparam, select, update

from app.security.crypto import build_mac
from app.security.keys import KeySet
from app.store.tables.audit import AUDIT, AUDIT_HEAD
from app.store.transactions import AnyRow, TenantTx

GENESIS = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened. `actor_id` is a user id, or `system:<part>`; `outcome` is success,
    denied or failure; `purpose` a v3 PurposeOfUse code; `detail` holds codes, never PHI."""

    action: str
    outcome: str = "success"
    actor_id: str = ""
    launch_id: str = ""
    patient_key: str = ""
    purpose: str = "TREAT"
    request_id: str = ""
    detail: Mapping[str, str | int | bool] = field(default_factory=dict)


async def append_audit(tx: TenantTx, entry: AuditEntry) -> int:
    """Adds the entry to the tenant's chain, committed with the change or not at all. Its seq."""
    keys = tx.vault.roots.audit
    head = await _lock_head(tx)
    row = {
        "tenant_id": tx.tenant_id,
        "seq": head.seq + 1,
        "at": tx.now,
        "actor_id": entry.actor_id,
        "launch_id": entry.launch_id,
        "patient_key": entry.patient_key,
        "action": entry.action,
        "outcome": entry.outcome,
        "purpose": entry.purpose,
        "request_id": entry.request_id,
        "detail": dict(entry.detail),
        "key_id": keys.current,
        "prev_mac": head.mac,
    }
    mac = build_row_mac(keys.key, row)
    await tx.run(tx.build_insert(AUDIT), {**row, "mac": mac})
    await tx.run(_MOVE_HEAD, _build_head(tx.tenant_id, head.seq + 1, mac, keys))
    tx.note_audit(int(head.seq) + 1, mac)
    return int(head.seq) + 1


def build_row_mac(key: bytes, row: Mapping[str, object]) -> str:
    """Hex HMAC-SHA256 over the row's canonical JSON, the previous MAC included."""
    covered = {name: row[name] for name in _COVERED}
    return build_mac(key, b"row", msgspec.json.encode(covered, order="sorted")).hex()


def build_head_mac(key: bytes, tenant_id: str, seq: int, mac: str) -> str:
    return build_mac(key, b"head", tenant_id.encode(), str(seq).encode(), mac.encode()).hex()


_COVERED = tuple(column.name for column in AUDIT.columns if column.name != "mac")


async def _lock_head(tx: TenantTx) -> AnyRow:
    """The chain's head, locked until commit; SQLite's writers are in a queue already."""
    mine = {"tenant": tx.tenant_id}
    head = await tx.first(_LOCKED_HEAD, mine)
    if head is None:
        keys = tx.vault.roots.audit
        mac = build_head_mac(keys.key, tx.tenant_id, 0, GENESIS)
        first = {"seq": 0, "mac": GENESIS, "key_id": keys.current, "head_mac": mac}
        await tx.insert_new(AUDIT_HEAD, first)
        head = await tx.first(_LOCKED_HEAD, mine)
    assert head is not None  # noqa: S101 — it was inserted above, by us or by another
    return head


_MINE = AUDIT_HEAD.c.tenant_id == bindparam("tenant")
_LOCKED_HEAD = select(AUDIT_HEAD).where(_MINE).with_for_update()
_MOVE_HEAD = (
    update(AUDIT_HEAD)
    .where(_MINE)
    .values({name: bindparam(f"new_{name}") for name in ("seq", "mac", "key_id", "head_mac")})
)


def _build_head(tenant_id: str, seq: int, mac: str, keys: KeySet) -> dict[str, object]:
    return {
        "tenant": tenant_id,
        "new_seq": seq,
        "new_mac": mac,
        "new_key_id": keys.current,
        "new_head_mac": build_head_mac(keys.key, tenant_id, seq, mac),
    }
