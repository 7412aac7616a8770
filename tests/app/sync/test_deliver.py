"""Due, judged, queued, judged again, sent once: the whole way with a real provider and mailbox."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest

from app.outreach.request import Preferences
from app.outreach.way_out import with_way_out
from app.store.audit_chain import verify_chain
from app.store.records.outbound import (
    Outbound,
    OutboundProgress,
    cancel_outbound,
    claim_outbound,
    load_outbound_of,
    save_outbound_state,
)
from app.store.records.outreach import Outreach, load_outreach
from app.store.records.receipts import load_receipts
from app.sync.deliver import LEASE, TRIES, Delivery, plan_wait
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.sync.post_world import (
    ELENA,
    ELENA_MAIL,
    T0,
    TENANT,
    TEXT,
    Practice,
    died,
    open_practice,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def post_office() -> Iterator[str]:
    with running_sandbox(SandboxConfig(smtp_port=0), people=[]) as origin:
        yield origin


@pytest.fixture
async def control(post_office: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{post_office}/_sandbox"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=60) as client:
        assert (await client.post("/reset")).status_code == 200
        yield client


@pytest.fixture
async def practice(
    control: httpx.AsyncClient, post_office: str, tmp_path: Path
) -> AsyncIterator[Practice]:
    said = (await control.post("/post", json={})).json()
    url = f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}"
    async with open_practice(
        url, tmp_path / "keys", post_office, said["smtp_port"], said["certificate"]
    ) as made:
        yield made


async def look(practice: Practice, outreach_id: str = "o1") -> tuple[Outreach, list[Outbound]]:
    async with practice.store.read(TENANT) as tx:
        row = await load_outreach(tx, outreach_id)
        return row, list(await load_outbound_of(tx, outreach_id))


async def arrived(control: httpx.AsyncClient) -> list[str]:
    return [t["body"] for t in (await control.get("/texts", params={"number": ELENA})).json()]


async def fault(control: httpx.AsyncClient, times: int | None = 1, **effect: object) -> None:
    data = {"match": {"personality": "texts"}, "effect": effect, "times": times}
    assert (await control.post("/faults", json=data)).status_code == 200


async def test_a_text_that_is_due_arrives_once(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await practice.plan()
    for _ in range(3):
        await practice.delivery.run_due()
        practice.clock.move(minutes=5)
    assert await arrived(control) == [TEXT]
    row, (sent,) = await look(practice)
    assert (row.state, row.sent_at, sent.state) == ("sent", T0, "sent")
    async with practice.store.read(TENANT) as tx:
        receipts = await load_receipts(tx, "o1")
    assert [r.receipt.allowed for r in receipts] == [True, True]
    assert sent.receipt_id in {r.receipt_id for r in receipts}
    async with practice.store.read(TENANT) as tx:
        assert (await verify_chain(tx)).holds


async def test_mail_goes_by_smtp(practice: Practice, control: httpx.AsyncClient) -> None:
    await practice.plan(channel="email")
    await practice.delivery.run_due()
    (mail,) = (await control.get("/mails", params={"to": ELENA_MAIL})).json()
    row, (sent,) = await look(practice)
    link = practice.delivery.doors.links.build_url(TENANT, sent.outbound_id)
    said = with_way_out(TEXT, "en", link).splitlines()
    assert (mail["text"].strip().splitlines(), mail["encrypted"]) == (said, True)
    assert (row.state, sent.state, sent.provider_id) == ("sent", "sent", mail["message_id"])


async def test_nothing_before_its_moment(practice: Practice, control: httpx.AsyncClient) -> None:
    await practice.plan(due_at=T0 + timedelta(minutes=1))
    assert await practice.delivery.queue_due(TENANT, "o1") == ""
    await practice.delivery.run_due()
    assert (await look(practice))[0].state == "scheduled"
    practice.clock.move(minutes=1)
    await practice.delivery.run_due()
    assert await arrived(control) == [TEXT]


async def test_quiet_hours_hold_it_until_their_morning(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    night = T0 + timedelta(hours=12)  # 9:30 PM in Phoenix
    await practice.plan(due_at=night)
    practice.clock.now = night
    await practice.delivery.run_due()
    row, queued = await look(practice)
    assert (row.state, queued) == ("scheduled", [])
    assert row.due_at is not None and row.due_at > night
    assert await arrived(control) == []
    practice.clock.now = row.due_at
    await practice.delivery.run_due()
    assert await arrived(control) == [TEXT]


async def test_the_gate_speaks_again_at_the_moment_of_sending(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    practice.person = died(practice.person)
    assert await practice.delivery.send_outbound(TENANT, outbound_id) == "cancelled"
    row, (queued,) = await look(practice)
    assert (row.state, row.cancelled_because) == ("cancelled", "deceased")
    assert (queued.state, queued.error_code) == ("cancelled", "H6")
    assert await arrived(control) == []


async def test_what_waiting_does_not_mend_is_left_to_a_person(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    practice.consents = ()
    await practice.plan()
    await practice.delivery.run_due()
    row, queued = await look(practice)
    assert (row.state, queued) == ("due", [])
    practice.preferences = Preferences(do_not_contact=True)
    await practice.plan("o2")
    await practice.delivery.run_due()
    assert (await look(practice, "o2"))[0].cancelled_because == "do_not_contact"
    assert await arrived(control) == []


async def test_a_call_is_work_for_a_person(practice: Practice) -> None:
    await practice.plan(channel="call")
    await practice.delivery.run_due()
    row, queued = await look(practice)
    assert (row.state, queued) == ("due", [])


async def test_an_unknown_outcome_is_shown_and_never_repeated(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await fault(control, cut=True)
    await practice.plan()
    for _ in range(4):
        await practice.delivery.run_due()
        practice.clock.move(minutes=10)
    row, (sent,) = await look(practice)
    assert (sent.state, sent.error_code) == ("unknown", "no_answer")
    assert (row.state, row.delivery) == ("sent", "unknown")
    assert await arrived(control) == []


async def test_a_busy_provider_is_asked_again_when_it_said(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await fault(control, status=429, headers={"Retry-After": "90"})
    await practice.plan()
    await practice.delivery.run_due()
    (queued,) = (await look(practice))[1]
    assert (queued.state, queued.not_before) == ("queued", T0 + timedelta(seconds=90))
    practice.clock.move(seconds=89)
    await practice.delivery.run_due()
    assert await arrived(control) == []
    practice.clock.move(seconds=1)
    await practice.delivery.run_due()
    assert await arrived(control) == [TEXT]


async def test_it_gives_up_after_a_while_and_says_so(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await fault(control, None, status=429)
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    states = []
    for _ in range(TRIES):
        states.append(await practice.delivery.send_outbound(TENANT, outbound_id))
    assert states == ["queued"] * (TRIES - 1) + ["failed"]
    row, (sent,) = await look(practice)
    assert (sent.state, sent.error_code, sent.sent_at) == ("failed", "provider_busy", None)
    assert (row.state, row.delivery) == ("sent", "failed")
    assert await arrived(control) == []


async def test_two_workers_send_one(practice: Practice, control: httpx.AsyncClient) -> None:
    await fault(control, None, latency_ms=100)
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    other = Delivery(practice.store, practice.delivery.doors, practice.judge, "w2")
    states: list[str] = []

    async def send(delivery: Delivery) -> None:
        states.append(await delivery.send_outbound(TENANT, outbound_id))

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(send, practice.delivery)
            group.start_soon(send, other)
    assert sorted(states) == ["", "", "", "", "", "sent"]
    assert await arrived(control) == [TEXT]


async def test_a_sender_that_stopped_midway_leaves_an_unknown(practice: Practice) -> None:
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    async with practice.store.write(TENANT) as tx:
        held = await claim_outbound(tx, outbound_id, worker="dead", until=tx.now + LEASE)
        assert held is not None
        await save_outbound_state(
            tx, outbound_id, OutboundProgress(state="sending"), version=held.version
        )
    await practice.delivery.run_due()
    assert (await look(practice))[1][0].state == "sending"
    practice.clock.move(minutes=3)
    await practice.delivery.run_due()
    assert (await look(practice))[1][0].state == "unknown"


async def test_a_late_answer_settles_what_was_given_up(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await fault(control, None, latency_ms=3000)
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    other = Delivery(practice.store, practice.delivery.doors, practice.judge, "w2")
    async with anyio.create_task_group() as group:
        group.start_soon(practice.delivery.send_outbound, TENANT, outbound_id)
        with anyio.fail_after(60):
            while (await look(practice))[1][0].state != "sending":
                await anyio.sleep(0.01)
        practice.clock.move(minutes=3)
        assert await other.send_outbound(TENANT, outbound_id) == "unknown"
    row, (sent,) = await look(practice)
    assert (row.state, row.delivery, sent.state) == ("sent", "", "sent")
    assert await arrived(control) == [TEXT]


async def test_a_cancelled_message_does_not_go(
    practice: Practice, control: httpx.AsyncClient
) -> None:
    await practice.plan()
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    async with practice.store.write(TENANT) as tx:
        assert await cancel_outbound(tx, why="deceased", outreach_id="o1") == 1
    assert await practice.delivery.send_outbound(TENANT, outbound_id) == ""
    assert await arrived(control) == []


def test_waits_grow_and_respect_the_vendor() -> None:
    waits = [plan_wait(tries, None) for tries in range(1, 12)]
    assert waits == sorted(waits) and waits[0] == timedelta(seconds=30)
    assert max(waits) == timedelta(hours=1)
    assert plan_wait(1, 7200) == timedelta(hours=2)
