"""From SQLite to PostgreSQL: every row, still sealed and readable, chains that hold; or nothing."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.errors import ConfigError
from app.store.audit import AuditEntry, append_audit
from app.store.audit_chain import verify_chain
from app.store.copying import copy_store
from app.store.db import Store, open_store
from app.store.engine import build_engine
from app.store.records.ledger import NewIntent, load_ledger, save_intent
from app.store.tables import METADATA
from tests.app.store.conftest import MovableClock

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def fill(store: Store) -> None:
    for tenant in ("north", "south"):
        for number in range(7):
            async with store.write(tenant) as tx:
                intent = [["phone_mobile", "", f"+1555010{number}"]]
                new = NewIntent(f"{tenant}-{number}", "p1", "contact_detail", f"k{number}", intent)
                await save_intent(tx, new)
                await append_audit(tx, AuditEntry(action="contact.saved", actor_id="u1"))


async def test_all_rows_are_there_and_readable_and_the_chains_hold(
    tmp_path: Path, postgres_url: str, clock: MovableClock
) -> None:
    key_file = tmp_path / "chartside.keys"
    source = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", key_file, clock=clock)
    await fill(source)
    target = build_engine(postgres_url)
    copied = await copy_store(source.engine, target)
    assert copied.rows["ledger"] == 14
    await target.dispose()
    moved = await open_store(postgres_url, key_file, clock=clock)
    async with source.engine.connect() as before, moved.engine.connect() as after:
        for table in METADATA.sorted_tables:
            count = select(func.count()).select_from(table)
            same = (await before.execute(count)).scalar() == (await after.execute(count)).scalar()
            assert same, table.name
    for tenant in ("north", "south"):
        async with source.read(tenant) as old, moved.read(tenant) as new:
            assert await load_ledger(new, "p1") == await load_ledger(old, "p1")
            report = await verify_chain(new)
            assert (report.holds, report.rows) == (True, 7)
    await source.close()
    await moved.close()


async def test_a_database_with_rows_is_refused_and_left_as_it_was(
    tmp_path: Path, postgres_url: str, clock: MovableClock
) -> None:
    source = await open_store(
        f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", tmp_path / "a.keys", clock=clock
    )
    await fill(source)
    used = await open_store(postgres_url, tmp_path / "b.keys", clock=clock)
    with pytest.raises(ConfigError, match="not empty"):
        await copy_store(source.engine, used.engine)
    async with used.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM ledger"))).scalar() == 0
    await source.close()
    await used.close()
