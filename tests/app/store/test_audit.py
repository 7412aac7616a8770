"""The chain: every single way to change the log is found, with the entry where it begins."""

import contextlib
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.sql.base import Executable

from app.errors import NotSaved
from app.security.keys import KeySet, new_root_keys, with_new_audit_key
from app.store.anchors import Anchor
from app.store.audit import AuditEntry, append_audit, build_head_mac, build_row_mac
from app.store.audit_chain import ChainReport, load_chains, verify_chain
from app.store.db import Store, open_store
from app.store.tables.audit import AUDIT, AUDIT_HEAD
from app.store.transactions import AnyRow, Given, TenantTx, WideTx
from tests.app.store.conftest import T0, MovableClock

NORTH = "north"
ROWS = 7


async def fill(store: Store, rows: int = ROWS, tenant: str = NORTH) -> None:
    async with store.write(tenant) as tx:
        for n in range(rows):
            entry = AuditEntry(
                action="chart.viewed",
                actor_id=f"u{n}",
                patient_key=tx.patient_key("p1"),
                detail={"n": n, "why": "tests", "first": n == 0},
            )
            await append_audit(tx, entry)


async def report_of(store: Store, *anchors: Anchor, tenant: str = NORTH) -> ChainReport:
    async with store.read(tenant) as tx:
        return await verify_chain(tx, anchors)


@pytest.mark.anyio
async def test_an_untouched_chain_holds_and_counts_from_one(store: Store) -> None:
    assert await report_of(store) == ChainReport(NORTH, 0)
    await fill(store)
    assert await report_of(store) == ChainReport(NORTH, ROWS)
    await fill(store, 2)
    assert (await report_of(store)).holds and (await report_of(store)).rows == ROWS + 2
    async with store.read(NORTH) as tx:
        rows = await tx.all(tx.select(AUDIT).order_by(AUDIT.c.seq))
    assert [row.seq for row in rows] == list(range(1, ROWS + 3))
    assert rows[0].detail == {"n": 0, "why": "tests", "first": True} and rows[0].at == T0


class Growing(TenantTx):
    """A look during which others write: an entry comes before each of the first heads it reads."""

    others: Store
    left: int

    async def first(self, statement: Executable, given: Given = None) -> AnyRow | None:
        if self.left:
            self.left -= 1
            await fill(self.others, 1)
        return await super().first(statement, given)


@pytest.mark.anyio
@pytest.mark.parametrize("entries", [1, 3])
async def test_a_chain_that_grows_while_it_is_walked_holds(store: Store, entries: int) -> None:
    await fill(store)
    async with store.read(NORTH) as tx:
        growing = Growing(tx.connection, tx.vault, tx.now, NORTH)
        growing.others, growing.left = store, entries
        report = await verify_chain(growing)
    seen = ROWS if store.is_sqlite else ROWS + entries  # SQLite's look is of one moment
    assert report == ChainReport(NORTH, seen)
    assert await report_of(store) == ChainReport(NORTH, ROWS + entries - growing.left)


@pytest.mark.anyio
async def test_a_row_is_gone_with_the_transaction_it_belongs_to(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write(NORTH) as tx:
            await append_audit(tx, AuditEntry(action="x"))
            raise ZeroDivisionError
    assert (await report_of(store)).rows == 0


@pytest.mark.anyio
async def test_each_tenant_has_a_chain_of_its_own(store: Store) -> None:
    await fill(store)
    await fill(store, 3, tenant="south")
    async with store.read_wide() as wide:
        assert await load_chains(wide) == (NORTH, "south")
        assert await load_chains(wide, [Anchor("west", 1, "m")]) == (NORTH, "south", "west")
    assert (await report_of(store, tenant="south")).rows == 3


@pytest.mark.anyio
@pytest.mark.parametrize("statement", [update(AUDIT).values(action="y"), delete(AUDIT)])
async def test_the_database_refuses_to_change_or_delete(store: Store, statement: Any) -> None:
    await fill(store)
    with pytest.raises(NotSaved):
        async with store.write_wide() as tx:
            await tx.run(statement)
    if not store.is_sqlite:
        with pytest.raises(NotSaved):
            async with store.write_wide() as tx:
                await tx.connection.execute(text("TRUNCATE audit"))
    assert (await report_of(store)).rows == ROWS


@pytest.mark.anyio
async def test_two_processes_append_without_gap_or_fork(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    other = await open_store(database_url, key_file, clock=clock)
    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(fill, store, 2)
            group.start_soon(fill, other, 2)
    await other.close()
    assert await report_of(store) == ChainReport(NORTH, 32)


# ---- every class of mutation, by somebody who owns the database but not the keys ----------------


async def _unlock(tx: WideTx) -> None:
    if tx.connection.dialect.name == "sqlite":
        for verb in ("update", "delete"):
            await tx.connection.execute(text(f"DROP TRIGGER audit_refuses_{verb}"))
    else:
        await tx.connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))


async def _rows(tx: WideTx) -> list[dict[str, Any]]:
    found = await tx.all(select(AUDIT).order_by(AUDIT.c.seq))
    return [dict(row._mapping) for row in found]


async def _write_back(tx: WideTx, rows: list[dict[str, Any]]) -> None:
    await tx.run(delete(AUDIT))
    for row in rows:
        await tx.run(insert(AUDIT).values(**row))


def resign(rows: list[dict[str, Any]], keys: KeySet) -> None:
    """Rebuilds the chain as an attacker would, with keys of his own under the true key's name."""
    mac = ""
    for seq, row in enumerate(rows, start=1):
        row.update(seq=seq, prev_mac=mac)
        row["mac"] = mac = build_row_mac(keys.key, row)


