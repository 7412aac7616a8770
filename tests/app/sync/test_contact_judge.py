"""The gate over stored rows: chart, ledger of consent, preferences, settings."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace as with_changes

from app.clinical.chart import Chart
from app.clinical.elements import Address, Deceased, Language, Moment, ReadInfo, Source, Telecom
from app.clinical.facts import Patient
from app.errors import ConfigError
from app.outreach.consent import ConsentEntry
from app.outreach.replies import parse_reply
from app.outreach.request import Preferences, Receipt
from app.settings import ROOT
from app.store.db import Store, open_store
from app.store.records.charts import save_chart
from app.store.records.consents import save_consents
from app.store.records.contacts import save_contact_value
from app.store.records.inbound import load_work, save_inbound_changes
from app.store.records.ledger import NewIntent, Progress, save_intent, save_state
from app.store.records.outreach import Content, NewOutreach, load_outreach, save_outreach
from app.store.records.standing import load_standing, save_held, save_preferences
from app.store.records.tenants import Tenant, save_tenant
from app.sync.contact_facts import load_contact_facts
from app.sync.contact_judge import ContactJudge
from app.sync.inbound import Heard, Inbox
from app.sync.rule_files import load_contact_rules
from app.sync.tenant_rules import read_tenant_rules
from tests.app.store.cast import tenant_of
from tests.app.store.conftest import MovableClock

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
NUMBER = "+16025550148"
RULES = load_contact_rules(ROOT)
CONTENT = Content(
    address=NUMBER,
    body="Mercy West Clinic: a routine check is due. Call (614) 555-0100. Reply STOP to end.",
    language="en",
)
SOURCE = Source(ReadInfo("EHR", NOON, "generic", "1"), "Patient", "p1")
PATIENT = Patient(
    id="p1",
    source=SOURCE,
    birth_date=Moment(datetime(1968, 3, 14, tzinfo=UTC), "day"),
    telecom=(Telecom("phone", NUMBER, NUMBER, "mobile"),),
    addresses=(
        Address(use="home", lines=("1 Main St",), city="Phoenix", state="AZ", postal_code="85004"),
    ),
    languages=(Language("en", "English"),),
)
CHART = Chart(normalizer_version="1", patient=PATIENT)
AGREED = ConsentEntry(
    id="e1",
    action="agreed",
    recorded_at=NOON - timedelta(days=3),
    recorded_by="staff",
    how="spoken",
    purpose="treatment",
    channel="text",
    address=NUMBER,
    risk_told=True,
)
"""Everything that a text about care needs."""


async def build_store(tmp_path: Path) -> Store:
    clock = MovableClock(NOON)
    store = await open_store(f"sqlite:///{tmp_path}/x.db", tmp_path / "k", clock=clock)
    tenant = tenant_of("north")
    settings: dict[str, object] = {"outreach": {"agreements": {"text": "", "email": "2026-01-01"}}}
    await add_tenant(store, tenant, settings)
    async with store.write("north") as tx:
        await save_chart(tx, "p1", CHART, read_at=NOON)
        await save_consents(tx, "p1", [AGREED], user_id="u1")
        _preferences, held = await load_standing(tx, "p1")
        checked = with_changes(held, checked={NUMBER: NOON - timedelta(days=3)})
        await save_held(tx, "p1", checked, saved_by="u1")
        await save_outreach(
            tx,
            NewOutreach(
                outreach_id="o1",
                patient_id="p1",
                state="due",
                purpose="treatment",
                channel="text",
                content=CONTENT,
                created_by="u1",
                due_at=NOON,
            ),
        )
    return store


async def add_tenant(store: Store, tenant: Tenant, settings: dict[str, object]) -> None:
    from dataclasses import replace

    async with store.write(tenant.tenant_id) as tx:
        await save_tenant(tx, replace(tenant, settings=settings))


async def judge(store: Store, content: Content = CONTENT) -> Receipt:
    async with store.read("north") as tx:
        return await ContactJudge(RULES)(tx, await load_outreach(tx, "o1"), content)


def rules_of(receipt: Receipt) -> list[str]:
    return [denial.rule_id for denial in receipt.denials]


async def test_a_text_that_everything_allows(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    receipt = await judge(store)
    assert receipt.allowed and receipt.rules_version == RULES.gate.version
    await store.close()


async def test_what_is_stored_later_counts_at_once(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    stop = with_changes(AGREED, id="e2", action="revoked", recorded_at=NOON, how="reply")
    async with store.write("north") as tx:
        await save_consents(tx, "p1", [stop], user_id="system")
    assert "C3" in rules_of(await judge(store))
    async with store.write("north") as tx:
        await save_preferences(tx, "p1", Preferences(do_not_contact=True), saved_by="u1")
    assert rules_of(await judge(store))[0] == "D1"
    async with store.write("north") as tx:
        died = with_changes(PATIENT, deceased=Deceased("deceased"))
        await save_chart(tx, "p1", with_changes(CHART, patient=died), read_at=NOON)
    assert rules_of(await judge(store))[0] == "H6"
    await store.close()


async def test_another_address_or_a_revealing_word_is_refused(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    elsewhere = with_changes(CONTENT, address="+16025550149")
    assert "N1" in rules_of(await judge(store, elsewhere))
    telling = with_changes(CONTENT, subject="Your HIV test", body=CONTENT.body)
    assert "H4" in rules_of(await judge(store, telling))
    other = with_changes(CONTENT, language="es")
    assert "L1" in rules_of(await judge(store, other))
    await store.close()


async def test_a_pending_number_stands_in_the_place_of_the_ehrs(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    async with store.write("north") as tx:
        change = ["phone_mobile", NUMBER, "+16025550199"]
        new = NewIntent("l1", "p1", "contact_detail", "k1", [change], subject="phone_mobile")
        entry, _ = await save_intent(tx, new)
        facts = await load_contact_facts(tx, "p1")
        assert facts.held.pending == {"phone_mobile": "+16025550199"}
    assert "N1" in rules_of(await judge(store))
    async with store.write("north") as tx:
        await save_state(tx, "l1", Progress(state="conflict"), version=entry.version)
        facts = await load_contact_facts(tx, "p1")
        assert facts.held.conflicts == {"phone_mobile"}
    async with store.write("north") as tx:
        await save_state(tx, "l1", Progress(state="in_ehr"), version=entry.version + 1)
        facts = await load_contact_facts(tx, "p1")
        assert (facts.held.pending, facts.held.conflicts) == ({}, frozenset())
    await store.close()


async def test_a_number_that_another_patient_agreed_with_is_shared(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    async with store.write("north") as tx:
        await save_consents(tx, "p2", [with_changes(AGREED, id="e9")], user_id="u1")
        await save_contact_value(tx, "p1", "language", "en", saved_by="u1")
        facts = await load_contact_facts(tx, "p1")
    assert facts.held.shared == {NUMBER} and facts.held.language == "en"
    assert "C8" in rules_of(await judge(store))
    await store.close()


async def test_a_doubtful_reply_holds_texts_until_it_is_handled(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    read = partial(parse_reply, rules=RULES.replies)
    inbox = Inbox(store, read, lambda: ("north",))
    await inbox.hear(Heard(NUMBER, "Tuesday at 3 works", "texts", "m1"))
    assert (await judge(store)).allowed
    doubtful = "pretty much over it at this point"
    assert read(doubtful).may_revoke and not read(doubtful).revokes
    await inbox.hear(Heard(NUMBER, doubtful, "texts", "m2"))
    receipt = await judge(store)
    assert rules_of(receipt) == ["C5"] and receipt.next_allowed is None
    assert receipt.denials[0].fix.startswith("Read the reply")
    async with store.write("north") as tx:
        (kept,) = [row for row in await load_work(tx) if row.did == "held"]
        done = {"work": "handled", "result": "nothing"}
        await save_inbound_changes(tx, kept.inbound_id, done, version=kept.version)
    assert (await judge(store)).allowed
    await store.close()


async def test_a_doubtful_reply_from_a_shared_number_holds_for_each(tmp_path: Path) -> None:
    store = await build_store(tmp_path)
    async with store.write("north") as tx:
        await save_consents(tx, "p2", [with_changes(AGREED, id="e9")], user_id="u1")
    inbox = Inbox(store, partial(parse_reply, rules=RULES.replies), lambda: ("north",))
    await inbox.hear(Heard("+16025550111", "pretty much over it", "texts", "m1"))
    assert "C5" not in rules_of(await judge(store))  # nobody's number, and not theirs
    await inbox.hear(Heard(NUMBER, "pretty much over it", "texts", "m2"))
    assert "C5" in rules_of(await judge(store))
    await store.close()


def test_a_tenants_settings_only_in_known_shapes() -> None:
    rules = read_tenant_rules({"outreach": {"day_start": "09:00", "holidays": ["2026-12-24"]}})
    assert (rules.day_start, rules.day_end) == (540, 1440)
    assert rules.holidays == (date(2026, 12, 24),)
    assert read_tenant_rules({}).agreements == ()
    for wrong in (
        {"agreements": {"pigeon": ""}},
        {"agreements": {"text": "soon"}},
        {"day_start": "noon"},
        "all",
    ):
        with pytest.raises(ConfigError):
            read_tenant_rules({"outreach": wrong})
