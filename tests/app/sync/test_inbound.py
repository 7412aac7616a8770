"""A reply acts at once and once; a report settles what was sent, early, late or never."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace as replace_tenant
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from app.outreach.consent import Question, fold_consents
from app.outreach.replies import load_reply_rules, parse_reply
from app.store.records.consents import load_consents, save_consents
from app.store.records.inbound import count_work, load_inbound, load_work
from app.store.records.outbound import OutboundProgress, load_outbound, save_outbound_state
from app.store.records.outreach import load_outreach
from app.store.records.standing import load_standing
from app.store.records.tenants import save_tenant
from app.sync.inbound import Heard, Inbox
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.store.cast import tenant_of
from tests.app.sync.post_world import (
    AGREED,
    ELENA,
    ELENA_MAIL,
    ROOT,
    T0,
    TENANT,
    Practice,
    open_practice,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def post_office() -> Iterator[str]:
    with running_sandbox(SandboxConfig(), people=[]) as origin:
        yield origin


@pytest.fixture
async def practice(post_office: str, tmp_path: Path) -> AsyncIterator[Practice]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}"
    httpx.post(f"{post_office}/_sandbox/reset", trust_env=False, timeout=60).raise_for_status()
    async with open_practice(url, tmp_path / "keys", post_office) as made:
        async with made.store.write(TENANT) as tx:
            await save_consents(tx, "p1", AGREED, user_id="u1")
        yield made


RULES = load_reply_rules((ROOT / "app/outreach/rules/replies.toml").read_text("utf-8"))


def inbox(practice: Practice, *tenants: str) -> Inbox:
    return Inbox(practice.store, partial(parse_reply, rules=RULES), lambda: tenants or (TENANT,))


def reply(text: str, number: int = 1, sender: str = ELENA) -> Heard:
    return Heard(sender, text, "texts", f"SM{number}")


async def states(practice: Practice, *ids: str) -> list[tuple[str, str]]:
    async with practice.store.read(TENANT) as tx:
        rows = [await load_outreach(tx, i) for i in ids]
    return [(r.state, r.cancelled_because) for r in rows]


async def may_text(practice: Practice) -> str:
    async with practice.store.read(TENANT) as tx:
        entries = await load_consents(tx, "p1")
    asked = Question(purpose="treatment", channel="text", address=ELENA)
    return fold_consents(entries, asked, practice.clock.now).state


async def test_stop_ends_what_is_queued_and_what_is_planned(practice: Practice) -> None:
    await practice.plan("o1")
    await practice.plan("o2", due_at=T0 + timedelta(days=3))
    await practice.plan("o3", channel="email", due_at=T0 + timedelta(days=3))
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    practice.clock.move(seconds=1)
    assert await inbox(practice).hear(reply("STOP")) == 1
    ended = ("cancelled", "opted_out")
    assert await states(practice, "o1", "o2", "o3") == [ended, ended, ("scheduled", "")]
    assert await practice.delivery.send_outbound(TENANT, outbound_id) == ""
    assert await may_text(practice) == "revoked"
    async with practice.store.read(TENANT) as tx:
        (entry,) = [e for e in await load_consents(tx, "p1") if e.action == "revoked"]
    assert (entry.wording, entry.how, entry.address) == ("STOP", "reply", ELENA)


async def test_heard_twice_is_heard_once(practice: Practice) -> None:
    for _ in range(3):
        await inbox(practice).hear(reply("STOP"))
    async with practice.store.read(TENANT) as tx:
        assert len(await load_inbound(tx, "p1")) == 1
        assert [e.action for e in await load_consents(tx, "p1")].count("revoked") == 1


async def test_start_and_help_agree_to_nothing(practice: Practice) -> None:
    practice.clock.move(seconds=1)
    await inbox(practice).hear(reply("STOP"))
    practice.clock.move(seconds=1)
    await inbox(practice).hear(reply("START", 2))
    await inbox(practice).hear(reply("HELP", 3))
    assert await may_text(practice) == "revoked"
    async with practice.store.read(TENANT) as tx:
        assert {i.meaning for i in await load_inbound(tx, "p1")} == {"stop", "start", "help"}


async def test_a_wrong_person_ends_the_number(practice: Practice) -> None:
    await practice.plan("o1", due_at=T0 + timedelta(days=1))
    practice.clock.move(seconds=1)
    await inbox(practice).hear(reply("wrong number"))
    assert await states(practice, "o1") == [("cancelled", "wrong_number")]
    assert await may_text(practice) == "revoked"
    async with practice.store.read(TENANT) as tx:
        assert (await load_standing(tx, "p1"))[1].reassigned == {ELENA}


async def test_no_contact_of_any_kind_reaches_every_channel(practice: Practice) -> None:
    practice.clock.move(seconds=1)
    await inbox(practice).hear(reply("Do not contact me ever again by any means"))
    async with practice.store.read(TENANT) as tx:
        entries = await load_consents(tx, "p1")
    asked = Question(purpose="treatment", channel="email", address=ELENA_MAIL)
    assert fold_consents(entries, asked, practice.clock.now).state == "revoked"


async def test_an_answer_is_kept_with_what_it_answers(practice: Practice) -> None:
    await practice.plan("o1")
    await practice.delivery.run_due()
    await inbox(practice).hear(reply("Sí"))
    assert await states(practice, "o1") == [("answered", "")]
    async with practice.store.read(TENANT) as tx:
        (kept,) = await load_inbound(tx, "p1")
    assert (kept.text, kept.outreach_id, kept.meaning) == ("Sí", "o1", "yes")
    assert await may_text(practice) == "agreed"


async def test_a_text_waits_while_a_doubtful_reply_is_unread(practice: Practice) -> None:
    await practice.plan("o1")
    practice.unread = True
    await practice.delivery.run_due()
    assert await states(practice, "o1") == [("scheduled", "")]  # not ended, and asked again
    await practice.delivery.run_due()
    assert await states(practice, "o1") == [("scheduled", "")]
    practice.unread = False
    practice.clock.move(minutes=15)
    await practice.delivery.run_due()
    assert await states(practice, "o1") == [("sent", "")]


async def test_a_number_nobody_knows_changes_nothing(practice: Practice) -> None:
    await practice.plan("o1", due_at=T0 + timedelta(days=1))
    assert await inbox(practice).hear(reply("STOP", sender="+16025550199")) == 0
    assert await states(practice, "o1") == [("scheduled", "")]


async def test_a_stop_counts_in_every_tenant_that_knows_the_number(practice: Practice) -> None:
    async with practice.store.write("south") as tx:
        theirs = [replace(entry, id=f"south-{entry.id}") for entry in AGREED]
        await save_consents(tx, "p9", theirs, user_id="u1")
    assert await inbox(practice, TENANT, "south").hear(reply("STOP")) == 2
    async with practice.store.read("south") as tx:
        assert [e.action for e in await load_consents(tx, "p9")].count("revoked") == 1


async def test_a_shared_number_stops_for_all_and_answers_for_nobody(practice: Practice) -> None:
    async with practice.store.write(TENANT) as tx:
        theirs = [replace(entry, id=f"p2-{entry.id}") for entry in AGREED]
        await save_consents(tx, "p2", theirs, user_id="u1")
    await practice.plan("o1")
    await practice.delivery.run_due()
    assert await inbox(practice).hear(reply("Yes")) == 2
    assert await states(practice, "o1") == [("sent", "")]
    async with practice.store.read(TENANT) as tx:
        (kept,) = await load_work(tx)
        assert await load_inbound(tx, "p1") == ()
    assert (kept.patient_key, kept.sharers, kept.text) == ("", 2, "Yes")
    practice.clock.move(seconds=1)
    await practice.plan("o2", due_at=T0 + timedelta(days=3))
    for _ in range(2):
        assert await inbox(practice).hear(reply("STOP", 2)) == 2
    assert await states(practice, "o2") == [("cancelled", "opted_out")]
    for patient in ("p1", "p2"):
        async with practice.store.read(TENANT) as tx:
            entries = await load_consents(tx, patient)
        assert [e.action for e in entries].count("revoked") == 1


async def test_an_unknown_number_goes_to_those_who_take_them(practice: Practice) -> None:
    for tenant_id, settings in (
        (TENANT, {}),
        ("south", {"outreach": {"unknown_numbers": True}}),
        ("west", {"outreach": {"unknown_numbers": "yes"}}),
    ):
        async with practice.store.write(tenant_id) as tx:
            await save_tenant(tx, replace_tenant(tenant_of(tenant_id), settings=settings))
    tenants = (TENANT, "south", "west")
    assert await inbox(practice, *tenants).hear(reply("Who is this?", sender="+16025550199")) == 0
    found = []
    for tenant_id in tenants:
        async with practice.store.read(tenant_id) as tx:
            found.append([(r.text, r.sharers) for r in await load_work(tx)])
    assert found == [[], [("Who is this?", 0)], []]
    await inbox(practice, TENANT, "west").hear(reply("Hello?", 2, sender="+16025550199"))
    for tenant_id in (TENANT, "west"):
        async with practice.store.read(tenant_id) as tx:
            assert [r.text for r in await load_work(tx)] == ["Hello?"]


async def test_what_the_provider_took_for_a_stop_is_one(practice: Practice) -> None:
    practice.clock.move(seconds=1)
    said = Heard(ELENA, "Banana", "texts", "SM7", provider_did="stop")
    await inbox(practice).hear(said)
    assert await may_text(practice) == "revoked"
    async with practice.store.read(TENANT) as tx:
        (kept,) = await load_inbound(tx, "p1")
    assert (kept.did, kept.provider_did, kept.work) == ("opted_out", "stop", "")


async def test_the_queue_has_the_urgent_first_then_the_longest_waiting(practice: Practice) -> None:
    for number, text in enumerate(("Hello", "A question", "I cannot breathe", "Another"), 1):
        practice.clock.move(seconds=1)
        await inbox(practice).hear(reply(text, number))
    async with practice.store.read(TENANT) as tx:
        rows = await load_work(tx)
        assert await count_work(tx) == (4, 1)
    assert [r.text for r in rows] == ["I cannot breathe", "Hello", "A question", "Another"]
    assert {r.address for r in rows} == {ELENA}


async def sent(practice: Practice) -> tuple[str, str]:
    """(outbound id, provider id) of one text on its way."""
    await practice.plan("o1")
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    await practice.delivery.send_outbound(TENANT, outbound_id)
    async with practice.store.read(TENANT) as tx:
        return outbound_id, (await load_outbound(tx, outbound_id)).provider_id


@pytest.mark.parametrize(
    ("state", "code"), [("delivered", ""), ("failed", "provider_30003"), ("", "")]
)
async def test_reports(practice: Practice, state: str, code: str) -> None:
    outbound_id, provider_id = await sent(practice)
    assert await inbox(practice).hear_report(TENANT, outbound_id, provider_id, state, code)
    async with practice.store.read(TENANT) as tx:
        row = await load_outbound(tx, outbound_id)
        outreach = await load_outreach(tx, "o1")
    assert (row.state, row.error_code, outreach.delivery) == (state or "sent", code, state)
    assert await inbox(practice).hear_report(TENANT, outbound_id, provider_id, "failed", "x")
    async with practice.store.read(TENANT) as tx:
        again = await load_outbound(tx, outbound_id)
    assert again.state == (state or "failed")


async def test_a_report_settles_an_unknown_and_only_its_own(practice: Practice) -> None:
    outbound_id, _provider_id = await sent(practice)
    async with practice.store.write(TENANT) as tx:
        row = await load_outbound(tx, outbound_id)
        lost = OutboundProgress(state="unknown", provider_id="", error_code="no_answer")
        await save_outbound_state(tx, outbound_id, lost, version=row.version)
    box = inbox(practice)
    assert await box.hear_report(TENANT, outbound_id, "SMfresh", "delivered", "")
    assert await box.hear_report(TENANT, outbound_id, "SMother", "failed", "provider_1")
    async with practice.store.read(TENANT) as tx:
        row = await load_outbound(tx, outbound_id)
    assert (row.state, row.provider_id) == ("delivered", "SMfresh")


async def test_reports_about_nothing_of_ours(practice: Practice) -> None:
    box = inbox(practice)
    assert not await box.hear_report(TENANT, "no-such", "SM1", "delivered", "")
    assert not await box.hear_report("no-tenant", "no-such", "SM1", "delivered", "")
