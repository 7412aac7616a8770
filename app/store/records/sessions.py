"""Opened launches as every request needs them: launch, person and tenant in one look-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, literal, or_, select, update

from app.security.access import Actor, parse_role
from app.store.tables.launches import LAUNCH, PENDING, TOKENS
from app.store.tables.tenants import TENANT, USER
from app.store.transactions import AnyRow, TenantTx, WideTx
from launch.models import OpenedLaunch, StoredLaunch

_DECODER = msgspec.json.Decoder(OpenedLaunch)


@dataclass(frozen=True, slots=True)
class Session:
    """One opened chart and who sits before it. `actor` is None when the EHR proved nobody.

    `last_seen` is the last thing a person did; the caller judges idle time. `tenant_enabled` and
    the actor are as of now, not as of the launch.
    """

    stored: StoredLaunch
    tenant_id: str
    tenant_enabled: bool
    tenant_name: str
    vendor: str
    time_zone: str
    frame_ancestors: tuple[str, ...]
    tenant_settings: Mapping[str, Any]
    actor: Actor | None
    patient_key: str
    last_seen: datetime

    @property
    def opened(self) -> OpenedLaunch:
        return self.stored.opened


async def load_session(tx: WideTx, launch_id: str) -> Session | None:
    """The launch of that unguessable id; ended, held and expired ones too, marked as such."""
    row = await tx.first(_SESSION, {"launch": launch_id})
    if row is None:
        return None
    return Session(
        stored=await open_launch(tx, row),
        tenant_id=row.tenant_id,
        tenant_enabled=bool(row.enabled),
        tenant_name=row.name or "",
        vendor=row.vendor or "",
        time_zone=row.time_zone or "UTC",
        frame_ancestors=tuple(row.frame_ancestors or ()),
        tenant_settings=row.settings or {},
        actor=_build_actor(row),
        patient_key=row.patient_key,
        last_seen=row.last_seen,
    )


async def load_launches_of(
    tx: TenantTx, user_id: str, patient_key: str, *, limit: int = 5
) -> tuple[str, ...]:
    """Ids of a person's open launches of a patient that have tokens, the newest first; of
    anybody's for the `user_id` ""."""
    query = tx.select(LAUNCH, LAUNCH.c.launch_id).where(
        or_(LAUNCH.c.user_id == user_id, literal(user_id) == ""),
        LAUNCH.c.patient_key == patient_key,
        LAUNCH.c.ended_at.is_(None),
        LAUNCH.c.held.is_(False),
        LAUNCH.c.expires_at > tx.now,
        LAUNCH.c.launch_id.in_(tx.select(TOKENS, TOKENS.c.owner_id)),
    )
    rows = await tx.all(query.order_by(LAUNCH.c.opened_at.desc()).limit(limit))
    return tuple(row.launch_id for row in rows)


async def load_launches_at(tx: TenantTx, patient_key: str, *, limit: int = 5) -> tuple[str, ...]:
    """Ids of a patient's launches, ended ones too, the newest first."""
    query = tx.select(LAUNCH, LAUNCH.c.launch_id).where(LAUNCH.c.patient_key == patient_key)
    rows = await tx.all(query.order_by(LAUNCH.c.opened_at.desc()).limit(limit))
    return tuple(row.launch_id for row in rows)


async def open_launch(tx: WideTx, row: AnyRow) -> StoredLaunch:
    inner = tx.within(row.tenant_id)
    body = await inner.open(LAUNCH, "body_sealed", row.launch_id, row.body_sealed)
    return StoredLaunch(
        opened=_DECODER.decode(body),
        session_hash=row.session_hash,
        held=row.held,
        ended=row.ended_at is not None,
    )


async def load_last_scope(tx: TenantTx) -> str | None:
    """What the tenant's EHR granted the launch that was opened last; None before the first."""
    row = await tx.first(tx.select(LAUNCH).order_by(LAUNCH.c.opened_at.desc()).limit(1))
    if row is None:
        return None
    body = await tx.open(LAUNCH, "body_sealed", row.launch_id, row.body_sealed)
    return _DECODER.decode(body).scope


async def touch_session(tx: TenantTx, launch_id: str) -> None:
    """Notes that a person did something now; background requests must not call it."""
    mine = {"tenant": tx.tenant_id, "launch": launch_id, "now": tx.now}
    await tx.run(_TOUCH, mine)


async def end_sessions_of(tx: TenantTx, user_id: str) -> int:
    """Ends every open launch of a person and drops its tokens; how many."""
    mine = tx.select(LAUNCH, LAUNCH.c.launch_id).where(
        LAUNCH.c.user_id == user_id, LAUNCH.c.ended_at.is_(None)
    )
    ids = [row.launch_id for row in await tx.all(mine)]
    await tx.run(tx.delete(TOKENS).where(TOKENS.c.owner_id.in_(ids)))
    await tx.run(tx.update(LAUNCH).where(LAUNCH.c.launch_id.in_(ids)).values(ended_at=tx.now))
    return len(ids)


async def sweep_expired(tx: WideTx) -> int:
    """Drops launches never finished and the tokens of launches past their end; how many."""
    stale = await tx.run(delete(PENDING).where(PENDING.c.expires_at <= tx.now))
    over = select(LAUNCH.c.launch_id).where(LAUNCH.c.expires_at <= tx.now)
    return stale + await tx.run(delete(TOKENS).where(TOKENS.c.owner_id.in_(over)))


_SESSION = (
    select(
        LAUNCH,
        USER.c.role,
        USER.c.disabled,
        TENANT.c.enabled,
        TENANT.c.name,
        TENANT.c.vendor,
        TENANT.c.time_zone,
        TENANT.c.frame_ancestors,
        TENANT.c.settings,
    )
    .outerjoin(
        USER, (USER.c.user_id == LAUNCH.c.user_id) & (USER.c.tenant_id == LAUNCH.c.tenant_id)
    )
    .outerjoin(TENANT, TENANT.c.tenant_id == LAUNCH.c.tenant_id)
    .where(LAUNCH.c.launch_id == bindparam("launch"))
)
_TOUCH = (
    update(LAUNCH)
    .where(LAUNCH.c.tenant_id == bindparam("tenant"), LAUNCH.c.launch_id == bindparam("launch"))
    .values(last_seen=bindparam("now"))
)


def _build_actor(row: AnyRow) -> Actor | None:
    if not row.user_id or row.role is None:
        return None
    return Actor(row.user_id, row.tenant_id, parse_role(row.role), bool(row.disabled))
