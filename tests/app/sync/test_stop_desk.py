"""The link of an e-mail stops e-mail to its address: at once, everywhere, once, nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace as replace_tenant
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from app.outreach.consent import ConsentEntry, Question, fold_consents
from app.outreach.replies import parse_reply
from app.outreach.request import PURPOSES
from app.store.audit_chain import verify_chain
from app.store.records.consents import load_consents, save_consents
from app.store.records.inbound import count_work, load_inbound
from app.store.records.outreach import load_outreach
from app.store.records.tenants import save_tenant
from app.store.tables.audit import AUDIT
from app.sync.inbound import Inbox
from app.sync.stop_desk import StopDesk
from sandbox.config import SandboxConfig
from sandbox.serving import running_sandbox
from tests.app.store.cast import tenant_of
from tests.app.sync.post_world import AGREED, ELENA_MAIL, T0, TENANT, Practice, open_practice
from tests.app.sync.test_inbound import RULES

pytestmark = pytest.mark.anyio
CLINIC = {"outreach": {"clinic": {"name": "Mercy West", "phone": "(614) 555-0100"}}}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def post_office() -> Iterator[str]:
    with running_sandbox(SandboxConfig(smtp_port=0), people=[]) as origin:
        yield origin


@pytest.fixture
async def practice(post_office: str, tmp_path: Path) -> AsyncIterator[Practice]:
    """Elena agreed to texts and e-mail; the south has another patient with her address."""
    said = httpx.post(f"{post_office}/_sandbox/post", json={}, trust_env=False, timeout=60).json()
    httpx.post(f"{post_office}/_sandbox/reset", trust_env=False, timeout=60).raise_for_status()
    url = f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}"
    smtp = {"smtp_port": said["smtp_port"], "ca": said["certificate"]}
    async with open_practice(url, tmp_path / "keys", post_office, **smtp) as made:
        for tenant_id, patient in ((TENANT, "p1"), ("south", "p9")):
            theirs = [replace(entry, id=f"{patient}-{entry.id}") for entry in AGREED]
            async with made.store.write(tenant_id) as tx:
                await save_tenant(tx, replace_tenant(tenant_of(tenant_id), settings=CLINIC))
                await save_consents(tx, patient, theirs, user_id="u1")
        yield made


def desk(practice: Practice, *tenants: str) -> StopDesk:
    read = partial(parse_reply, rules=RULES)
    inbox = Inbox(practice.store, read, lambda: tenants or (TENANT, "south"))
    return StopDesk(inbox, practice.delivery.doors.links)


async def queue_mail(practice: Practice) -> str:
    """The token of a mail that is queued."""
    await practice.plan("o1", channel="email")
    outbound_id = await practice.delivery.queue_due(TENANT, "o1")
    practice.clock.move(seconds=1)
    return practice.delivery.doors.links.build_token(TENANT, outbound_id)


async def load_entries(practice: Practice, patient: str, tenant: str) -> tuple[ConsentEntry, ...]:
    async with practice.store.read(tenant) as tx:
        return await load_consents(tx, patient)


async def load_refusals(practice: Practice, patient: str = "p1", tenant: str = TENANT) -> int:
    entries = await load_entries(practice, patient, tenant)
    return sum(entry.action == "revoked" for entry in entries)


async def may_send(practice: Practice, channel: str, purpose: str = "treatment") -> str:
    entries = await load_entries(practice, "p1", TENANT)
    address = next(e.address for e in entries if e.channel == channel)
    asked = Question(purpose=purpose, channel=channel, address=address)
    return fold_consents(entries, asked, practice.clock.now).state


async def test_a_look_says_whose_mail_it_was_and_changes_nothing(practice: Practice) -> None:
    token = await queue_mail(practice)
    for _ in range(3):
        found = await desk(practice).look(token)
        assert found is not None
        shown = (found.clinic, found.phone, found.language, found.is_stopped)
        assert shown == ("Mercy West", "(614) 555-0100", "en", False)
    assert await load_refusals(practice) == 0
    async with practice.store.read(TENANT) as tx:
        assert await load_inbound(tx, "p1") == ()
        assert (await load_outreach(tx, "o1")).state == "due"


async def test_a_press_ends_what_is_queued_and_planned_by_email_and_nothing_else(
    practice: Practice,
) -> None:
    token = await queue_mail(practice)
    await practice.plan("o2", channel="email", due_at=T0 + 3 * DAY)
    await practice.plan("o3", channel="text", due_at=T0 + 3 * DAY)
    found = await desk(practice).stop(token, by_button=True)
    assert found is not None and found.is_stopped
    async with practice.store.read(TENANT) as tx:
        rows = [await load_outreach(tx, name) for name in ("o1", "o2", "o3")]
        audits = await tx.all(tx.select(AUDIT).where(AUDIT.c.action == "reply.heard"))
        assert (await verify_chain(tx)).holds
        assert await count_work(tx) == (0, 0)  # nobody has to read it
    assert [r.state for r in rows] == ["cancelled", "cancelled", "scheduled"]
    assert [r.cancelled_because for r in rows] == ["opted_out", "opted_out", ""]
    assert len(audits) == 1
    assert [await may_send(practice, "email", p) for p in PURPOSES] == ["revoked"] * 4
    assert await may_send(practice, "text") == "agreed"
    assert await practice.delivery.run_due() == 0


async def test_a_link_reaches_whom_the_mail_reached_however_long_ago(
    post_office: str, tmp_path: Path
) -> None:
    """Nobody's consent names the address: only the mail itself says whose it was."""
    said = httpx.post(f"{post_office}/_sandbox/post", json={}, trust_env=False, timeout=60).json()
    url = f"sqlite+aiosqlite:///{tmp_path / 'chartside.db'}"
    smtp = {"smtp_port": said["smtp_port"], "ca": said["certificate"]}
    async with open_practice(url, tmp_path / "keys", post_office, **smtp) as made:
        async with made.store.write(TENANT) as tx:
            await save_tenant(tx, replace_tenant(tenant_of(TENANT), settings=CLINIC))
        token = await queue_mail(made)
        made.clock.move(days=900)
        found = await desk(made, TENANT).look(token)
        assert found is not None and not found.is_stopped
        await desk(made, TENANT).stop(token, by_button=True)
        assert await load_refusals(made) == 1
        found = await desk(made, TENANT).look(token)
        assert found is not None and found.is_stopped


