"""Rotation: data keys of a tenant, the key-encryption key, and re-sealing what old keys sealed.

Every step leaves all rows readable and can be stopped and started again: a cell names its key, so
what is left to do is found by looking, not remembered.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Table, literal, select, tuple_, update

from app.security.crypto import sealed_key_id
from app.security.keys import with_new_kek, without_old_keks
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.keyfile import replace_key_file
from app.store.tables import METADATA, sealed_columns
from app.store.tables.keys import DATA_KEY
from app.store.transactions import AnyRow, TenantTx
from app.store.vault import PRODUCT

BATCH = 200


async def rotate_data_key(store: Store, tenant_id: str) -> int:
    """A new data key for the tenant, and everything sealed anew under it; how many cells."""
    async with store.write(tenant_id) as tx:
        tx.after_commit(await store.vault.create_key(tx.connection, tenant_id, tx.now))
        await append_audit(tx, AuditEntry(action="key.rotated", actor_id="system:keys"))
    return await reseal(store, tenant_id)


async def reseal(store: Store, tenant_id: str) -> int:
    """Seals anew what former data keys sealed, a batch per transaction; how many cells."""
    done = 0
    for name, columns in sealed_columns().items():
        table = METADATA.tables[name]
        after: tuple[Any, ...] | None = None
        while True:
            async with store.write(tenant_id) as tx:
                rows = await _load_batch(tx, table, after)
                for row in rows:
                    done += await _reseal_row(tx, table, columns, row)
            if len(rows) < BATCH:
                break
            after = tuple(rows[-1]._mapping[key.name] for key in _keys(table))
    return done


async def rewrap_keys(store: Store, key_file: Path) -> int:
    """A new key-encryption key: first into the key file, then every data key under it; how many.

    The old one leaves the file last, so a crash at any point leaves a file that opens everything.
    """
    roots = with_new_kek(store.vault.roots)
    replace_key_file(key_file, roots)
    store.vault.roots = roots
    async with store.write_wide(PRODUCT) as tx:
        rows = await tx.all(select(DATA_KEY).with_for_update())
        for row in rows:
            same = DATA_KEY.c.key_id == row.key_id
            wrapped = store.vault.rewrap(row)
            change = update(DATA_KEY).where(same)
            await tx.run(change.values(wrapped=wrapped, kek_id=roots.kek.current))
        entry = AuditEntry(action="key.rewrapped", actor_id="system:keys")
        await append_audit(tx.within(PRODUCT), entry)
    roots = without_old_keks(roots)
    replace_key_file(key_file, roots)
    store.vault.roots = roots
    return len(rows)


def _keys(table: Table) -> list[Any]:
    """The primary key without the tenant: also the row's name inside its cells."""
    return [column for column in table.primary_key.columns if column.name != "tenant_id"]


async def _load_batch(tx: TenantTx, table: Table, after: tuple[Any, ...] | None) -> "list[AnyRow]":
    keys = _keys(table)
    query = _select(tx, table).order_by(*keys).limit(BATCH)
    if after is not None and keys:
        query = query.where(tuple_(*keys) > tuple_(*after))
    return list(await tx.all(query))


def _select(tx: TenantTx, table: Table) -> Any:
    """Our signing keys are the product's own and name no tenant."""
    if "tenant_id" in table.c:
        return tx.select(table)
    return select(table).where(literal(tx.tenant_id) == PRODUCT)


async def _reseal_row(tx: TenantTx, table: Table, columns: tuple[str, ...], row: AnyRow) -> int:
    name = _row_name(tx, table, row)
    fresh = {}
    for column in columns:
        sealed = row._mapping[column]
        if sealed is not None and sealed_key_id(sealed) != tx.vault.current_id(tx.tenant_id):
            fresh[column] = tx.seal(table, column, name, await tx.open(table, column, name, sealed))
    if not fresh:
        return 0
    same = [key == row._mapping[key.name] for key in table.primary_key.columns]
    # Only if nobody wrote in the meantime: what they wrote is under the new key already.
    same += [table.c[column] == row._mapping[column] for column in fresh]
    return len(fresh) * await tx.run(update(table).where(*same).values(**fresh))


def _row_name(tx: TenantTx, table: Table, row: AnyRow) -> str:
    keys = _keys(table)
    return str(row._mapping[keys[0].name]) if keys else tx.tenant_id
