"""Planned outreach: rows saved, changed by whoever holds the right version, found when due.

Knows no states beyond their names; app.outreach.plan says which may follow which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, or_, select

from app.errors import NotFound, StaleWrite
from app.store.records.consents import build_address_key
from app.store.records.patients import remember_patient
from app.store.tables.outreach import OUTREACH
from app.store.transactions import AnyRow, TenantTx, WideTx, build_tenant_select

LIVE = ("draft", "scheduled", "due", "sent", "answered")
"""States in which something may still happen."""
_OF_PATIENT = (
    build_tenant_select(OUTREACH)
    .where(OUTREACH.c.patient_key == bindparam("patient"))
    .order_by(OUTREACH.c.due_at.desc(), OUTREACH.c.created_at.desc(), OUTREACH.c.outreach_id)
    .limit(bindparam("most"))
)


class Content(Struct, frozen=True, kw_only=True):
    """What is said and to where; sealed. `address` canonical, `shown` as people write it.

    `title` is for staff, `subject` and `body` are for the patient. `values` filled the template.
    """

    address: str = ""
    shown: str = ""
    title: str = ""
    subject: str = ""
    body: str = ""
    language: str = ""
    note: str = ""
    values: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutreach:
    """One contact to plan. `due_at` UTC, None only for a draft; `zone` is the patient's."""

    outreach_id: str
    patient_id: str
    state: str
    purpose: str
    channel: str
    content: Content
    created_by: str
    due_at: datetime | None = None
    zone: str = ""
    reason_kind: str = "manual"
    reason_key: str = ""
    sequence_id: str = ""
    sequence: str = ""
    sequence_version: int = 0
    step: int = 0
    assigned_to: str = ""
    template_id: str = ""
    template_version: str = ""
    launch_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outreach:
    """A row, opened. `version` is what the next change must name."""

    outreach_id: str
    patient_key: str
    state: str
    purpose: str
    channel: str
    content: Content
    due_at: datetime | None
    zone: str
    reason_kind: str
    reason_key: str
    sequence_id: str
    sequence: str
    sequence_version: int
    step: int
    assigned_to: str
    claimed_by: str
    template_id: str
    template_version: str
    sent_at: datetime | None
    delivery: str
    outcome: str
    cancelled_because: str
    ledger_id: str
    done_ledger_id: str
    launch_id: str
    created_by: str
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


_LATER = ("claimed_by", "delivery", "outcome", "cancelled_because", "ledger_id", "done_ledger_id")


async def save_outreach(tx: TenantTx, new: NewOutreach) -> bool:
    """Adds it; False, and nothing changed, when its id is there already (a form sent twice)."""
    names = [f.name for f in fields(NewOutreach) if f.name not in ("patient_id", "content")]
    empty = dict.fromkeys(_LATER, "")
    return await tx.insert_new(
        OUTREACH,
        {
            **{name: getattr(new, name) for name in names},
            **empty,
            **_seal(tx, new.outreach_id, new.content),
            "patient_key": await remember_patient(tx, new.patient_id),
            "version": 1,
            "created_at": tx.now,
            "updated_at": tx.now,
        },
    )


async def load_outreach(tx: TenantTx, outreach_id: str) -> Outreach:
    """Raises NotFound for an id that this tenant does not have."""
    row = await tx.first(tx.select(OUTREACH).where(OUTREACH.c.outreach_id == outreach_id))
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_patient_outreach(
    tx: TenantTx, patient_id: str, *, states: Sequence[str] = (), limit: int = 100
) -> tuple[Outreach, ...]:
    """A patient's outreach, the latest due first; only those in `states` if any are named."""
    query = _OF_PATIENT.where(OUTREACH.c.state.in_(states)) if states else _OF_PATIENT
    rows = await tx.all(query, tx.of_patient(patient_id, most=limit))
    return tuple([await _open(tx, row) for row in rows])


