"""LaunchStore: opened launches, sealed, each change audited in the same transaction."""

from typing import Any

import msgspec
from sqlalchemy import select

from app.store.db import Store
from app.store.ports.launch_audit import append_event
from app.store.ports.tokens import build_token_row
from app.store.records.patients import remember_patient
from app.store.records.sessions import open_launch
from app.store.records.users import remember_user
from app.store.tables.launches import LAUNCH, TOKENS
from app.store.transactions import TenantTx
from launch.models import LaunchEvent, OpenedLaunch, StoredLaunch, TokenSet


class StoredLaunches:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def save_launch(
        self,
        opened: OpenedLaunch,
        tokens: TokenSet,
        *,
        session_hash: str,
        held: bool,
        audit: LaunchEvent,
    ) -> None:
        async with self._store.write(opened.tenant_id) as tx:
            row = await _build_row(tx, opened)
            await tx.insert(LAUNCH, {**row, "session_hash": session_hash, "held": held})
            await tx.insert(TOKENS, build_token_row(tx, opened.launch_id, tokens, version=1))
            await append_event(tx, audit)

    async def load_launch(self, launch_id: str) -> StoredLaunch | None:
        async with self._store.read_wide() as tx:
            row = await tx.first(select(LAUNCH).where(LAUNCH.c.launch_id == launch_id))
            return await open_launch(tx, row) if row is not None else None

    async def claim_launch(
        self, launch_id: str, *, held_hash: str, session_hash: str, audit: LaunchEvent
    ) -> bool:
        tenant_id = await find_tenant_of(self._store, launch_id)
        if tenant_id is None:
            return False
        async with self._store.write(tenant_id) as tx:
            mine = (LAUNCH.c.launch_id == launch_id, LAUNCH.c.session_hash == held_hash)
            still = (LAUNCH.c.held.is_(True), LAUNCH.c.ended_at.is_(None))
            change = tx.update(LAUNCH).where(*mine, *still)
            if await tx.run(change.values(session_hash=session_hash, held=False)) != 1:
                return False
            await append_event(tx, audit)
            return True

    async def end_launch(self, launch_id: str, *, audit: LaunchEvent) -> None:
        tenant_id = await find_tenant_of(self._store, launch_id)
        if tenant_id is None:
            return
        async with self._store.write(tenant_id) as tx:
            mine = (LAUNCH.c.launch_id == launch_id, LAUNCH.c.ended_at.is_(None))
            if await tx.run(tx.update(LAUNCH).where(*mine).values(ended_at=tx.now)) == 1:
                await tx.run(tx.delete(TOKENS).where(TOKENS.c.owner_id == launch_id))
                await append_event(tx, audit)


async def find_tenant_of(store: Store, launch_id: str) -> str | None:
    """Which tenant a launch belongs to."""
    async with store.read_wide() as tx:
        row = await tx.first(select(LAUNCH.c.tenant_id).where(LAUNCH.c.launch_id == launch_id))
    return row.tenant_id if row is not None else None


async def _build_row(tx: TenantTx, opened: OpenedLaunch) -> dict[str, Any]:
    body = msgspec.json.encode(opened)
    return {
        "launch_id": opened.launch_id,
        "user_id": await remember_user(tx, opened.user) if opened.user else "",
        "patient_key": await remember_patient(tx, opened.patient) if opened.patient else "",
        "body_sealed": tx.seal(LAUNCH, "body_sealed", opened.launch_id, body),
        "opened_at": opened.opened_at,
        "last_seen": tx.now,
        "expires_at": opened.expires_at,
    }