FIELDS: tuple[tuple[str, Any], ...] = (
    ("actor_id", "someone-else"),
    ("action", "chart.ignored"),
    ("outcome", "denied"),
    ("purpose", "HRESCH"),
    ("patient_key", "0" * 32),
    ("launch_id", "l9"),
    ("request_id", "r9"),
    ("detail", {"n": -1}),
    ("at", T0.replace(year=2025)),
    ("mac", "0" * 64),
    ("prev_mac", "0" * 64),
    ("key_id", "no-such-key"),
)


def spoil(rows: list[dict[str, Any]], how: str, at: int) -> int:
    """Changes `rows` (index `at`, 0-based); the sequence number that must be named."""
    seq = at + 1
    if how == "delete":
        del rows[at]
    elif how == "cut":
        del rows[at:]
    elif how == "duplicate":
        copy = {**rows[at], "seq": len(rows) + 1}
        rows.append(copy)
        seq = len(rows)
    elif how == "insert":
        rows[at:] = [{**row, "seq": row["seq"] + 1} for row in rows[at:]]
        rows.insert(at, {**rows[at], "seq": at + 1, "action": "invented"})
    elif how == "swap":
        other = (at + 1) % len(rows)
        one, two = rows[at], rows[other]
        rows[at], rows[other] = {**two, "seq": one["seq"]}, {**one, "seq": two["seq"]}
        seq = min(at, other) + 1
    elif how == "shift":
        rows[at:] = [{**row, "seq": row["seq"] + 1} for row in rows[at:]]
    elif how == "rewrite":
        rows[at]["action"] = "rewritten"
        signed = KeySet(rows[0]["key_id"], {rows[0]["key_id"]: new_root_keys().audit.key})
        resign(rows, signed)
        seq = 1
    else:
        name, value = FIELDS[int(how)]
        rows[at][name] = value
    return seq


HOW = ["delete", "cut", "duplicate", "insert", "swap", "shift", "rewrite"]


class Undo(Exception):
    """Rolls an experiment back."""


@pytest.mark.anyio
@pytest.mark.parametrize("how", HOW + [str(n) for n in range(len(FIELDS))])
async def test_any_single_mutation_is_found_where_it_begins(store: Store, how: str) -> None:
    await fill(store)
    found: dict[int, tuple[int | None, int]] = {}
    for at in range(ROWS):
        with contextlib.suppress(Undo):
            async with store.write_wide() as tx:
                await _unlock(tx)
                rows = await _rows(tx)
                expected = spoil(rows, how, at)
                await _write_back(tx, rows)
                report = await verify_chain(tx.within(NORTH))
                found[at] = (report.first_bad, expected)
                raise Undo
    assert len(found) == ROWS
    assert {at: pair for at, pair in found.items() if pair[0] != pair[1]} == {}
    assert (await report_of(store)).holds


@pytest.mark.anyio
async def test_a_cut_tail_with_its_old_head_put_back_is_found_by_an_anchor(
    store: Store, clock: MovableClock
) -> None:
    await fill(store, 3)
    async with store.read_wide() as wide:
        old_head = dict((await wide.all(select(AUDIT_HEAD)))[0]._mapping)
    await fill(store, 3)
    async with store.read_wide() as wide:
        anchor = Anchor(NORTH, 6, (await _rows(wide))[-1]["mac"])
    assert (await report_of(store, anchor)).holds
    async with store.write_wide() as tx:
        await _unlock(tx)
        await tx.run(delete(AUDIT).where(AUDIT.c.seq > 3))
        await tx.run(update(AUDIT_HEAD).values(**old_head))
    assert (await report_of(store)).holds  # the database alone cannot know
    assert await report_of(store, anchor) == ChainReport(NORTH, 3, 4, "missing")
    clock.move(seconds=1)
    await fill(store, 3)  # cut and grown again to the same length, by the true product
    assert await report_of(store, anchor) == ChainReport(NORTH, 5, 6, "anchor")


@pytest.mark.anyio
async def test_a_head_that_was_touched_is_found(store: Store) -> None:
    keys = store.vault.roots.audit
    await fill(store)
    async with store.write_wide() as tx:
        rows = await _rows(tx)
    forged = new_root_keys().audit.key
    shorter = build_head_mac(keys.key, NORTH, 3, rows[2]["mac"])
    for change, expected in (
        ({"seq": 3}, (ROWS + 1, "head")),
        ({"head_mac": build_head_mac(forged, NORTH, ROWS, rows[-1]["mac"])}, (ROWS + 1, "head")),
        ({"seq": 3, "mac": rows[2]["mac"], "head_mac": shorter}, (4, "head")),
        ({"key_id": "gone"}, (ROWS + 1, "unknown_key")),
    ):
        with pytest.raises(ZeroDivisionError):
            async with store.write(NORTH) as tenant:
                await tenant.run(tenant.update(AUDIT_HEAD).values(**change))
                report = await verify_chain(tenant)
                assert (report.first_bad, report.reason) == expected
                raise ZeroDivisionError
    async with store.write(NORTH) as tenant:
        await tenant.run(tenant.delete(AUDIT_HEAD))
        assert (await verify_chain(tenant)).first_bad == 1


@pytest.mark.anyio
async def test_rows_signed_before_a_key_rotation_still_hold(store: Store) -> None:
    await fill(store, 2)
    store.vault.roots = with_new_audit_key(store.vault.roots)
    await fill(store, 2)
    assert await report_of(store) == ChainReport(NORTH, 4)
    async with store.read(NORTH) as tx:
        rows = await tx.all(tx.select(AUDIT).order_by(AUDIT.c.seq))
    assert len({row.key_id for row in rows}) == 2