async def load_tenant_outreach(
    tx: TenantTx,
    *,
    states: Sequence[str] = LIVE,
    assigned_to: Sequence[str] = (),
    channel: str = "",
    due_before: datetime | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[Outreach, ...]:
    """Everyone's outreach in this tenant, the earliest due first."""
    query = tx.select(OUTREACH).where(OUTREACH.c.state.in_(states))
    if assigned_to:
        query = query.where(OUTREACH.c.assigned_to.in_(assigned_to))
    if channel:
        query = query.where(OUTREACH.c.channel == channel)
    if due_before is not None:
        query = query.where(OUTREACH.c.due_at <= due_before)
    order = (OUTREACH.c.due_at, OUTREACH.c.outreach_id)
    rows = await tx.all(query.order_by(*order).offset(offset).limit(limit))
    return tuple([await _open(tx, row) for row in rows])


async def save_outreach_changes(
    tx: TenantTx,
    outreach_id: str,
    changes: Mapping[str, Any],
    *,
    version: int,
    content: Content | None = None,
) -> int:
    """Applies column `changes` and a new content; the new version.

    Raises StaleWrite when the row has moved on from `version`.
    """
    sealed = _seal(tx, outreach_id, content) if content is not None else {}
    mine = (OUTREACH.c.outreach_id == outreach_id, OUTREACH.c.version == version)
    change = tx.update(OUTREACH).where(*mine)
    values = {**changes, **sealed, "version": version + 1, "updated_at": tx.now}
    if await tx.run(change.values(**values)) != 1:
        raise StaleWrite
    return version + 1


async def load_due_outreach(
    tx: WideTx, *, states: Sequence[str] = ("scheduled",), limit: int = 100
) -> tuple[tuple[str, str], ...]:
    """(tenant_id, outreach_id) of what is due by the transaction's clock, the earliest first."""
    query = select(OUTREACH.c.tenant_id, OUTREACH.c.outreach_id).where(
        OUTREACH.c.state.in_(states), OUTREACH.c.due_at <= tx.now
    )
    rows = await tx.all(query.order_by(OUTREACH.c.due_at, OUTREACH.c.outreach_id).limit(limit))
    return tuple((row.tenant_id, row.outreach_id) for row in rows)


async def load_sent_outreach(
    tx: WideTx, *, after: datetime, by: datetime, limit: int = 100
) -> tuple[tuple[str, str], ...]:
    """(tenant_id, outreach_id) of messages that left by machine and have no completed contact:
    due after a moment, and delivered, answered, or sent by a moment."""
    query = select(OUTREACH.c.tenant_id, OUTREACH.c.outreach_id).where(
        OUTREACH.c.state.in_(("sent", "answered")),
        OUTREACH.c.due_at >= after,
        OUTREACH.c.channel.in_(("text", "email")),
        OUTREACH.c.ledger_id != "",
        OUTREACH.c.done_ledger_id == "",
        OUTREACH.c.delivery.in_(("", "delivered")),
        or_(
            OUTREACH.c.sent_at <= by,
            OUTREACH.c.delivery == "delivered",
            OUTREACH.c.state == "answered",
        ),
    )
    rows = await tx.all(query.order_by(OUTREACH.c.due_at, OUTREACH.c.outreach_id).limit(limit))
    return tuple((row.tenant_id, row.outreach_id) for row in rows)


async def load_outreach_at(
    tx: TenantTx, address: str, *, states: Sequence[str] = LIVE
) -> tuple[Outreach, ...]:
    """Outreach to this canonical address: what a reply from it may be about."""
    mine = OUTREACH.c.address_key == build_address_key(tx, address)
    query = tx.select(OUTREACH).where(mine, OUTREACH.c.state.in_(states))
    rows = await tx.all(query.order_by(OUTREACH.c.due_at, OUTREACH.c.outreach_id))
    return tuple([await _open(tx, row) for row in rows])


def _seal(tx: TenantTx, outreach_id: str, content: Content) -> dict[str, Any]:
    body = msgspec.json.encode(content)
    return {
        "content_sealed": tx.seal(OUTREACH, "content_sealed", outreach_id, body),
        "address_key": build_address_key(tx, content.address),
    }


async def _open(tx: TenantTx, row: AnyRow) -> Outreach:
    body = await tx.open(OUTREACH, "content_sealed", row.outreach_id, row.content_sealed)
    found = row._mapping
    plain = {f.name: found[f.name] for f in fields(Outreach) if f.name != "content"}
    return Outreach(**plain, content=msgspec.json.decode(body, type=Content))