async def test_the_ledger_keeps_how_it_came(practice: Practice) -> None:
    await desk(practice).stop(await queue_mail(practice), by_button=True)
    entry = (await load_entries(practice, "p1", TENANT))[-1]
    assert (entry.action, entry.channel, entry.address) == ("revoked", "email", ELENA_MAIL)
    assert (entry.how, entry.recorded_by) == ("link", "Link in an e-mail")
    assert (entry.purpose, entry.wording) == ("", "Stop these e-mails")
    async with practice.store.read(TENANT) as tx:
        (kept,) = await load_inbound(tx, "p1")
    assert (kept.did, kept.meaning, kept.address, kept.ended) == ("no_email", "stop", ELENA_MAIL, 1)


async def test_the_gate_refuses_what_is_planned_afterwards(practice: Practice) -> None:
    await desk(practice).stop(await queue_mail(practice), by_button=False)
    practice.consents = await load_entries(practice, "p1", TENANT)
    await practice.plan("later", channel="email", due_at=practice.clock.now)
    assert await practice.delivery.queue_due(TENANT, "later") == ""
    async with practice.store.read(TENANT) as tx:
        row = await load_outreach(tx, "later")
    assert (row.state, row.cancelled_because) == ("cancelled", "opted_out")


async def test_every_patient_with_the_address_in_every_tenant_and_nobody_else(
    practice: Practice,
) -> None:
    async with practice.store.write(TENANT) as tx:
        shares = [replace(entry, id=f"p2-{entry.id}") for entry in AGREED]
        other = replace(AGREED[1], id="p3", address="someone.else@example.com")
        await save_consents(tx, "p2", shares, user_id="u1")
        await save_consents(tx, "p3", [other], user_id="u1")
    await desk(practice).stop(await queue_mail(practice), by_button=False)
    assert [await load_refusals(practice, p) for p in ("p1", "p2", "p3")] == [1, 1, 0]
    assert await load_refusals(practice, "p9", "south") == 1


