"""What people do with a contact, at a fixed hour: begun when the gate lets it be, ended in words,
and what an ending means for the rest."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace as with_changes

from app.errors import AccessDenied, InvalidInput, NotFound
from app.outreach.plan import NotPossible
from app.outreach.request import Preferences
from app.security.access import Actor, Role
from app.store.db import Store
from app.store.records.ledger import load_ledger
from app.store.records.outreach import NewOutreach, load_outreach, save_outreach
from app.store.records.standing import load_standing, save_preferences
from app.store.transactions import TenantTx
from app.sync.desk import ContactDesk
from app.sync.outreach_desk import OutreachDesk
from app.sync.outreach_draft import QUEUE
from app.sync.outreach_work import OutreachWork
from app.sync.visits import TenantView, Visit
from tests.app.store.cast import opened_of
from tests.app.sync.test_contact_judge import CONTENT, NOON, NUMBER, RULES, build_store

pytestmark = pytest.mark.anyio
TENANT = TenantView("north", "EHR", "generic", ZoneInfo("America/New_York"))


def visit_of(user_id: str = "u1", role: Role | None = Role.COORDINATOR) -> Visit:
    actor = Actor(user_id, "north", role)
    return Visit(opened_of("l1"), "seg", "hash", actor, TENANT, NOON)


async def sends_nothing(_visit: Visit, _ledger_id: str) -> None:
    return None


async def kept_here(_visit: Visit, _kind: str) -> tuple[str, str]:
    return "here", "kept_here"


async def no_job(_tx: TenantTx, _ledger_id: str) -> None:
    raise AssertionError("what is kept here needs no job")


def work_over(store: Store) -> OutreachWork:
    desk = ContactDesk(store, send=sends_nothing, plan=kept_here, enqueue=no_job)
    return OutreachWork(OutreachDesk(store, RULES, desk))


async def add(store: Store, outreach_id: str, channel: str, **over: str) -> None:
    async with store.write("north") as tx:
        new = NewOutreach(
            outreach_id=outreach_id,
            patient_id=over.get("patient", "p1"),
            state="scheduled",
            purpose="treatment",
            channel=channel,
            content=CONTENT if channel == "text" else with_changes(CONTENT, body=""),
            created_by="u1",
            due_at=NOON,
            assigned_to=QUEUE,
            sequence_id=over.get("sequence", ""),
        )
        assert await save_outreach(tx, new)


async def state_of(store: Store, outreach_id: str) -> tuple[str, str, str]:
    async with store.read("north") as tx:
        row = await load_outreach(tx, outreach_id)
    return row.state, row.outcome, row.cancelled_because


@pytest.mark.parametrize(
    ("outcome", "rest"),
    [("reached", "answered"), ("booked", "visit_booked"), ("declined", "declined"),
     ("no_answer", ""), ("left_message", ""), ("wrong_number", "")],
)  # fmt: skip
async def test_an_outcome_ends_the_call_and_maybe_the_rest(
    tmp_path: Path, outcome: str, rest: str
) -> None:
    store = await build_store(tmp_path)
    work, visit = work_over(store), visit_of()
    await add(store, "call", "call", sequence="s1")
    await add(store, "next", "text", sequence="s1")
    await add(store, "other", "text")
    assert await work.act(visit, "call", {"act": "start"}) == ""
    assert (await state_of(store, "call"))[0] == "due"
    assert await work.act(visit, "call", {"act": "finish", "outcome": outcome, "note": "n"}) == ""
    assert (await state_of(store, "call"))[:2] == ("done", outcome)
    assert (await state_of(store, "next"))[2] == rest
    assert await state_of(store, "other") == ("scheduled", "", "")
    async with store.read("north") as tx:
        entries = await load_ledger(tx, "p1")
        _preferences, held = await load_standing(tx, "p1")
    assert [e.kind for e in entries] == ["completed_contact"]
    assert (NUMBER in held.reassigned) is (outcome == "wrong_number")
    with pytest.raises(NotPossible):
        await work.act(visit, "call", {"act": "finish", "outcome": outcome})
    await store.close()


async def test_a_call_that_the_gate_refuses_is_not_begun_and_says_why(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    work, visit = work_over(store), visit_of()
    await add(store, "call", "call")
    async with store.write("north") as tx:
        await save_preferences(tx, "p1", Preferences(do_not_contact=True), saved_by="u1")
    assert "asked not to be contacted" in await work.act(visit, "call", {"act": "start"})
    assert await state_of(store, "call") == ("scheduled", "", "")
    item = await work.load(visit, "call")
    assert [r.receipt.allowed for r in item.receipts] == [False]
    assert not (await work.judge_now(visit, item.outreach)).allowed
    await store.close()


async def test_one_person_at_a_time_and_only_this_patients(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    work, visit = work_over(store), visit_of()
    await add(store, "call", "call")
    await add(store, "theirs", "call", patient="p2")
    await work.act(visit, "call", {"act": "claim"})
    with pytest.raises(NotPossible):
        await work.act(visit_of("u2"), "call", {"act": "start"})
    await work.act(visit, "call", {"act": "hand_back"})
    await work.act(visit_of("u2"), "call", {"act": "claim"})
    with pytest.raises(NotFound):
        await work.act(visit, "theirs", {"act": "claim"})
    with pytest.raises(AccessDenied):
        await work.act(visit_of(role=None), "call", {"act": "cancel"})
    for form in ({"act": "dance"}, {"act": "finish", "outcome": "won"}, {"act": "mailed"}):
        with pytest.raises(InvalidInput):
            await work.act(visit_of("u2"), "call", form)
    with pytest.raises(InvalidInput):
        await work.act(visit, "o1", {"act": "start"})
    await work.act(visit, "call", {"act": "cancel"})
    assert (await state_of(store, "call"))[2] == "by_person"
    await store.close()
