"""ClientKeys: our signing keys, made on first use, sealed, rotated with an overlap."""

import uuid
from datetime import datetime, timedelta

import anyio.to_thread
import msgspec
from sqlalchemy import select

from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.tables.keys import CLIENT_KEY
from app.store.transactions import TenantTx, Tx, open_cell
from app.store.vault import PRODUCT
from launch.jwks import ALGORITHMS, choose_signing_key, generate_key, plan_rotation
from launch.models import ClientKey, Clock
from launch.ports import ClientKeys

REMEMBER_FOR = timedelta(seconds=60)

_DECODER = msgspec.json.Decoder(dict[str, str])


class RememberedKeys:
    """ClientKeys that looks again after a minute: every token request needs them, and a new key is
    published long before it signs (launch.jwks)."""

    def __init__(self, keys: ClientKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._known: tuple[ClientKey, ...] = ()
        self._good_until: datetime | None = None

    async def load_keys(self) -> tuple[ClientKey, ...]:
        """As the keys behind it answered at most REMEMBER_FOR ago."""
        now = self._clock()
        if self._good_until is None or now >= self._good_until:
            self._known = await self._keys.load_keys()
            self._good_until = now + REMEMBER_FOR
        return self._known


class StoredClientKeys:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def load_keys(self) -> tuple[ClientKey, ...]:
        """Every key not yet retired, with one in use for each algorithm: made if there is none."""
        async with self._store.read(PRODUCT) as tx:
            keys = await _load(tx)
        missing = _without_key(keys, self._store.clock())
        return await self._create(missing) if missing else keys

    async def rotate(self, alg: str) -> tuple[ClientKey, ...]:
        """A new key for `alg`, published at once and used once EHRs have had time to see it."""
        new_kid = uuid.uuid4().hex
        async with self._store.read(PRODUCT) as tx:
            seen = await _load(tx)
        now = self._store.clock()
        after = await anyio.to_thread.run_sync(
            lambda: plan_rotation(seen, alg=alg, new_kid=new_kid, now=now)
        )
        async with self._store.write(PRODUCT) as tx:
            for key in after:
                if key.kid == new_kid:
                    await tx.run(tx.build_insert(CLIENT_KEY).values(**_build_row(tx, key)))
                elif key.retire_at is not None:
                    same = CLIENT_KEY.c.kid == key.kid
                    change = CLIENT_KEY.update().where(same).values(retire_at=key.retire_at)
                    await tx.run(change)
            detail = {"kid": new_kid, "alg": alg}
            await append_audit(tx, AuditEntry(action="client_key.rotated", detail=detail))
            return await _load(tx)

    async def _create(self, algorithms: tuple[str, ...]) -> tuple[ClientKey, ...]:
        """Generating takes a while, so it happens outside the transaction and off the loop."""
        now = self._store.clock()
        made = [
            await anyio.to_thread.run_sync(_generate, alg, uuid.uuid4().hex, now)
            for alg in algorithms
        ]
        async with self._store.write(PRODUCT) as tx:
            still = _without_key(await _load(tx), now)  # another process may have been faster
            for key in made:
                if key.alg in still:
                    await tx.run(tx.build_insert(CLIENT_KEY).values(**_build_row(tx, key)))
                    detail = {"kid": key.kid, "alg": key.alg}
                    await append_audit(tx, AuditEntry(action="client_key.created", detail=detail))
            return await _load(tx)


def _generate(alg: str, kid: str, active_from: datetime) -> ClientKey:
    return generate_key(alg, kid=kid, active_from=active_from)


def _without_key(keys: tuple[ClientKey, ...], now: datetime) -> tuple[str, ...]:
    return tuple(alg for alg in ALGORITHMS if choose_signing_key(keys, alg=alg, now=now) is None)


def _build_row(tx: TenantTx, key: ClientKey) -> dict[str, object]:
    body = msgspec.json.encode(dict(key.private_jwk))
    return {
        "kid": key.kid,
        "alg": key.alg,
        "private_sealed": tx.seal(CLIENT_KEY, "private_sealed", key.kid, body),
        "active_from": key.active_from,
        "retire_at": key.retire_at,
        "created_at": tx.now,
    }


async def _load(tx: Tx) -> tuple[ClientKey, ...]:
    query = select(CLIENT_KEY).order_by(CLIENT_KEY.c.active_from, CLIENT_KEY.c.kid)
    found = []
    for row in await tx.all(query):
        if row.retire_at is None or row.retire_at > tx.now:
            cell = (PRODUCT, CLIENT_KEY, "private_sealed", row.kid, row.private_sealed)
            jwk = _DECODER.decode(await open_cell(tx, *cell))
            found.append(ClientKey(row.kid, row.alg, jwk, row.active_from, row.retire_at))
    return tuple(found)
