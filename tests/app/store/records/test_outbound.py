"""Nothing leaves without a receipt: the records keep to it, and the database holds them to it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from app.errors import NotFound, NotSaved, StaleWrite
from app.outreach.request import Denial, Receipt
from app.store.db import Store
from app.store.records.contact_history import load_contacts
from app.store.records.outbound import (
    OutboundProgress,
    cancel_outbound,
    claim_outbound,
    load_due_outbound,
    load_outbound,
    load_outbound_at,
    load_outbound_of,
    save_outbound,
    save_outbound_state,
)
from app.store.records.outreach import Content, NewOutreach, load_outreach, save_outreach
from app.store.records.receipts import load_receipts, save_receipt
from app.store.rotation import rotate_data_key
from app.store.transactions import TenantTx
from tests.app.store.conftest import T0, MovableClock

pytestmark = pytest.mark.anyio
CONTENT = Content(address="+16025550148", body="A visit is due. Reply STOP to stop.", title="Visit")
YES = Receipt(allowed=True, at=T0, next_allowed=T0, rules_version="2026-11-23")
NO = Receipt(
    allowed=False,
    at=T0,
    denials=(
        Denial(
            rule_id="C3",
            reason="They withdrew.",
            fact="2026-11-01",
            citation="x",
            citation_verified=False,
            fix="Ask.",
        ),
    ),
    rules_version="2026-11-23",
)


async def plan(tx: TenantTx, outreach_id: str = "o1", *, patient: str = "p1") -> None:
    new = NewOutreach(
        outreach_id=outreach_id,
        patient_id=patient,
        state="scheduled",
        purpose="treatment",
        channel="text",
        content=CONTENT,
        created_by="u1",
        due_at=T0,
    )
    assert await save_outreach(tx, new)


async def judge(
    tx: TenantTx, receipt: Receipt = YES, *, outreach_id: str = "o1", content: Content = CONTENT
) -> str:
    return await save_receipt(
        tx, outreach_id, receipt, channel="text", purpose="treatment", content=content
    )


async def queue(tx: TenantTx, outbound_id: str = "m1", *, attempt: str = "1", **over: Any) -> bool:
    receipt_id = over.get("receipt_id") or await judge(tx)
    outreach = await load_outreach(tx, over.get("outreach_id", "o1"))
    return await save_outbound(
        tx,
        outbound_id,
        outreach,
        receipt_id=receipt_id,
        attempt_key=attempt,
        content=over.get("content", CONTENT),
    )


async def test_a_message_is_queued_once_per_attempt(store: Store) -> None:
    async with store.write("north") as tx:
        await plan(tx)
        assert await queue(tx)
        assert not await queue(tx, "m2")
        assert await queue(tx, "m3", attempt="2")
    async with store.read("north") as tx:
        found = await load_outbound(tx, "m1")
        assert (found.state, found.content, found.fence) == ("queued", CONTENT, 0)
        assert {o.outbound_id for o in await load_outbound_of(tx, "o1")} == {"m1", "m3"}
        same = await load_outbound_at(tx, "+16025550148", since=T0)
        assert {o.outbound_id for o in same} == {"m1", "m3"}
        assert await load_outbound_at(tx, "+16025550149", since=T0) == ()
        with pytest.raises(NotFound):
            await load_outbound(tx, "m2")
    async with store.read("south") as tx:
        assert await load_outbound_of(tx, "o1") == ()


WRONG_RECEIPTS: dict[str, tuple[Receipt, dict[str, Any]]] = {
    "denied": (NO, {}),
    "of a plan without a message": (replace(YES, rules_version=""), {}),
    "of another text": (YES, {"content": replace(CONTENT, body="Your biopsy is back.")}),
    "of another address": (YES, {"content": replace(CONTENT, address="+16025550149")}),
    "of another outreach": (YES, {"outreach_id": "o2"}),
}


@pytest.mark.parametrize("name", WRONG_RECEIPTS)
async def test_the_database_refuses_a_wrong_receipt(store: Store, name: str) -> None:
    receipt, over = WRONG_RECEIPTS[name]
    async with store.write("north") as tx:
        await plan(tx)
        await plan(tx, "o2")
        receipt_id = await judge(tx, receipt)
    with pytest.raises(NotSaved):
        async with store.write("north") as tx:
            await queue(tx, receipt_id=receipt_id, **over)
    async with store.read("north") as tx:
        assert await load_outbound_of(tx, "o1") == await load_outbound_of(tx, "o2") == ()


async def raw(store: Store, statement: str, **values: object) -> None:
    async with store.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def columns_of(store: Store, outbound_id: str) -> dict[str, Any]:
    async with store.engine.connect() as connection:
        found = await connection.execute(
            text("SELECT * FROM outbound WHERE outbound_id = :id"), {"id": outbound_id}
        )
        return dict(found.one()._mapping)


async def queue_two(store: Store) -> dict[str, Any]:
    async with store.write("north") as tx:
        await plan(tx)
        await plan(tx, "o2", patient="p2")
        await queue(tx)
        await judge(tx, NO, outreach_id="o2")
        await judge(tx, replace(YES, rules_version=""), outreach_id="o2")
    return await columns_of(store, "m1")


RAW: dict[str, dict[str, Any]] = {
    "no such receipt": {"receipt_id": "nothing"},
    "no receipt at all": {"receipt_id": None},
    "a receipt of another outreach": {"outreach_id": "o2"},
    "a receipt for another channel": {"channel": "email"},
    "a receipt for another text": {"content_key": "another"},
    "a receipt of another tenant": {"tenant_id": "south"},
    "a state that does not exist": {"state": "flying"},
}


@pytest.mark.parametrize("name", RAW)
async def test_raw_sql_cannot_insert_without_an_allowing_receipt(store: Store, name: str) -> None:
    row = await queue_two(store)
    row |= {"outbound_id": uuid.uuid4().hex, "attempt_key": "raw"}
    names = ", ".join(row)
    insert = f"INSERT INTO outbound ({names}) VALUES ({', '.join(':' + n for n in row)})"  # noqa: S608
    await raw(store, insert, **row)  # as it is, the statement is a good one
    row |= {"outbound_id": uuid.uuid4().hex, "attempt_key": "raw2"} | RAW[name]
    with pytest.raises(Exception, match=r"(?i)receipt|null|check|constraint"):
        await raw(store, insert, **row)


async def test_raw_sql_cannot_use_a_receipt_that_denies(store: Store) -> None:
    row = await queue_two(store)
    for denied in ("rule_id = 'C3'", "rules_version = ''"):
        insert = (
            "INSERT INTO outbound SELECT 'x', o.tenant_id, o.patient_key, 'o2', r.receipt_id, "  # noqa: S608
            f"{', '.join('o.' + n for n in list(row)[5:])} FROM outbound o, receipts r "
            f"WHERE r.outreach_id = 'o2' AND r.{denied}"
        )
        with pytest.raises(Exception, match="no receipt allows this"):
            await raw(store, insert)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbound SET receipt_id = 'nothing'",
        "UPDATE outbound SET outreach_id = 'o2'",
        "UPDATE outbound SET content_key = 'another'",
        "UPDATE receipts SET allowed = true",
        "UPDATE receipts SET content_key = 'another', detail_sealed = detail_sealed",
        "DELETE FROM receipts",
    ],
)
async def test_raw_sql_cannot_change_what_was_judged(store: Store, statement: str) -> None:
    before = await queue_two(store)
    with pytest.raises(Exception, match=r"no receipt allows this|never changed"):
        await raw(store, statement)
    assert await columns_of(store, "m1") == before


async def test_cancelled_stays_cancelled(store: Store) -> None:
    await queue_two(store)
    async with store.write("north") as tx:
        assert await cancel_outbound(tx, why="nothing named") == 0
        assert await cancel_outbound(tx, why="deceased", patient_key=tx.patient_key("p1")) == 1
        assert await claim_outbound(tx, "m1", worker="w", until=T0) is None
        found = await load_outbound(tx, "m1")
        assert (found.state, found.error_code) == ("cancelled", "deceased")
        with pytest.raises(StaleWrite):
            back = OutboundProgress(state="queued")
            await save_outbound_state(tx, "m1", back, version=found.version)
    with pytest.raises(Exception, match="stays cancelled"):
        await raw(store, "UPDATE outbound SET state = 'queued'")


async def test_one_sender_at_a_time_and_a_late_one_records_nothing(
    store: Store, clock: MovableClock
) -> None:
    await queue_two(store)
    async with store.read_wide() as wide:
        assert await load_due_outbound(wide) == (("north", "m1"),)
    until = T0 + timedelta(seconds=30)
    async with store.write("north") as tx:
        first = await claim_outbound(tx, "m1", worker="a", until=until)
        assert first is not None and first.fence == 1
        assert await claim_outbound(tx, "m1", worker="b", until=until) is None
    async with store.read_wide() as wide:
        assert await load_due_outbound(wide) == ()
    clock.move(seconds=31)
    async with store.write("north") as tx:
        second = await claim_outbound(tx, "m1", worker="b", until=clock.now)
        assert second is not None and second.fence == 2
        sent = OutboundProgress(state="sent", provider="sms", provider_id="SM1", sent_at=clock.now)
        with pytest.raises(StaleWrite):
            await save_outbound_state(tx, "m1", sent, version=second.version, fence=first.fence)
        await save_outbound_state(tx, "m1", sent, version=second.version, fence=second.fence)
        found = await load_outbound(tx, "m1")
        assert (found.provider_id, found.sent_at) == ("SM1", clock.now)
        assert await claim_outbound(tx, "m1", worker="b", until=clock.now) is None
        assert await cancel_outbound(tx, why="x", outreach_id="o1") == 0
        assert [c.channel for c in await load_contacts(tx, "p1", since=T0)] == ["text"]
        assert await load_contacts(tx, "p1", since=clock.now + timedelta(seconds=1)) == ()


async def test_receipts_are_told_in_order_and_survive_a_new_data_key(store: Store) -> None:
    await queue_two(store)
    await rotate_data_key(store, "north")
    async with store.read("north") as tx:
        (kept,) = await load_receipts(tx, "o1")
        assert kept.receipt == YES and kept.channel == "text"
        assert {r.receipt for r in await load_receipts(tx, "o2")} >= {NO}
