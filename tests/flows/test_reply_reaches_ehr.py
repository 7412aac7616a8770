"""A STOP is in the EHR without anybody saving a form: once, by a sign-in that may, or it waits."""

import time
from dataclasses import replace
from typing import Any

import pytest

from app.security.access import Role
from app.store.records.consents import load_consents
from app.store.records.ledger import LedgerEntry, load_intent, load_ledger
from app.store.records.tenants import load_tenant, save_tenant
from app.store.tables.audit import AUDIT
from sandbox.post.callbacks import build_signature
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import SOON_S, World
from tests.flows.test_access import set_role
from tests.flows.test_backend_sign_in import BACKEND
from tests.flows.test_consent import CELL, fill
from tests.flows.test_consent_writes import records, types_of
from tests.flows.test_write_plans import effects, tenant, words_of

KIND = "contact_consent"
TABLE = {
    "generic": ("consent", "Consent", "in_ehr", "In EHR"),
    "oracle": ("document_note", "DocumentReference", "noted", "Recorded as note"),
    "epic": ("questionnaire_response", "QuestionnaireResponse", "noted", "Recorded as note"),
    "nextgen": ("person", "", "saved", "Saved here"),
}


def agree(world: World, browser: MiniBrowser, personality: str, patient: str) -> tuple[Page, str]:
    """They agreed to texts on the form; the panel, and the number that they agreed for."""
    panel = world.open(patient, browser, personality=personality)
    fill(browser, panel, **{CELL: "agreed"})

    async def look() -> str:
        async with world.parts.store.read(tenant(personality)) as tx:
            return (await load_consents(tx, patient))[-1].address

    number: str = world.run(look())
    return panel, number


def hear(world: World, number: str, body: str, sid: str) -> None:
    """As the provider tells of a text, signed."""
    form = {"From": number, "Body": body, "MessageSid": sid}
    path = "/hooks/texts/reply"
    signature = build_signature(f"{world.app}{path}", form)
    told = world.http.post(world.app + path, data=form, headers={"X-Twilio-Signature": signature})
    assert told.status_code == 200


def rows(world: World, personality: str, patient: str) -> list[LedgerEntry]:
    """The patient's rows of consent that came by a reply, newest first."""

    async def load() -> list[LedgerEntry]:
        async with world.parts.store.read(tenant(personality)) as tx:
            found = await load_ledger(tx, patient)
        return [r for r in found if r.kind == KIND and r.subject == "consent_reply"]

    return world.run(load())


def settle(world: World, personality: str, patient: str, *states: str) -> LedgerEntry:
    """The one row, as soon as the worker beside the pages has brought it to one of the states."""
    end = time.monotonic() + SOON_S
    while True:
        (row,) = rows(world, personality, patient)
        if f"{row.state} {row.error_code}".strip() in states or time.monotonic() > end:
            return row
        time.sleep(0.1)


def send(world: World, row: LedgerEntry) -> None:
    """As a job does, until nobody else holds the row: a page that was opened takes up what waits,
    beside the answer."""

    async def job() -> str:
        await world.parts.handlers["send_intent"](tenant("generic"), row.ledger_id)
        async with world.parts.store.read(tenant("generic")) as tx:
            return (await load_intent(tx, row.ledger_id)).state

    end = time.monotonic() + SOON_S
    while world.run(job()) == "sending" and time.monotonic() < end:
        time.sleep(0.1)


def provenance(world: World, row: LedgerEntry) -> list[dict[str, Any]]:
    """What tells of the row's write, which follows it: the row says "In EHR" before."""
    end = time.monotonic() + SOON_S
    while True:
        made = world.http.get(f"{world.ehr}/_sandbox/writes").json()
        found = [w["resource"] for w in made if w["type"] == "Provenance"]
        told = [r for r in found if row.ledger_id in str(r)]
        if told or time.monotonic() > end:
            return told
        time.sleep(0.1)


def standing(world: World, row: LedgerEntry) -> set[tuple[str, str]]:
    return {(said, answer) for said, answer in types_of(world, row) if said.startswith("Text")}


@pytest.mark.parametrize("personality", sorted(TABLE))
def test_a_stop_goes_out_by_itself_as_a_saved_form_would(
    world: World, browser: MiniBrowser, personality: str
) -> None:
    plan, kind, state, word = TABLE[personality]
    panel, number = agree(world, browser, personality, "joan-whitfield")
    hear(world, number, f"please stop texting me, I have asthma {personality}", f"SM-{personality}")
    row = settle(world, personality, "joan-whitfield", state)
    assert (row.plan, row.ehr_type, row.state, row.user_id) == (plan, kind, state, "")
    page = browser.get(panel.url).text
    assert "Refused by a reply" in page and word in page
    shown = browser.get(f"{panel.url}writes/{row.ledger_id}").text
    if not kind:
        assert "Text message, mobile number: refused, by a reply" in shown
        return
    (made,) = effects(world, row.ledger_id)
    assert made["resourceType"] == kind
    said = words_of(made)
    assert "Text message, mobile number: refused, by a reply" in said and row.ledger_id in said
    # Not their words, not the number, not the name, and not the encounter of somebody's launch.
    for word in ("asthma", "texting me", number[-4:], "Whitfield"):
        assert word not in said
    assert "encounter" not in str(made).lower()