async def test_twice_is_once_also_at_the_same_moment(practice: Practice) -> None:
    token = await queue_mail(practice)
    box = desk(practice)
    await asyncio.gather(*(box.stop(token, by_button=False) for _ in range(4)))
    practice.clock.move(days=400)
    again = await box.stop(token, by_button=True)
    assert again is not None and again.is_stopped and again == await box.look(token)
    assert await load_refusals(practice) == 1
    assert await load_refusals(practice, "p9", "south") == 1


async def test_an_old_link_counts_again_once_they_agreed_anew(practice: Practice) -> None:
    token = await queue_mail(practice)
    await desk(practice).stop(token, by_button=True)
    practice.clock.move(days=30)
    anew = replace(AGREED[1], id="anew", recorded_at=practice.clock.now)
    async with practice.store.write(TENANT) as tx:
        await save_consents(tx, "p1", [anew], user_id="u1")
    assert await may_send(practice, "email") == "agreed"
    practice.clock.move(days=400)
    found = await desk(practice).look(token)
    assert found is not None and not found.is_stopped
    await desk(practice).stop(token, by_button=True)
    assert await may_send(practice, "email") == "revoked"
    assert await load_refusals(practice) == 2


async def test_what_one_tenant_could_not_keep_is_kept_by_the_next_press(practice: Practice) -> None:
    token = await queue_mail(practice)
    box = desk(practice)
    names = iter([(TENANT, "south")] * 2 + [(TENANT,)])  # found, looked at, then half of it done
    box.inbox.tenants = lambda: next(names)
    await box.stop(token, by_button=True)
    assert await load_refusals(practice) == 1
    assert await load_refusals(practice, "p9", "south") == 0
    await desk(practice).stop(token, by_button=True)
    assert await load_refusals(practice, "p9", "south") == 1
    assert await load_refusals(practice) == 1


async def test_a_link_that_is_not_ours_finds_nothing_and_changes_nothing(
    practice: Practice,
) -> None:
    token = await queue_mail(practice)
    links = practice.delivery.doors.links
    outbound_id = (links.find(token, (TENANT,)) or ("", ""))[1]
    await practice.plan("text", channel="text")
    text_id = await practice.delivery.queue_due(TENANT, "text")
    for bad in (
        "", "x", token[:-1], token.swapcase(),
        links.build_token("south", outbound_id),  # of another tenant
        links.build_token(TENANT, "ab" * 16),  # of no message that is kept
        links.build_token(TENANT, text_id),  # of a text
    ):  # fmt: skip
        assert await desk(practice).look(bad) is None
        assert await desk(practice).stop(bad, by_button=True) is None
    assert await desk(practice, "south").stop(token, by_button=True) is None
    assert await load_refusals(practice) == 0 == await load_refusals(practice, "p9", "south")


async def test_the_mail_that_arrives_carries_the_link_that_works(
    practice: Practice, post_office: str
) -> None:
    await practice.plan("o1", channel="email")
    await practice.delivery.run_due()
    practice.clock.move(seconds=1)
    address = f"{post_office}/_sandbox/mails?to={ELENA_MAIL}"
    (mail,) = httpx.get(address, trust_env=False, timeout=60).json()
    url = mail["headers"]["List-Unsubscribe"].strip("<>")
    assert mail["text"].rstrip().endswith(url)
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert await desk(practice).stop(url.rsplit("/", 1)[1], by_button=False) is not None
    assert await load_refusals(practice) == 1
