"""TokenStore: a launch's tokens, replaced in one step, refreshed by one process at a time."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select, update

from app.store.db import Store
from app.store.ports.launch_audit import append_event
from app.store.tables.launches import TOKENS
from app.store.transactions import TenantTx
from launch.models import LaunchEvent, StoredTokens, TokenSet

_DECODER = msgspec.json.Decoder(TokenSet)


class StoredTokenSets:
    """The lease is a row's, so it holds across processes and machines."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load_tokens(self, launch_id: str) -> StoredTokens | None:
        async with self._store.read_wide() as tx:
            row = await tx.first(select(TOKENS).where(TOKENS.c.owner_id == launch_id))
            if row is None:
                return None
            inner = tx.within(row.tenant_id)
            body = await inner.open(TOKENS, "body_sealed", launch_id, row.body_sealed)
        return StoredTokens(_DECODER.decode(body), row.version)

    async def acquire_refresh(
        self, launch_id: str, *, version: int, holder: str, now: datetime, until: datetime
    ) -> bool:
        free = or_(
            TOKENS.c.lock_until.is_(None),
            TOKENS.c.lock_until <= now,
            TOKENS.c.lock_owner == holder,
        )
        mine = (TOKENS.c.owner_id == launch_id, TOKENS.c.version == version)
        change = update(TOKENS).where(*mine, free).values(lock_owner=holder, lock_until=until)
        async with self._store.write_wide() as tx:
            return await tx.run(change) == 1

    async def swap_tokens(
        self, launch_id: str, *, version: int, tokens: TokenSet, audit: LaunchEvent
    ) -> bool:
        tenant_id = await self._find_tenant(launch_id)
        if tenant_id is None:
            return False
        async with self._store.write(tenant_id) as tx:
            row = build_token_row(tx, launch_id, tokens, version=version + 1)
            mine = (TOKENS.c.owner_id == launch_id, TOKENS.c.version == version)
            if await tx.run(tx.update(TOKENS).where(*mine).values(**row)) != 1:
                return False
            await append_event(tx, audit)
            return True

    async def release_refresh(self, launch_id: str, *, holder: str) -> None:
        mine = (TOKENS.c.owner_id == launch_id, TOKENS.c.lock_owner == holder)
        change = update(TOKENS).where(*mine).values(lock_owner="", lock_until=None)
        async with self._store.write_wide() as tx:
            await tx.run(change)

    async def _find_tenant(self, launch_id: str) -> str | None:
        async with self._store.read_wide() as tx:
            row = await tx.first(select(TOKENS.c.tenant_id).where(TOKENS.c.owner_id == launch_id))
        return row.tenant_id if row is not None else None


def build_token_row(
    tx: TenantTx, owner_id: str, tokens: TokenSet, *, version: int
) -> dict[str, Any]:
    """The row of these tokens, sealed, without a lease."""
    body = msgspec.json.encode(tokens)
    return {
        "owner_id": owner_id,
        "body_sealed": tx.seal(TOKENS, "body_sealed", owner_id, body),
        "expires_at": tokens.expires_at,
        "version": version,
        "lock_owner": "",
        "lock_until": None,
        "updated_at": tx.now,
    }
