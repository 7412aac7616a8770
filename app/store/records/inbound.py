"""Texts from patients, kept once each, and what people did about them. Reads nothing into them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func

from app.errors import NotFound, StaleWrite
from app.store.records.consents import build_address_key
from app.store.tables.inbound import INBOUND
from app.store.transactions import AnyRow, TenantTx, build_tenant_select

OPEN, HANDLED = "open", "handled"
HELD = "held"
"""What was done with a reply that may be a revocation: texts wait."""
_OF_PATIENT = (
    build_tenant_select(INBOUND)
    .where(INBOUND.c.patient_key == bindparam("patient"))
    .order_by(INBOUND.c.heard_at.desc(), INBOUND.c.inbound_id)
    .limit(bindparam("most"))
)
_UNREAD = build_tenant_select(INBOUND).where(
    INBOUND.c.work == OPEN,
    INBOUND.c.did == HELD,
    (INBOUND.c.patient_key == bindparam("patient")) | (INBOUND.c.patient_key == ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInbound:
    """A text as it came. `patient_key` "" where nobody, or more than one, has the number."""

    patient_key: str
    provider: str
    provider_id: str
    address: str
    meaning: str
    text: str
    outreach_id: str = ""
    work: str = ""
    is_urgent: bool = False
    provider_did: str = ""
    sharers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A row, opened. `text` as they wrote it, `address` the number that it came from; `version` is
    what the next change must name."""

    inbound_id: str
    patient_key: str
    outreach_id: str
    meaning: str
    text: str
    address: str
    heard_at: datetime
    work: str
    is_urgent: bool
    did: str
    provider_did: str
    ended: int
    sharers: int
    seen_at: datetime | None
    seen_by: str
    claimed_by: str
    handled_by: str
    handled_at: datetime | None
    result: str
    note: str
    task_id: str
    version: int


async def save_inbound(tx: TenantTx, new: NewInbound) -> str:
    """Its id; "" when it was kept before (the provider tells again until it is answered)."""
    inbound_id = uuid.uuid4().hex
    empty = ("did", "seen_by", "claimed_by", "handled_by", "result", "task_id")
    plain = ("patient_key", "provider", "provider_id", "meaning", "outreach_id", "work",
             "is_urgent", "provider_did", "sharers")  # fmt: skip
    kept = await tx.insert_new(
        INBOUND,
        {
            **dict.fromkeys(empty, ""),
            **{name: getattr(new, name) for name in plain},
            "inbound_id": inbound_id,
            "address_key": build_address_key(tx, new.address),
            "content_sealed": tx.seal(INBOUND, "content_sealed", inbound_id, new.text.encode()),
            "address_sealed": tx.seal(INBOUND, "address_sealed", inbound_id, new.address.encode()),
            "heard_at": tx.now,
            "ended": 0,
            "version": 1,
        },
    )
    return inbound_id if kept else ""


async def load_inbound(tx: TenantTx, patient_id: str, *, limit: int = 50) -> tuple[Inbound, ...]:
    """What this patient wrote, the latest first."""
    rows = await tx.all(_OF_PATIENT, tx.of_patient(patient_id, most=limit))
    return tuple([await _open(tx, row) for row in rows])


async def load_unread(tx: TenantTx, patient_id: str) -> frozenset[str]:
    """Numbers from which this patient, or somebody who shares theirs, wrote what may be a
    revocation and what nobody has handled."""
    rows = await tx.all(_UNREAD, tx.of_patient(patient_id))
    return frozenset([(await _open(tx, row)).address for row in rows])


async def load_inbound_row(tx: TenantTx, inbound_id: str) -> Inbound:
    """Raises NotFound for an id that this tenant does not have."""
    row = await tx.first(tx.select(INBOUND).where(INBOUND.c.inbound_id == inbound_id))
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_work(
    tx: TenantTx, *, work: str = OPEN, claimed_by: str = "", offset: int = 0, limit: int = 25
) -> tuple[Inbound, ...]:
    """The tenant's replies in that state of work: the urgent first; open ones from the longest
    waiting, handled ones from the latest."""
    query = tx.select(INBOUND).where(INBOUND.c.work == work)
    if claimed_by:
        query = query.where(INBOUND.c.claimed_by == claimed_by)
    if work == HANDLED:
        query = query.order_by(INBOUND.c.handled_at.desc(), INBOUND.c.inbound_id)
    else:
        query = query.order_by(INBOUND.c.is_urgent.desc(), INBOUND.c.heard_at, INBOUND.c.inbound_id)
    return await _open_all(tx, query.offset(offset).limit(limit))


async def count_work(tx: TenantTx) -> tuple[int, int]:
    """(replies that need a person, how many of them are urgent)."""
    each = tx.select(INBOUND, INBOUND.c.is_urgent, func.count().label("n"))
    rows = await tx.all(each.where(INBOUND.c.work == OPEN).group_by(INBOUND.c.is_urgent))
    counts = {bool(row.is_urgent): int(row.n) for row in rows}
    return sum(counts.values()), counts.get(True, 0)


async def save_inbound_changes(
    tx: TenantTx, inbound_id: str, changes: Mapping[str, Any], *, version: int, note: str = ""
) -> int:
    """Applies column `changes` and a note; the new version. Raises StaleWrite when somebody else
    was first."""
    sealed = {}
    if note:
        sealed["note_sealed"] = tx.seal(INBOUND, "note_sealed", inbound_id, note.encode())
    same = (INBOUND.c.inbound_id == inbound_id, INBOUND.c.version == version)
    change = tx.update(INBOUND).where(*same)
    if await tx.run(change.values(**changes, **sealed, version=version + 1)) != 1:
        raise StaleWrite
    return version + 1


async def mark_seen(tx: TenantTx, inbound_ids: Sequence[str], user_id: str) -> None:
    """Who was the first person to see them; a later look changes nothing, nor the version."""
    new = (INBOUND.c.inbound_id.in_(list(inbound_ids)), INBOUND.c.seen_at.is_(None))
    await tx.run(tx.update(INBOUND).where(*new).values(seen_at=tx.now, seen_by=user_id))


async def _open_all(tx: TenantTx, query: "Select[Any]") -> tuple[Inbound, ...]:
    return tuple([await _open(tx, row) for row in await tx.all(query)])


_OPENED = ("text", "address", "note")
_PLAIN = tuple(f.name for f in fields(Inbound) if f.name not in _OPENED)


async def _open(tx: TenantTx, row: AnyRow) -> Inbound:
    found = row._mapping

    async def cell(column: str) -> str:
        sealed = found[column]
        if sealed is None:
            return ""
        return (await tx.open(INBOUND, column, row.inbound_id, sealed)).decode()

    return Inbound(
        **{name: found[name] for name in _PLAIN},
        text=await cell("content_sealed"),
        address=await cell("address_sealed"),
        note=await cell("note_sealed"),
    )
