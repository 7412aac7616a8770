"""Transactions: bound to one tenant, or across tenants. Builds statements, begins nothing itself.

A TenantTx adds the tenant's filter to every statement and its name to every cell. A WideTx crosses
tenants and is for the few records that must: finding a launch by its id, the registry, the keys,
the audit verifier, due work.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from app.errors import UnknownDataKey
from app.store.vault import Vault

PATIENT = ("patient", "id")
"""The place whose blind-index key makes every `patient_key` of a tenant."""

AnyRow = Row[Any]
Given = Mapping[str, Any] | None
Insert = sqlite.Insert | postgresql.Insert


OnAudit = Callable[[str, int, str], None]
"""Told (tenant, seq, mac) of each audit row, after its commit."""


def build_tenant_select(table: Table, *columns: "ColumnElement[Any]") -> "Select[Any]":
    """A statement to be built once and run often, with the tenant's filter: bind `tenant`."""
    return select(*(columns or table.columns)).where(table.c.tenant_id == bindparam("tenant"))


def build_tenant_update(table: Table) -> Update:
    """As `build_tenant_select`, for a change: its columns' values are bound by other names."""
    return update(table).where(table.c.tenant_id == bindparam("tenant"))


class Tx:
    """One transaction. `connection` is for the job engine, which enqueues inside it; `now` is the
    one moment that everything in the transaction carries."""

    def __init__(self, connection: AsyncConnection, vault: Vault, now: datetime) -> None:
        self.connection = connection
        self.vault = vault
        self.now = now
        self.on_audit: OnAudit | None = None
        self._after: list[Callable[[], None]] = []

    async def all(self, statement: Executable, given: Given = None) -> Sequence[AnyRow]:
        """`given` are the values of the statement's bindparams: a statement that is built once and
        executed with other values costs a third of one that is built anew."""
        return (await self.connection.execute(statement, given)).all()

    async def first(self, statement: Executable, given: Given = None) -> AnyRow | None:
        return (await self.connection.execute(statement, given)).first()

    async def run(self, statement: Executable, given: Given = None) -> int:
        """Executes a change; the number of rows that it touched."""
        return (await self.connection.execute(statement, given)).rowcount

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Called, in order, once the commit has happened; never after a rollback."""
        self._after.append(callback)

    def committed(self) -> None:
        for callback in self._after:
            callback()

    def build_insert(self, table: Table) -> Insert:
        """An insert that understands ON CONFLICT, in the dialect at hand; always the same object,
        for values that are given when it is executed."""
        return _build_insert(table, self.connection.dialect.name)


class TenantTx(Tx):
    """A transaction in one tenant: nothing it builds can see or touch another's rows."""

    def __init__(
        self, connection: AsyncConnection, vault: Vault, now: datetime, tenant_id: str
    ) -> None:
        super().__init__(connection, vault, now)
        self.tenant_id = tenant_id

    def select(self, table: Table, *columns: "ColumnElement[Any]") -> "Select[Any]":
        return select(*(columns or table.columns)).where(table.c.tenant_id == self.tenant_id)

    def update(self, table: Table) -> Update:
        return update(table).where(table.c.tenant_id == self.tenant_id)

    def delete(self, table: Table) -> Delete:
        return delete(table).where(table.c.tenant_id == self.tenant_id)

    def note_audit(self, seq: int, mac: str) -> None:
        """Lets the anchor outside the database follow this chain."""
        if self.on_audit is not None:
            self.after_commit(partial(self.on_audit, self.tenant_id, seq, mac))

    async def insert(self, table: Table, values: Mapping[str, Any]) -> None:
        await self.run(self.build_insert(table), {**values, "tenant_id": self.tenant_id})

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """False, and nothing changed, when a row with one of the unique keys is there already."""
        statement = _build_insert_new(table, self.connection.dialect.name)
        return await self.run(statement, {**values, "tenant_id": self.tenant_id}) == 1

    async def upsert(
        self,
        table: Table,
        keys: Sequence[str],
        values: Mapping[str, Any],
        *,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        """Inserts `values`; a row with the same `keys` in this tenant gets them (or `changes`)."""
        statement = self.build_insert(table).values(**values, tenant_id=self.tenant_id)
        new = {name: value for name, value in values.items() if name not in keys}
        await self.run(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", *keys], set_=dict(changes or new)
            )
        )

    def seal(self, table: Table, column: str, row: str, plain: bytes) -> bytes:
        return self.vault.seal(self.tenant_id, table.name, column, row, plain)

    async def open(self, table: Table, column: str, row: str, sealed: bytes) -> bytes:
        """The plain bytes; a data key that another process made is fetched on the way."""
        return await open_cell(self, self.tenant_id, table, column, row, sealed)

    def blind(self, table: str, column: str, value: str) -> str:
        return self.vault.blind(self.tenant_id, table, column, value)

    def of_patient(self, patient_id: str, **more: Any) -> dict[str, Any]:
        """What a statement about one patient that was built once is given: `tenant`, `patient`
        and `more`."""
        return {"tenant": self.tenant_id, "patient": self.patient_key(patient_id), **more}

    def patient_key(self, patient_id: str) -> str:
        """What stands for a patient beside sealed cells. FHIR ids are case-sensitive."""
        return self.blind(*PATIENT, patient_id)


class WideTx(Tx):
    """A transaction across tenants."""

    def within(self, tenant_id: str) -> TenantTx:
        """The same transaction seen by one tenant; seals only if that tenant was prepared."""
        inner = TenantTx(self.connection, self.vault, self.now, tenant_id)
        inner.on_audit = self.on_audit
        inner._after = self._after
        return inner


@cache
def _build_insert(table: Table, dialect: str) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _build_insert_new(table: Table, dialect: str) -> Insert:
    return _build_insert(table, dialect).on_conflict_do_nothing()


async def open_cell(
    tx: Tx, tenant: str, table: Table, column: str, row: str, sealed: bytes
) -> bytes:
    try:
        return tx.vault.open(tenant, table.name, column, row, sealed)
    except UnknownDataKey as unknown:
        await tx.vault.load_key(tx.connection, unknown.key_id)
        return tx.vault.open(tenant, table.name, column, row, sealed)
