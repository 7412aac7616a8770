"""PendingLaunches: authorizations under way, sealed, taken exactly once."""

import msgspec
from sqlalchemy import bindparam, delete

from app.store.db import Store
from app.store.ports.registry import load_registration
from app.store.tables.launches import PENDING
from launch.models import PendingLaunch, Registration

_DECODER = msgspec.json.Decoder(PendingLaunch)
_TAKE = (
    delete(PENDING)
    .where(PENDING.c.state_hash == bindparam("state"))
    .returning(PENDING.c.tenant_id, PENDING.c.body_sealed)
)


class StoredPendings:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, pending: PendingLaunch) -> None:
        async with self._store.write(pending.tenant_id) as tx:
            body = msgspec.json.encode(pending)
            values = {
                "state_hash": pending.state_hash,
                "body_sealed": tx.seal(PENDING, "body_sealed", pending.state_hash, body),
                "created_at": pending.created_at,
                "expires_at": pending.expires_at,
            }
            await tx.insert(PENDING, values)

    async def take(
        self, state_hash: str, tenant_id: str
    ) -> tuple[PendingLaunch | None, Registration | None]:
        """One DELETE … RETURNING: of two takers the database lets one have the row.

        The taker judges `expires_at`: an expired launch deserves its own words. A row that a loss
        of power brings back opens nothing: its code is good once at the EHR, for a minute
        (RFC 6749 4.1.2), and the person who waits for the chart does not wait for the disk.
        """
        async with self._store.write_wide(lasts=False) as tx:
            registration = await load_registration(tx.within(tenant_id))
            row = await tx.first(_TAKE, {"state": state_hash})
            if row is None:
                return None, registration
            inner = tx.within(row.tenant_id)
            body = await inner.open(PENDING, "body_sealed", state_hash, row.body_sealed)
        return _DECODER.decode(body), registration