def test_heard_twice_it_is_one_row_and_one_change_of_the_same_record(
    world: World, browser: MiniBrowser
) -> None:
    panel, number = agree(world, browser, "generic", "hannah-park")
    first = records(world, "generic", "hannah-park")
    assert [v["type"] for v in first] == ["Consent"]
    for _ in range(3):
        hear(world, number, "STOP", "SM-twice")
    row = settle(world, "generic", "hannah-park", "in_ehr")
    hear(world, number, "STOP", "SM-twice")
    assert [r.ledger_id for r in rows(world, "generic", "hannah-park")] == [row.ledger_id]
    written = records(world, "generic", "hannah-park")
    assert len(written) == 2 and {w["id"] for w in written} == {row.ehr_id}
    assert {answer for _said, answer in standing(world, row)} == {"deny"}
    # A change of mind on the form replaces it again, whoever said no.
    fill(browser, panel, **{CELL: "agreed"})
    newer = records(world, "generic", "hannah-park")
    assert len(newer) == 3 and {w["id"] for w in newer} == {row.ehr_id}
    assert ("Text message about treatment", "permit") in standing(world, row)


def test_without_a_sign_in_that_may_it_waits_and_the_panel_says_so(
    world: World, browser: MiniBrowser
) -> None:
    panel, number = agree(world, browser, "generic", "petra-novak")
    world.sandbox("expire_tokens", {"refresh": True})
    hear(world, number, "ya no me escriban", "SM-waits")
    row = settle(world, "generic", "petra-novak", "saved sign_in_ended")
    assert (row.state, row.error_code) == ("saved", "sign_in_ended")
    shown = browser.get(f"{panel.url}writes/{row.ledger_id}").text
    assert "anybody who opens this chart and may record it" in shown
    page = browser.get(panel.url).text
    assert "Refused by a reply" in page and "connected again" in page
    # Charlie's and an auditor's sign-in carry nothing, although they live.
    for role in (None, Role.AUDITOR):
        set_role(world, role)
        try:
            world.open("petra-novak", browser)
            send(world, row)
            waits = settle(world, "generic", "petra-novak", "saved sign_in_ended")
        finally:
            set_role(world, Role.CLINICIAN)
        assert (waits.state, waits.error_code) == ("saved", "sign_in_ended")
        assert len(records(world, "generic", "petra-novak")) == 1
    # Now they may: the job finds the sign-in that lives, though another launch lent the row its
    # context and no page is open.
    send(world, row)
    sent = settle(world, "generic", "petra-novak", "in_ehr")
    assert (sent.state, len(records(world, "generic", "petra-novak"))) == ("in_ehr", 2)


@pytest.mark.parametrize("allowed", [False, True])
def test_the_practices_own_sign_in_only_where_the_tenant_allows_it(
    world: World, browser: MiniBrowser, *, allowed: bool
) -> None:
    patient = "samir-haddad" if allowed else "walter-lindqvist"
    connect(world, [KIND] if allowed else ["completed_contact"])
    _panel, number = agree(world, browser, "generic", patient)
    world.sandbox("expire_tokens", {"refresh": True})
    hear(world, number, "UNSUBSCRIBE", f"SM-{patient}")
    row = settle(world, "generic", patient, "in_ehr", *([] if allowed else ["saved sign_in_ended"]))
    assert row.state == ("in_ehr" if allowed else "saved")
    found = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    writers = [
        w["client_id"]
        for w in found
        if w["type"] == "Consent" and row.ledger_id in str(w["resource"])
    ]
    assert writers == ([BACKEND] if allowed else [])
    world.open(patient, browser)  # the next sign-in takes it up
    assert settle(world, "generic", patient, "in_ehr").state == "in_ehr"


def connect(world: World, kinds: list[str]) -> None:
    """The practice has a backend client, which may carry these kinds."""
    scopes = ("system/Consent.crus", "system/Patient.rus", "system/Provenance.c")
    world.sandbox(
        "clients",
        {
            "client_id": BACKEND,
            "type": "backend",
            "jwks_url": f"{world.app}/.well-known/jwks.json",
            "scopes": " ".join(scopes),
            "personalities": ["generic"],
        },
    )

    async def change() -> None:
        async with world.parts.store.write(tenant("generic")) as tx:
            known = await load_tenant(tx)
            mine = replace(known.registration, backend_client_id=BACKEND, backend_scopes=scopes)
            settings = {**known.settings, "backend_intents": kinds}
            await save_tenant(tx, replace(known, registration=mine, settings=settings))
        await world.parts.directory.load()

    world.run(change())


def test_what_a_person_asks_beside_it_is_no_row(world: World, browser: MiniBrowser) -> None:
    _panel, number = agree(world, browser, "generic", "ruth-abernathy")
    for n, said in enumerate(("yes", "can I stop by at 3?", "HELP", "START")):
        hear(world, number, said, f"SM-none-{n}")
    assert rows(world, "generic", "ruth-abernathy") == []


def test_the_row_is_on_record_and_nobody_is_named_its_author(
    world: World, browser: MiniBrowser
) -> None:
    _panel, number = agree(world, browser, "generic", "ines-delgado")
    hear(world, number, "n\u00famero equivocado", "SM-wrong")
    row = settle(world, "generic", "ines-delgado", "in_ehr")
    assert "the number is somebody else" in words_of(effects(world, row.ledger_id)[0])

    async def look() -> list[Any]:
        async with world.parts.store.read(tenant("generic")) as tx:
            saved = await tx.all(tx.select(AUDIT).where(AUDIT.c.action == "consent.saved"))
            return [(r.actor_id, r.launch_id) for r in saved if row.ledger_id in str(r.detail)]

    assert world.run(look()) == [("system:replies", "")]
    (only,) = provenance(world, row)
    assert [a["type"]["coding"][0]["code"] for a in only["agent"]] == ["assembler"]
