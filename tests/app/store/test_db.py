"""Opening the store, transactions that hold or leave nothing, and failures without details."""

import logging
import sqlite3
import stat
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text

from app.errors import ConfigError, NotSaved, StoreUnavailable
from app.store.db import Store, open_store
from app.store.keyfile import load_key_file
from app.store.records.contacts import load_contact_values, save_contact_value
from app.store.tables.charts import CONTACT
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio


async def test_a_first_start_makes_a_private_key_file(store: Store, key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert load_key_file(key_file) == store.vault.roots


async def test_a_missing_key_file_refuses_the_start(
    store: Store, key_file: Path, database_url: str
) -> None:
    key_file.unlink()
    with pytest.raises(ConfigError, match="missing"):
        await open_store(database_url, key_file)
    assert not key_file.exists()


async def test_the_key_file_of_another_installation_refuses_the_start(
    store: Store, key_file: Path, database_url: str, tmp_path: Path
) -> None:
    other = await open_store(f"sqlite:///{tmp_path}/other/x.db", tmp_path / "other" / "keys")
    await other.close()
    key_file.unlink()
    (tmp_path / "other" / "keys").rename(key_file)
    with pytest.raises(ConfigError, match="does not belong"):
        await open_store(database_url, key_file)


async def test_a_kek_of_the_right_name_and_wrong_content_refuses_the_start(
    store: Store, key_file: Path, database_url: str
) -> None:
    content = key_file.read_text()
    key = next(iter(store.vault.roots.kek.keys))
    at = content.index(key) + len(key) + 5
    flipped = "B" if content[at] != "B" else "C"
    key_file.write_text(content[:at] + flipped + content[at + 1 :])
    with pytest.raises(ConfigError, match="does not belong"):
        await open_store(database_url, key_file)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
async def test_a_database_we_do_not_run_on_is_refused(url: str, key_file: Path) -> None:
    with pytest.raises(ConfigError) as failure:
        await open_store(url, key_file)
    assert url not in str(failure.value)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="cannot be opened"):
        await open_store(f"sqlite:///{broken}", tmp_path / "keys")


async def test_a_folder_that_cannot_hold_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        await open_store(f"sqlite:///{tmp_path}/folder.db", tmp_path / "keys")


async def test_a_server_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ConfigError, OSError)):
        await open_store("postgresql://u:pw@127.0.0.1:1/x", tmp_path / "keys")


async def test_sqlite_is_durable_private_and_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "data" / "x.db"
    store = await open_store(f"sqlite:///{path}", tmp_path / "keys")
    async with store.engine.connect() as connection:
        for pragma, expected in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("busy_timeout", 5000),
            ("foreign_keys", 1),
        ):
            assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar() == expected
    for file in path.parent.glob("x.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await store.close()


async def test_postgresql_waits_for_the_disk_but_for_what_need_not_last(store: Store) -> None:
    if store.is_sqlite:
        return  # test_sqlite_driver
    async with store.engine.begin() as connection:
        name = (await connection.execute(text("SELECT current_database()"))).scalar()
        await connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
    await store.engine.dispose()
    said = []
    for lasts in (True, False, True):
        async with store.write_wide(lasts=lasts) as tx:
            said.append((await tx.connection.execute(text("SHOW synchronous_commit"))).scalar())
    assert said == ["on", "off", "on"]


async def test_a_failure_inside_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write("north") as tx:
            await save_contact_value(tx, "p1", "phone", "+15550100", saved_by="u")
            raise ZeroDivisionError
    async with store.read("north") as tx:
        assert await load_contact_values(tx, "p1") == ()


async def test_callbacks_run_after_the_commit_only(store: Store) -> None:
    called: list[str] = []
    async with store.write("north") as tx:
        tx.after_commit(lambda: called.append("kept"))
        assert called == []
    with pytest.raises(ZeroDivisionError):
        async with store.write_wide("north") as wide:
            wide.within("north").after_commit(lambda: called.append("lost"))
            raise ZeroDivisionError
    assert called == ["kept"]


async def test_a_refusal_says_its_kind_and_no_value(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    row = {
        "value_id": "canary-id-4711",
        "patient_key": "k",
        "field": "phone",
        "value_sealed": b"x",
        "ledger_id": "",
        "saved_by": "u",
        "saved_at": store.clock(),
    }
    with caplog.at_level(logging.DEBUG), pytest.raises(NotSaved) as failure:
        async with store.write("north") as tx:
            await tx.insert(CONTACT, row)
            await tx.insert(CONTACT, row)
    assert "canary-id-4711" not in caplog.text + repr(failure.value)
    assert "IntegrityError" in caplog.text
    assert failure.value.__suppress_context__ and failure.value.__cause__ is None


async def test_a_question_that_fails_is_unavailable(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.read("north") as tx:
            await tx.connection.execute(text("SELECT nothing FROM nowhere"))


async def test_a_reader_cannot_be_fooled_into_seeing_half(store: Store) -> None:
    async with store.write("north") as tx:
        await save_contact_value(tx, "p1", "phone", "1", saved_by="u")
        async with store.read("north") as other:
            assert await load_contact_values(other, "p1") == ()
    async with store.read("north") as other:
        assert len(await load_contact_values(other, "p1")) == 1


async def test_writers_wait_their_turn(store: Store) -> None:
    async def write(n: int) -> None:
        async with store.write("north") as tx:
            await save_contact_value(tx, f"p{n}", "phone", n, saved_by="u")
            await anyio.sleep(0)

    async with anyio.create_task_group() as group:
        for n in range(30):
            group.start_soon(write, n)
    async with store.read("north") as tx:
        for n in range(30):
            assert [v.value for v in await load_contact_values(tx, f"p{n}")] == [n]


async def test_a_database_locked_by_another_process_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = await open_store(f"sqlite:///{path}", tmp_path / "keys")
    async with store.write("north") as tx:
        await tx.connection.execute(text("PRAGMA busy_timeout=50"))
    locker = sqlite3.connect(path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotSaved):
        async with store.write("north"):
            pass
    locker.execute("ROLLBACK")
    locker.close()
    async with store.write("north") as tx:
        await save_contact_value(tx, "p1", "phone", "1", saved_by="u")
    await store.close()


async def test_a_turn_that_never_comes_is_not_saved(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/x.db", tmp_path / "keys")
    store.patience_s = 0.05
    refused: list[NotSaved] = []

    async def want() -> None:
        try:
            async with store.write("north"):
                pass
        except NotSaved as failure:
            refused.append(failure)

    async with store.write("north"), anyio.create_task_group() as group:
        group.start_soon(want)
    assert len(refused) == 1
    await want()
    assert len(refused) == 1
    await store.close()


async def test_two_stores_on_one_database_share_everything(
    store: Store, database_url: str, key_file: Path, clock: MovableClock
) -> None:
    async with store.write("north") as tx:
        await save_contact_value(tx, "p1", "phone", "1", saved_by="u")
    other = await open_store(database_url, key_file, clock=clock)
    clock.move(minutes=2)
    async with other.write("north") as tx:
        assert [v.value for v in await load_contact_values(tx, "p1")] == ["1"]
        await save_contact_value(tx, "p1", "phone", "2", saved_by="u")
    async with store.read("north") as tx:
        values = await load_contact_values(tx, "p1", history=True)
        assert [v.value for v in values] == ["1", "2"] and values[0].superseded_at == clock.now
    await other.close()
