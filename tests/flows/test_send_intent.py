"""A saved intent can be sent by whoever has its id: once, by its author, while they may."""

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import update

from app.clinical.facts import Patient
from app.errors import NotFound
from app.security.access import Role
from app.store.records.ledger import (
    LedgerEntry,
    NewIntent,
    load_intent,
    load_ledger,
    save_intent,
)
from app.store.records.users import assign_role
from app.store.tables.launches import LAUNCH
from app.sync.visits import Visit
from app.sync.write_back import WriteBack
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import World
from tests.flows.test_spine import edit, mobile

BY_HAND = True
TENANT = "demo-generic"


def newest(world: World, patient: str) -> LedgerEntry:
    async def load() -> LedgerEntry:
        async with world.parts.store.read(TENANT) as tx:
            return (await load_ledger(tx, patient))[0]

    return world.run(load())


def saved_while_down(world: World, browser: MiniBrowser, patient: str, number: str) -> LedgerEntry:
    """An edit that is in the ledger and, by a fault, not in the EHR."""
    panel = world.open(patient, browser)
    form = browser.get(panel.url + "contact")
    match = {"resource": "Patient", "method": "GET"}
    world.sandbox("faults", {"match": match, "effect": {"status": 500}})
    browser.submit(form, form.form("/contact"), {"phone_mobile": number})
    world.http.delete(f"{world.ehr}/_sandbox/faults")
    return newest(world, patient)


def test_by_id_alone_it_is_sent_once(world: World, browser: MiniBrowser) -> None:
    entry = saved_while_down(world, browser, "elena-vargas", "602 555 0161")
    assert entry.state != "in_ehr"
    first = world.carry(TENANT, entry.ledger_id)
    assert first.state == "in_ehr"
    assert mobile(world, "elena-vargas") == ["(602) 555-0161"]
    version = world.resource("Patient/elena-vargas")["meta"]["versionId"]
    again = world.carry(TENANT, entry.ledger_id)
    assert again.state == "in_ehr"
    assert world.resource("Patient/elena-vargas")["meta"]["versionId"] == version


def test_the_kept_chart_has_the_new_value_before_the_row_says_in_ehr(
    world: World, browser: MiniBrowser
) -> None:
    """Else a page that is opened in between shows "In EHR" beside the old value."""
    entry = saved_while_down(world, browser, "grace-adeyemi", "602 555 0166")
    write_back: WriteBack = world.parts.sender.send.__self__  # type: ignore[attr-defined]
    seen: list[str] = []

    async def keep(visit: Visit, patient: Patient) -> None:
        async with world.parts.store.read(TENANT) as tx:
            seen.append((await load_intent(tx, entry.ledger_id)).state)
        await write_back.kept(visit, patient)

    sender = replace(world.parts.sender, send=replace(write_back, kept=keep).send)
    assert world.run(sender.send_intent(TENANT, entry.ledger_id)).state == "in_ehr"
    assert (seen, newest(world, "grace-adeyemi").state) == (["sending"], "in_ehr")


def test_an_ended_launch_sends_nothing_and_the_row_says_so(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("hannah-park", browser)
    edit(browser, panel, phone_mobile="602 555 0162")
    sent = newest(world, "hannah-park")

    async def end_and_save() -> LedgerEntry:
        async with world.parts.store.write(TENANT) as tx:
            new = NewIntent(
                ledger_id=str(uuid.uuid4()),
                patient_id="hannah-park",
                kind="contact_detail",
                idempotency_key=str(uuid.uuid4()),
                intent=[["email", "", "late@example.com"]],
                launch_id=sent.launch_id,
                user_id=sent.user_id,
                plan="patch",
            )
            await tx.run(
                update(LAUNCH).where(LAUNCH.c.launch_id == sent.launch_id).values(ended_at=tx.now)
            )
            return (await save_intent(tx, new))[0]

    waiting = world.run(end_and_save())
    result = world.carry(TENANT, waiting.ledger_id)
    assert (result.state, result.reason) == ("waiting", "sign_in_ended")
    row = newest(world, "hannah-park")
    assert (row.state, row.error_code, row.attempts) == ("saved", "sign_in_ended", 0)


def test_a_role_taken_away_stops_what_was_queued(world: World, browser: MiniBrowser) -> None:
    entry = saved_while_down(world, browser, "petra-novak", "602 555 0163")
    before = mobile(world, "petra-novak")

    async def give(role: Role | None) -> None:
        async with world.parts.store.write(TENANT) as tx:
            await assign_role(tx, entry.user_id, role)

    world.run(give(None))
    refused = world.carry(TENANT, entry.ledger_id)
    world.run(give(Role.CLINICIAN))
    assert (refused.state, refused.reason) == ("waiting", "role_ended")
    assert mobile(world, "petra-novak") == before
    allowed = world.carry(TENANT, entry.ledger_id)
    assert allowed.state == "in_ehr"
    assert mobile(world, "petra-novak") == ["(602) 555-0163"]


def test_another_tenants_id_is_not_found(world: World, browser: MiniBrowser) -> None:
    entry = saved_while_down(world, browser, "samir-haddad", "602 555 0164")
    with pytest.raises(NotFound):
        world.carry("demo-epic", entry.ledger_id)


def test_what_was_refused_is_not_sent_again_by_a_job_that_comes_late(
    world: World, browser: MiniBrowser
) -> None:
    panel = world.open("elena-vargas", browser)
    match = {"method": "PATCH", "resource": "Patient"}
    world.sandbox("faults", {"match": match, "effect": {"status": 422}})
    edit(browser, panel, phone_mobile="602 555 0165")
    entry = newest(world, "elena-vargas")
    assert entry.state == "attention"
    world.http.delete(f"{world.ehr}/_sandbox/faults")
    late = world.carry(TENANT, entry.ledger_id)
    assert (late.state, late.reason) == ("attention", "fhir_rejected")
    assert mobile(world, "elena-vargas") != ["(602) 555-0165"]
