"""A reply acts at once and once; a report settles what was sent, early, late or never."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from app.outreach.consent import Question, fold_consents
from app.outreach.replies import load_reply_rules, parse_reply
from app.store.records.consents import load_consents, save_consents
from app.store.records.inbound import load_inbound
from app.store.records.outbound import OutboundProgress, load_outbound, save_outbound_state
from app.store.records.outreach import load_outreach
from app.store.records.standing import load_standing
from app.sync.inbound import Heard, Inbox
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
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
    httpx.post(f"{post_office}/_sandbox/reset", trust_env=False).raise_for_status()
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
