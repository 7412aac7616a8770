"""Verifies audit chains: names the first entry that does not hold. Changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.security.crypto import is_same_mac
from app.security.keys import KeySet
from app.store.anchors import Anchor
from app.store.audit import GENESIS, build_head_mac, build_row_mac
from app.store.tables.audit import AUDIT, AUDIT_HEAD
from app.store.transactions import AnyRow, TenantTx, WideTx

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`first_bad` is the first sequence number that does not hold; None when all `rows` do.

    `reason`: missing (the entry, or the end of the chain, is gone), changed, broken_link (it does
    not follow the entry before it), unknown_key, head, or anchor (it is not what was anchored).
    """

    tenant_id: str
    rows: int
    first_bad: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.first_bad is None


@dataclass(frozen=True, slots=True)
class _Flaw:
    seq: int
    reason: str


async def load_chains(tx: WideTx, anchors: Iterable[Anchor] = ()) -> tuple[str, ...]:
    """Every tenant that has, or according to an anchor had, a chain."""
    heads = await tx.all(select(AUDIT_HEAD.c.tenant_id))
    rows = await tx.all(select(AUDIT.c.tenant_id).distinct())
    found = {row.tenant_id for row in (*heads, *rows)} | {anchor.tenant_id for anchor in anchors}
    return tuple(sorted(found))


async def verify_chain(tx: TenantTx, anchors: Sequence[Anchor] = ()) -> ChainReport:
    """Walks the tenant's whole chain, which may grow meanwhile. `anchors` of other tenants are
    ignored."""
    walk = _Walk(
        tx.vault.roots.audit, {a.seq: a.mac for a in anchors if a.tenant_id == tx.tenant_id}
    )
    seen = -1
    while True:
        flaw = await _walk_on(tx, walk)
        if flaw is not None:
            break
        head = await tx.first(tx.select(AUDIT_HEAD))
        if head is None or head.seq <= walk.seq or walk.seq == seen:
            flaw = _check_end(tx.tenant_id, head, walk) or _check_reach(walk)
            break
        seen = walk.seq  # entries came after the last look, or are gone: another look tells
    if flaw is not None:
        return ChainReport(tx.tenant_id, walk.seq, flaw.seq, flaw.reason)
    return ChainReport(tx.tenant_id, walk.seq)


@dataclass(slots=True)
class _Walk:
    """How far the chain was followed; `anchored` is seq → mac."""

    keys: KeySet
    anchored: Mapping[int, str]
    seq: int = 0
    mac: str = GENESIS


async def _walk_on(tx: TenantTx, walk: _Walk) -> _Flaw | None:
    """To the last entry that is there now, or the first that does not hold."""
    while batch := await tx.all(_build_batch(tx, walk.seq)):
        for row in batch:
            flaw = _check_row(row, walk) or _check_anchor(row, walk.anchored)
            if flaw is not None:
                return flaw
            walk.seq, walk.mac = int(row.seq), row.mac
    return None


def _build_batch(tx: TenantTx, after: int) -> Any:
    # The first batch has no lower bound, so that a row put before the first one is found.
    query = tx.select(AUDIT).order_by(AUDIT.c.seq).limit(BATCH)
    return query.where(AUDIT.c.seq > after) if after else query


def _check_row(row: AnyRow, walk: _Walk) -> _Flaw | None:
    seq = walk.seq
    if row.seq != seq + 1:
        return _Flaw(min(seq + 1, int(row.seq)), "missing" if row.seq > seq + 1 else "changed")
    key = walk.keys.keys.get(row.key_id)
    if key is None:
        return _Flaw(seq + 1, "unknown_key")
    if not _is_same(row.mac, build_row_mac(key, row._asdict())):
        return _Flaw(seq + 1, "changed")
    if not _is_same(row.prev_mac, walk.mac):
        return _Flaw(seq + 1, "broken_link")
    return None


def _check_anchor(row: AnyRow, anchors: Mapping[int, str]) -> _Flaw | None:
    anchored = anchors.get(int(row.seq))
    if anchored is not None and not _is_same(row.mac, anchored):
        return _Flaw(int(row.seq), "anchor")
    return None


def _check_end(tenant_id: str, head: AnyRow | None, walk: _Walk) -> _Flaw | None:
    """The head must say that the chain ends exactly here."""
    seq = walk.seq
    if head is None:
        return _Flaw(1, "head") if seq else None
    key = walk.keys.keys.get(head.key_id)
    if key is None:
        return _Flaw(seq + 1, "unknown_key")
    if not _is_same(head.head_mac, build_head_mac(key, tenant_id, head.seq, head.mac)):
        return _Flaw(seq + 1, "head")
    if head.seq > seq:
        return _Flaw(seq + 1, "missing")
    if head.seq < seq or not _is_same(head.mac, walk.mac):
        return _Flaw(int(head.seq) + 1, "head")
    return None


def _check_reach(walk: _Walk) -> _Flaw | None:
    is_short = max(walk.anchored, default=0) > walk.seq
    return _Flaw(walk.seq + 1, "missing") if is_short else None


def _is_same(left: str, right: str) -> bool:
    return is_same_mac(left.encode(), right.encode())
