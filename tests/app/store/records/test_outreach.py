"""Planned outreach: saved once, changed by whoever saw it last, found when due and by assignee."""

from datetime import timedelta

import pytest
from msgspec.structs import replace as with_content

from app.errors import NotFound, StaleWrite
from app.store.db import Store
from app.store.records.contact_history import load_contacts
from app.store.records.outreach import (
    Content,
    NewOutreach,
    load_due_outreach,
    load_outreach,
    load_outreach_at,
    load_patient_outreach,
    load_sent_outreach,
    load_tenant_outreach,
    save_outreach,
    save_outreach_changes,
)
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
CONTENT = Content(address="+16025550148", shown="(602) 555-0148", title="A visit", body="Come in.")


def make(outreach_id: str, *, days: int, channel: str = "text", to: str = "") -> NewOutreach:
    return NewOutreach(
        outreach_id=outreach_id,
        patient_id="p1",
        state="scheduled",
        purpose="treatment",
        channel=channel,
        content=CONTENT,
        created_by="u1",
        due_at=T0 + DAY * days,
        zone="America/Phoenix",
        reason_kind="gap",
        reason_key="CMS130",
        assigned_to=to,
    )


async def save_three(store: Store) -> None:
    async with store.write("north") as tx:
        for new in (
            make("o1", days=1),
            make("o2", days=2, channel="call", to="u2"),
            make("o3", days=0),
        ):
            assert await save_outreach(tx, new)
        assert not await save_outreach(tx, make("o1", days=9))


async def test_saved_once_and_listed_by_due(store: Store, clock: MovableClock) -> None:
    await save_three(store)
    async with store.read("north") as tx:
        listed = await load_patient_outreach(tx, "p1")
        assert [o.outreach_id for o in listed] == ["o2", "o1", "o3"]
        assert listed[1].content == CONTENT and listed[1].due_at == T0 + DAY
        assert [o.outreach_id for o in await load_tenant_outreach(tx)] == ["o3", "o1", "o2"]
        mine = await load_tenant_outreach(tx, assigned_to=("u2",), channel="call")
        assert [o.outreach_id for o in mine] == ["o2"]
        soon = await load_tenant_outreach(tx, due_before=T0 + DAY, offset=1, limit=1)
        assert [o.outreach_id for o in soon] == ["o1"]
        assert len(await load_outreach_at(tx, CONTENT.address)) == 3
        assert await load_outreach_at(tx, "nobody") == ()
        assert await load_patient_outreach(tx, "p1", states=("done",)) == ()
    async with store.read_wide() as wide:
        assert await load_due_outreach(wide) == (("north", "o3"),)
    clock.move(days=1)
    async with store.read_wide() as wide:
        assert await load_due_outreach(wide) == (("north", "o3"), ("north", "o1"))
    async with store.read("south") as tx:
        with pytest.raises(NotFound):
            await load_outreach(tx, "o1")


async def test_what_left_and_is_not_recorded_is_listed(store: Store) -> None:
    await save_three(store)
    async with store.write("north") as tx:
        sent = {"state": "sent", "channel": "text", "sent_at": T0, "due_at": T0, "ledger_id": "l"}
        await save_outreach_changes(tx, "o1", sent, version=1)
        failed = sent | {"delivery": "failed"}
        await save_outreach_changes(tx, "o3", failed, version=1)
    async with store.read_wide() as wide:
        assert await load_sent_outreach(wide, after=T0 - DAY, by=T0) == (("north", "o1"),)
        assert await load_sent_outreach(wide, after=T0 - DAY, by=T0 - DAY) == ()


async def test_a_change_names_the_version_it_saw(store: Store) -> None:
    await save_three(store)
    async with store.write("north") as tx:
        said = with_content(CONTENT, note="Her daughter answered.")
        changes = {"state": "done", "outcome": "reached", "closed_at": tx.now}
        assert await save_outreach_changes(tx, "o2", changes, version=1, content=said) == 2
        with pytest.raises(StaleWrite):
            await save_outreach_changes(tx, "o2", {"state": "cancelled"}, version=1)
        found = await load_outreach(tx, "o2")
        assert (found.state, found.outcome, found.version) == ("done", "reached", 2)
        assert found.content.note == "Her daughter answered."
        assert [c.channel for c in await load_contacts(tx, "p1", since=T0)] == ["call"]
