"""A message that left is recorded for the EHR once; one that did not, or may not have, is not."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.errors import NotSaved
from app.security.access import Role
from app.store.db import Store
from app.store.records.ledger import LedgerEntry, NewIntent, load_ledger, save_intent
from app.store.records.outreach import Outreach, load_outreach, save_outreach_changes
from app.store.transactions import TenantTx
from app.sync.intents import CompletedContact, parse_content
from app.sync.lending import Lending
from app.sync.sent_record import SentRecord
from app.sync.visits import Visit, Visits
from tests.app.store.cast import ALICE
from tests.app.sync.test_consent_teller import open_launch
from tests.app.sync.test_contact_judge import CONTENT, NOON, build_store

pytestmark = pytest.mark.anyio
SENT = {"state": "sent", "sent_at": NOON - timedelta(minutes=1), "ledger_id": "planned"}


class Ehr:
    def __init__(self, breaks: int = 0) -> None:
        self.jobs: list[str] = []
        self.breaks = breaks

    async def choose(self, _visit: Visit, kind: str) -> tuple[str, str]:
        assert kind == "completed_contact"
        return "communication", "communication"

    async def enqueue(self, _tx: TenantTx, ledger_id: str) -> None:
        if self.breaks:
            self.breaks -= 1
            raise NotSaved
        self.jobs.append(ledger_id)


async def prepare(tmp_path: Path, ehr: Ehr, changes: Mapping[str, Any]) -> tuple[Store, SentRecord]:
    """A planned text of p1, moved on as delivery would."""
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    async with store.write("north") as tx:
        plan = NewIntent("planned", "p1", "planned_outreach", "k0", {}, subject="planned_outreach")
        await save_intent(tx, plan)
        await save_outreach_changes(tx, "o1", dict(changes), version=1)
    visits = Visits(store, timedelta(minutes=15), {})
    return store, SentRecord(store, Lending(store, visits, ehr.choose), ehr.enqueue)


async def look(store: Store) -> tuple[Outreach, list[LedgerEntry]]:
    async with store.read("north") as tx:
        rows = [r for r in await load_ledger(tx, "p1") if r.kind == "completed_contact"]
        return await load_outreach(tx, "o1"), rows


async def test_a_sent_message_is_recorded_once_also_after_a_crash(tmp_path: Path) -> None:
    ehr = Ehr(breaks=1)
    store, sent = await prepare(tmp_path, ehr, SENT)
    assert await sent.find() == (("north", "o1"),)
    with pytest.raises(NotSaved):
        await sent.record("north", "o1")
    assert (await look(store))[1] == []
    ledger_id = await sent.record("north", "o1")
    assert await sent.find() == () and await sent.record("north", "o1") == ""
    row, (entry,) = await look(store)
    assert row.done_ledger_id == entry.ledger_id == ledger_id and ehr.jobs == [ledger_id]
    assert (entry.plan, entry.user_id, entry.launch_id) == ("communication", "", "l1")
    done = parse_content(entry.kind, entry.intent)
    assert isinstance(done, CompletedContact)
    assert (done.outcome, done.at, done.planned, done.title, done.note) == (
        "sent", SENT["sent_at"], "planned", CONTENT.title, "",
    )  # fmt: skip
    assert CONTENT.body not in str(entry.intent) and CONTENT.address not in str(entry.intent)
    await store.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "due"},
        {"state": "sent", "delivery": "failed"},
        {"state": "sent", "delivery": "unknown"},
        {"state": "cancelled"},
        {"ledger_id": ""},
        {"channel": "letter"},
        {"due_at": NOON - timedelta(days=3)},
        {"done_ledger_id": "by-a-person"},
    ],
)
async def test_what_did_not_leave_or_is_told_already_is_not_found(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    store, sent = await prepare(tmp_path, Ehr(), SENT | changes)
    assert await sent.find() == ()
    await store.close()


@pytest.mark.parametrize(
    ("changes", "found"),
    [({}, False), ({"delivery": "delivered"}, True), ({"state": "answered"}, True)],
)
async def test_a_report_of_failure_is_waited_for(
    tmp_path: Path, changes: dict[str, Any], *, found: bool
) -> None:
    just_now = SENT | {"sent_at": NOON - timedelta(seconds=5)} | changes
    store, sent = await prepare(tmp_path, Ehr(), just_now)
    assert bool(await sent.find()) is found
    await store.close()


async def test_a_failure_heard_meanwhile_records_nothing(tmp_path: Path) -> None:
    store, sent = await prepare(tmp_path, Ehr(), SENT | {"delivery": "failed"})
    assert await sent.record("north", "o1") == ""
    assert (await look(store))[1] == []
    await store.close()
