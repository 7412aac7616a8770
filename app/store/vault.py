"""The vault: each tenant's data keys in memory, loaded, made and budgeted. Holds no key on disk."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import ConfigError, DataKeyExhausted, SealBroken, UnknownDataKey
from app.security.crypto import (
    MAX_SEALS,
    Cell,
    DataKey,
    build_blind_index,
    derive_key,
    new_key,
    new_key_id,
    sealed_key_id,
    unwrap_key,
    wrap_key,
)
from app.security.keys import RootKeys
from app.store.tables.keys import DATA_KEY

PRODUCT = ""
"""The tenant of what belongs to no EHR connection: our own signing keys."""
BLOCK = 2**18
"""Encryptions that a process reserves at once; what it does not use is forfeited."""
LOW_WATER = 2**16
RELOAD_AFTER = timedelta(seconds=60)
"""How soon other processes notice a new data key."""


class Vault:
    """Seals and opens cells. All methods without `await` cost microseconds."""

    def __init__(self, roots: RootKeys) -> None:
        self.roots = roots
        self._keys: dict[str, DataKey] = {}
        self._current: dict[str, str] = {}
        self._loaded: dict[str, datetime] = {}
        self._blind: dict[tuple[str, str, str], bytes] = {}

    def seal(self, tenant: str, table: str, column: str, row: str, plain: bytes) -> bytes:
        """The sealed cell under the tenant's current data key. `prepare` must have run."""
        key = self._keys.get(self._current.get(tenant, ""))
        if key is None:
            raise DataKeyExhausted
        return key.seal(Cell(tenant, table, column, row), plain)

    def open(self, tenant: str, table: str, column: str, row: str, sealed: bytes) -> bytes:
        """The plain bytes. Raises UnknownDataKey for a key not loaded, SealBroken otherwise."""
        key_id = sealed_key_id(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownDataKey(key_id)
        return key.open(Cell(tenant, table, column, row), sealed)

    def blind(self, tenant: str, table: str, column: str, value: str) -> str:
        """The blind index of an already normalised value."""
        place = (tenant, table, column)
        key = self._blind.get(place)
        if key is None:
            key = self._blind[place] = derive_key(self.roots.index, "blind", *place)
        return build_blind_index(key, value)

    def current_id(self, tenant: str) -> str:
        """The id of the key that seals for the tenant now."""
        return self._current.get(tenant, "")

    def is_ready(self, tenant: str, now: datetime) -> bool:
        """Whether the tenant's current key is in memory, fresh, with budget left."""
        key = self._keys.get(self._current.get(tenant, ""))
        fresh = tenant in self._loaded and now - self._loaded[tenant] < RELOAD_AFTER
        return key is not None and fresh and key.budget > LOW_WATER

    async def prepare(
        self, connection: AsyncConnection, tenant: str, now: datetime
    ) -> Callable[[], None]:
        """Loads the tenant's keys, makes one if there is none, and reserves a budget.

        Call what it returns once that transaction, its own, has committed: a key that exists only
        in memory would lose what it sealed.
        """
        rows = await self.load(connection, _of_tenant(tenant))
        newest = next((row.key_id for row in reversed(rows) if row.state == "current"), None)
        if newest is None:
            return await self.create_key(connection, tenant, now)
        key = self._keys[newest]
        if key.budget > LOW_WATER:
            return partial(self._use, tenant, key, now, 0)
        if await self._reserve(connection, key):
            return partial(self._use, tenant, key, now, BLOCK)
        return await self.create_key(connection, tenant, now)

    async def load(self, connection: AsyncConnection, query: "KeyQuery") -> "Sequence[DataKeyRow]":
        """Takes the keys that `query` finds into memory, to open with; their rows."""
        rows = (await connection.execute(query)).all()
        for row in rows:
            if row.key_id not in self._keys:
                self._keys[row.key_id] = DataKey(row.key_id, self._unwrap(row))
        return rows

    async def load_key(self, connection: AsyncConnection, key_id: str) -> None:
        """One key that another process made. Raises SealBroken when there is no such key."""
        if not await self.load(connection, _all_keys().where(DATA_KEY.c.key_id == key_id)):
            raise SealBroken

    async def create_key(
        self, connection: AsyncConnection, tenant: str, now: datetime
    ) -> Callable[[], None]:
        """A new current data key; the former ones still open what they sealed.

        It is used from the call of what this returns: after the commit.
        """
        key = DataKey(new_key_id(), new_key())
        kek = self.roots.kek
        same = DATA_KEY.c.tenant_id == tenant
        await connection.execute(update(DATA_KEY).where(same).values(state="old"))
        await connection.execute(
            insert(DATA_KEY).values(
                key_id=key.id,
                tenant_id=tenant,
                kek_id=kek.current,
                wrapped=wrap_key(kek.key, key.raw, key_id=key.id, tenant=tenant),
                state="current",
                reserved=BLOCK,
                created_at=now,
            )
        )
        return partial(self._use, tenant, key, now, BLOCK)

    def _use(self, tenant: str, key: DataKey, now: datetime, granted: int) -> None:
        key = self._keys.setdefault(key.id, key)
        key.grant(granted)
        self._current[tenant] = key.id
        self._loaded[tenant] = now

    def rewrap(self, row: "DataKeyRow") -> bytes:
        """The same data key under the current key-encryption key."""
        raw = self._unwrap(row)
        return wrap_key(self.roots.kek.key, raw, key_id=row.key_id, tenant=row.tenant_id)

    async def _reserve(self, connection: AsyncConnection, key: DataKey) -> bool:
        """Counts another block against the key's limit; False when the key is used up."""
        reserved = DATA_KEY.c.reserved
        taken = await connection.execute(
            update(DATA_KEY)
            .where(DATA_KEY.c.key_id == key.id, reserved <= MAX_SEALS - BLOCK)
            .values(reserved=reserved + BLOCK)
        )
        return taken.rowcount == 1

    def _unwrap(self, row: "DataKeyRow") -> bytes:
        kek = self.roots.kek.keys.get(row.kek_id)
        if kek is None:
            raise ConfigError("The key file does not belong to this database.")
        try:
            return unwrap_key(kek, row.wrapped, key_id=row.key_id, tenant=row.tenant_id)
        except SealBroken:
            raise ConfigError("The key file does not belong to this database.") from None


DataKeyRow = Row[Any]
KeyQuery = Select[Any]


def _all_keys() -> "KeyQuery":
    keys = DATA_KEY.c
    query = select(keys.key_id, keys.tenant_id, keys.kek_id, keys.wrapped, keys.state)
    return query.order_by(keys.created_at, keys.key_id)


def _of_tenant(tenant: str) -> "KeyQuery":
    return _all_keys().where(DATA_KEY.c.tenant_id == tenant)
