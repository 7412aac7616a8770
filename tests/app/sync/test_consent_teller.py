"""A revocation by reply and the EHR's ledger row stand or fall together, one for each reply."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.errors import FhirUnavailable, NotSaved
from app.outreach.replies import parse_reply
from app.security.access import Role
from app.store.db import Store
from app.store.ports.launches import StoredLaunches
from app.store.records.charts import save_chart
from app.store.records.consents import load_consents, save_consents
from app.store.records.inbound import load_inbound
from app.store.records.ledger import LedgerEntry, load_ledger
from app.store.records.users import assign_role, remember_user
from app.store.transactions import TenantTx
from app.sync.consent_teller import ConsentTeller
from app.sync.inbound import Heard, Inbox
from app.sync.intents import CONSENT, RecordedConsent, parse_content
from app.sync.lending import Lending
from app.sync.visits import Visit, Visits
from launch.models import LaunchUser
from tests.app.store.cast import ALICE, CHARLIE, event_of, opened_of, tokens_of
from tests.app.sync.test_contact_judge import AGREED, CHART, NOON, NUMBER, RULES, build_store

pytestmark = pytest.mark.anyio
ABROAD = "+16025550777"


@dataclass
class Ehr:
    """What the teller asks and tells: a plan, and jobs. `breaks`: how often the job is not taken,
    as by a database that goes away at that moment."""

    plan: str = "consent"
    is_away: bool = False
    breaks: int = 0
    jobs: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def choose(self, visit: Visit, kind: str) -> tuple[str, str]:
        assert kind == CONSENT
        self.asked.append(visit.opened.launch_id)
        if self.is_away:
            raise FhirUnavailable
        return self.plan, self.plan

    async def enqueue(self, _tx: TenantTx, ledger_id: str) -> None:
        if self.breaks:
            self.breaks -= 1
            raise NotSaved
        self.jobs.append(ledger_id)


def inbox(store: Store, ehr: Ehr) -> Inbox:
    visits = Visits(store, timedelta(minutes=15), {})
    teller = ConsentTeller(Lending(store, visits, ehr.choose), ehr.enqueue)
    return Inbox(store, partial(parse_reply, rules=RULES.replies), lambda: ("north",), teller)


async def open_launch(
    store: Store, launch_id: str, user: LaunchUser, role: Role | None, **at: float
) -> None:
    async with store.write("north") as tx:
        await assign_role(tx, await remember_user(tx, user), role)
    opened = opened_of(launch_id, user=user)
    from dataclasses import replace as changed

    opened = changed(opened, opened_at=opened.opened_at + timedelta(**at))
    await StoredLaunches(store).save_launch(
        opened, tokens_of(), session_hash="h" * 64, held=False, audit=event_of("launch_opened")
    )


def stop(
    sid: str = "SM1", text: str = "STOP, it was about my diabetes", sender: str = NUMBER
) -> Heard:
    return Heard(sender, text, "texts", sid)


async def look(store: Store, patient: str = "p1") -> tuple[list[LedgerEntry], int, int]:
    """(the ledger's rows, revocations, replies kept)."""
    async with store.read("north") as tx:
        revoked = [e for e in await load_consents(tx, patient) if e.action == "revoked"]
        rows = [*await load_ledger(tx, patient)]
        return rows, len(revoked), len(await load_inbound(tx, patient))


def told(row: LedgerEntry) -> RecordedConsent:
    said = parse_content(row.kind, row.intent)
    assert isinstance(said, RecordedConsent)
    return said


async def test_a_crash_half_way_keeps_nothing_and_the_retry_one_row(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    ehr = Ehr(breaks=1)
    with pytest.raises(NotSaved):
        await inbox(store, ehr).hear(stop())
    assert await look(store) == ([], 0, 0)
    for _ in range(3):
        assert await inbox(store, ehr).hear(stop()) == 1
    (row,), revoked, kept = await look(store)
    assert (revoked, kept, ehr.jobs) == (1, 1, [row.ledger_id])
    assert (row.plan, row.launch_id, row.user_id, row.state) == ("consent", "l1", "", "saved")
    await store.close()


async def test_what_is_told_is_all_that_stands_and_none_of_their_words(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    mail = replace(AGREED, id="e2", channel="email", address="", recorded_at=NOON)
    paper = replace(AGREED, id="e3", kind="part2", channel="", address="", wording="rehab")
    async with store.write("north") as tx:
        letter = replace(mail, id="e4", channel="letter")
        await save_consents(tx, "p1", [letter, paper], user_id="u1")
    await inbox(store, Ehr()).hear(stop())
    (row,), _revoked, _kept = await look(store)
    said = told(row)
    assert said.changes == ("Text message, mobile number: refused, by a reply",)
    texts = {s.agreed for s in said.standing if s.channel in ("text", "robocall")}
    letters = [(s.purpose, s.agreed) for s in said.standing if s.channel == "letter"]
    assert texts == {False} and letters == [("treatment", True)]
    for word in ("diabetes", "rehab", NUMBER[-4:]):
        assert word not in str(row.intent)
    await store.close()


@pytest.mark.parametrize(
    ("text", "sender", "changes"),
    [
        ("Do not contact me ever again by any means", NUMBER,
         ("Text message, mobile number: refused, by a reply", "Any contact: refused, by a reply")),
        ("stop e-mailing me", NUMBER,
         ("Text message, mobile number: refused, by a reply", "E-mail: refused, by a reply")),
        ("STOP", ABROAD, ("Text message, a number that is not in the chart: refused, by a reply",)),
        ("wrong number", NUMBER,
         ("Text message, mobile number: refused, by a reply: the number is somebody else's",)),
    ],
)  # fmt: skip
async def test_what_changed_in_words(
    tmp_path: Path, text: str, sender: str, changes: tuple[str, ...]
) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    async with store.write("north") as tx:
        await save_consents(tx, "p1", [replace(AGREED, id="e5", address=ABROAD)], user_id="u1")
    await inbox(store, Ehr()).hear(stop(text=text, sender=sender))
    (row,), _revoked, _kept = await look(store)
    assert told(row).changes == changes
    await store.close()


async def test_a_shared_number_is_told_for_each(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    async with store.write("north") as tx:
        await save_consents(tx, "p2", [replace(AGREED, id="e9")], user_id="u1")
        await save_chart(tx, "p2", CHART, read_at=NOON)
    ehr = Ehr()
    for _ in range(2):
        assert await inbox(store, ehr).hear(stop()) == 2
    mine, theirs = (await look(store))[0], (await look(store, "p2"))[0]
    assert (len(mine), len(theirs), len(ehr.jobs)) == (1, 1, 1)
    assert mine[0].plan == "consent"
    assert (theirs[0].plan, theirs[0].plan_reason) == ("person", "no_launch")
    await store.close()


async def test_the_newest_launch_of_whoever_may_lends_its_context(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "old", ALICE, Role.CLINICIAN)
    await open_launch(store, "mine", ALICE, Role.CLINICIAN, minutes=1)
    await open_launch(store, "charlies", CHARLIE, None, minutes=2)
    ehr = Ehr()
    await inbox(store, ehr).hear(stop())
    assert ehr.asked == ["mine"]
    await store.close()


def away(ehr: Ehr) -> None:
    ehr.is_away = True


def by_hand(ehr: Ehr) -> None:
    ehr.plan = "person"


@pytest.mark.parametrize(("change", "reason"), [(away, "fhir_unavailable"), (by_hand, "person")])
async def test_where_nothing_can_be_sent_it_is_a_persons_and_the_stop_holds(
    tmp_path: Path, change: Callable[[Ehr], None], reason: str
) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    ehr = Ehr()
    change(ehr)
    await inbox(store, ehr).hear(stop())
    (row,), revoked, _kept = await look(store)
    assert (row.plan, row.plan_reason, revoked, ehr.jobs) == ("person", reason, 1, [])
    await store.close()


async def test_without_a_kept_chart_nothing_whole_can_be_told(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    async with store.write("north") as tx:
        await save_chart(tx, "p1", replace(CHART, patient=None), read_at=NOON)
    ehr = Ehr()
    await inbox(store, ehr).hear(stop())
    (row,), revoked, _kept = await look(store)
    assert (row.plan, row.plan_reason, revoked, ehr.jobs) == ("person", "no_chart", 1, [])
    assert told(row).changes == ("Text message: refused, by a reply",)
    await store.close()


async def test_what_revokes_nothing_tells_nothing(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    await open_launch(store, "l1", ALICE, Role.CLINICIAN)
    ehr = Ehr()
    await inbox(store, ehr).hear(stop(text="Tuesday at 3 works"))
    assert (await look(store))[:2] == ([], 0) and ehr.asked == []
    said = Heard(NUMBER, "Tuesday at 3 works", "texts", "SM2", provider_did="stop")
    await inbox(store, ehr).hear(said)
    assert len((await look(store))[0]) == len(ehr.jobs) == 1
    await store.close()
