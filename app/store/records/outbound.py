"""Messages on their way: queued with a receipt, claimed by one sender, settled. Sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import or_, select

from app.errors import NotFound, StaleWrite
from app.store.records.consents import build_address_key
from app.store.records.outreach import Content, Outreach
from app.store.records.receipts import build_content_key
from app.store.tables.outreach import OUTBOUND
from app.store.transactions import AnyRow, TenantTx, WideTx

SETTLED = ("delivered", "failed", "unknown", "cancelled")
"""States that no sender moves on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A row, opened. `fence` names the claim under which it may be changed."""

    outbound_id: str
    patient_key: str
    outreach_id: str
    receipt_id: str
    channel: str
    attempt_key: str
    content: Content
    state: str
    error_code: str
    provider: str
    provider_id: str
    not_before: datetime | None
    claimed_by: str
    claimed_until: datetime | None
    fence: int
    version: int
    queued_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundProgress:
    """Changes to a row; what is left UNSET stays as it is."""

    state: str | UnsetType = UNSET
    receipt_id: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    provider_id: str | UnsetType = UNSET
    not_before: datetime | UnsetType | None = UNSET
    claimed_until: datetime | UnsetType | None = UNSET
    sent_at: datetime | UnsetType | None = UNSET
    settled_at: datetime | UnsetType | None = UNSET


async def save_outbound(
    tx: TenantTx,
    outbound_id: str,
    outreach: Outreach,
    *,
    receipt_id: str,
    attempt_key: str,
    content: Content,
    not_before: datetime | None = None,
) -> bool:
    """Queues `content`; False when this attempt was queued before.

    The database refuses it (NotSaved at the transaction's end) unless the receipt allows exactly
    this content, on this channel, for this outreach.
    """
    body = msgspec.json.encode(content)
    empty = dict.fromkeys(("error_code", "provider", "provider_id", "claimed_by"), "")
    return await tx.insert_new(
        OUTBOUND,
        {
            **empty,
            "outbound_id": outbound_id,
            "patient_key": outreach.patient_key,
            "outreach_id": outreach.outreach_id,
            "receipt_id": receipt_id,
            "channel": outreach.channel,
            "attempt_key": attempt_key,
            "address_key": build_address_key(tx, content.address),
            "content_key": build_content_key(tx, outreach.channel, content),
            "content_sealed": tx.seal(OUTBOUND, "content_sealed", outbound_id, body),
            "state": "queued",
            "not_before": not_before,
            "fence": 0,
            "version": 1,
            "queued_at": tx.now,
            "updated_at": tx.now,
        },
    )


async def load_outbound(tx: TenantTx, outbound_id: str) -> Outbound:
    """Raises NotFound for an id that this tenant does not have."""
    row = await tx.first(tx.select(OUTBOUND).where(OUTBOUND.c.outbound_id == outbound_id))
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_outbound_of(tx: TenantTx, outreach_id: str) -> tuple[Outbound, ...]:
    """Every attempt of one outreach, oldest first."""
    query = tx.select(OUTBOUND).where(OUTBOUND.c.outreach_id == outreach_id)
    rows = await tx.all(query.order_by(OUTBOUND.c.queued_at, OUTBOUND.c.outbound_id))
    return tuple([await _open(tx, row) for row in rows])


async def load_outbound_at(tx: TenantTx, address: str, *, since: datetime) -> tuple[Outbound, ...]:
    """What went or goes to this canonical address, the latest first."""
    mine = OUTBOUND.c.address_key == build_address_key(tx, address)
    query = tx.select(OUTBOUND).where(mine, OUTBOUND.c.queued_at >= since)
    rows = await tx.all(query.order_by(OUTBOUND.c.queued_at.desc(), OUTBOUND.c.outbound_id))
    return tuple([await _open(tx, row) for row in rows])


async def load_due_outbound(
    tx: WideTx, *, states: Sequence[str] = ("queued",), limit: int = 100
) -> tuple[tuple[str, str], ...]:
    """(tenant_id, outbound_id) of what may be claimed now, oldest first."""
    query = select(OUTBOUND.c.tenant_id, OUTBOUND.c.outbound_id).where(
        OUTBOUND.c.state.in_(states),
        or_(OUTBOUND.c.not_before.is_(None), OUTBOUND.c.not_before <= tx.now),
        or_(OUTBOUND.c.claimed_until.is_(None), OUTBOUND.c.claimed_until <= tx.now),
    )
    rows = await tx.all(query.order_by(OUTBOUND.c.queued_at, OUTBOUND.c.outbound_id).limit(limit))
    return tuple((row.tenant_id, row.outbound_id) for row in rows)


async def claim_outbound(
    tx: TenantTx, outbound_id: str, *, worker: str, until: datetime
) -> Outbound | None:
    """Takes the row for `worker`; None while another's claim lives or it is settled or sent."""
    free = or_(OUTBOUND.c.claimed_until.is_(None), OUTBOUND.c.claimed_until <= tx.now)
    change = (
        tx.update(OUTBOUND)
        .where(OUTBOUND.c.outbound_id == outbound_id, OUTBOUND.c.state.in_(("queued", "sending")))
        .where(or_(free, OUTBOUND.c.claimed_by == worker))
        .values(
            claimed_by=worker,
            claimed_until=until,
            fence=OUTBOUND.c.fence + 1,
            version=OUTBOUND.c.version + 1,
            updated_at=tx.now,
        )
    )
    return await load_outbound(tx, outbound_id) if await tx.run(change) == 1 else None


async def save_outbound_state(
    tx: TenantTx,
    outbound_id: str,
    progress: OutboundProgress,
    *,
    version: int,
    fence: int | None = None,
) -> int:
    """Applies `progress`; the new version. Raises StaleWrite when the row has moved on from
    `version`, is claimed beyond `fence`, or was cancelled."""
    changes = {f.name: getattr(progress, f.name) for f in fields(progress)}
    values = {name: value for name, value in changes.items() if value is not UNSET}
    mine = (OUTBOUND.c.outbound_id == outbound_id, OUTBOUND.c.version == version)
    change = tx.update(OUTBOUND).where(*mine, OUTBOUND.c.state != "cancelled")
    if fence is not None:
        change = change.where(OUTBOUND.c.fence == fence)
    if await tx.run(change.values(**values, version=version + 1, updated_at=tx.now)) != 1:
        raise StaleWrite
    return version + 1


async def cancel_outbound(
    tx: TenantTx, *, why: str, patient_key: str = "", outreach_id: str = ""
) -> int:
    """Stops what is queued for a patient, or for one outreach; how many. What a sender already
    holds cannot be called back: its state says so, and the next claim finds nothing."""
    change = tx.update(OUTBOUND).where(OUTBOUND.c.state == "queued")
    if patient_key:
        change = change.where(OUTBOUND.c.patient_key == patient_key)
    if outreach_id:
        change = change.where(OUTBOUND.c.outreach_id == outreach_id)
    if not (patient_key or outreach_id):
        return 0
    values: dict[str, Any] = {"state": "cancelled", "error_code": why, "settled_at": tx.now}
    moved = {"version": OUTBOUND.c.version + 1, "updated_at": tx.now}
    return await tx.run(change.values(**values, **moved))


async def _open(tx: TenantTx, row: AnyRow) -> Outbound:
    body = await tx.open(OUTBOUND, "content_sealed", row.outbound_id, row.content_sealed)
    found = row._mapping
    plain = {f.name: found[f.name] for f in fields(Outbound) if f.name != "content"}
    return Outbound(**plain, content=msgspec.json.decode(body, type=Content))
