"""The contact desk waits for a row's write, whoever carries it: the page or the row's own job."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.security.access import Actor, Role
from app.store.db import Store, open_store
from app.store.records.ledger import (
    LedgerEntry,
    NewIntent,
    Progress,
    claim_intent,
    save_intent,
    save_outcome,
)
from app.store.transactions import TenantTx
from app.sync.desk import ContactDesk
from app.sync.visits import Visit
from app.sync.write_back import NOT_CLAIMED
from tests.app.store.cast import opened_of
from tests.app.sync.test_outreach_work import TENANT

pytestmark = pytest.mark.anyio
NURSE = Actor("u1", "north", Role.CLINICIAN)
VISIT = Visit(opened_of("l1"), "seg", "hash", NURSE, TENANT, datetime.now(UTC))
INTENT = NewIntent("row", "p1", "contact_detail", "k", [["email", "", "a@example.com"]], plan="put")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", tmp_path / "x.key")
    yield opened
    await opened.close()


async def refuse(_visit: Visit, _ledger_id: str) -> object:
    """As write_back.WriteBack.send while somebody else has the row."""
    return NOT_CLAIMED


async def plan(_visit: Visit, _kind: str) -> tuple[str, str]:
    return "put", ""


async def enqueue(_tx: TenantTx, _ledger_id: str) -> None:
    return None


def build_desk(store: Store, wait_s: float = 60.0) -> ContactDesk:
    return ContactDesk(store, send=refuse, plan=plan, enqueue=enqueue, wait_s=wait_s)


async def take(store: Store) -> LedgerEntry:
    """The row, in the hand of its job."""
    async with store.write("north") as tx:
        await save_intent(tx, INTENT)
        until = datetime.now(UTC) + timedelta(hours=1)
        entry = await claim_intent(tx, "row", worker="job", until=until)
    assert entry is not None
    return entry


async def test_a_page_waits_while_the_rows_own_job_has_it(store: Store) -> None:
    entry = await take(store)
    waiting = asyncio.create_task(build_desk(store).start_and_wait(VISIT, [entry]))
    done, _pending = await asyncio.wait({waiting}, timeout=0.5)
    assert not done, "a page that went on would say Sending"
    async with store.write("north") as tx:
        await save_outcome(tx, entry, Progress(state="in_ehr"))
    await asyncio.wait_for(waiting, 60)


async def test_it_does_not_wait_for_long(store: Store) -> None:
    desk = build_desk(store, wait_s=0.2)
    await asyncio.wait_for(desk.start_and_wait(VISIT, [await take(store)]), 60)
    await asyncio.wait_for(desk.drain(60), 60)


async def test_a_row_that_nobody_has_is_not_waited_for(store: Store) -> None:
    async with store.write("north") as tx:
        entry, _is_new = await save_intent(tx, INTENT)
    await asyncio.wait_for(build_desk(store, 3600).start_and_wait(VISIT, [entry]), 60)
