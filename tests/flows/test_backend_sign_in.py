"""The user's sign-in is dead: the practice's own carries what the tenant allows, the rest waits."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from app.security.access import Role
from app.store.records.ledger import LedgerEntry, load_intent
from app.store.records.tenants import load_tenant, save_tenant
from app.store.records.users import assign_role
from tests.flows.mini_browser import MiniBrowser, Page
from tests.flows.running import SOON_S, World
from tests.flows.test_spine import edit
from tests.flows.test_write_plans import CONTACTED, newest, save

TENANT, BACKEND = "demo-generic", "chartside-generic-backend"
SCOPES = ("system/Communication.crus", "system/Patient.rus", "system/Provenance.c")
BY_HAND = True


@pytest.fixture
def backend(world: World, browser: MiniBrowser) -> Iterator[World]:
    """The practice has a backend client, which may carry contacts made and nothing else."""
    client = {
        "client_id": BACKEND,
        "type": "backend",
        "jwks_url": f"{world.app}/.well-known/jwks.json",
        "scopes": " ".join(SCOPES),
        "personalities": ["generic"],
    }
    world.sandbox("clients", client)
    allow(world, ["completed_contact"])
    yield world
    world.http.delete(f"{world.ehr}/_sandbox/faults")


def allow(world: World, kinds: list[str]) -> None:
    async def change() -> None:
        async with world.parts.store.write(TENANT) as tx:
            tenant = await load_tenant(tx)
            mine = replace(tenant.registration, backend_client_id=BACKEND, backend_scopes=SCOPES)
            settings = {**tenant.settings, "backend_intents": kinds}
            await save_tenant(tx, replace(tenant, registration=mine, settings=settings))
        await world.parts.directory.load()

    world.run(change())


def dispatch(world: World, entry: LedgerEntry) -> LedgerEntry:
    """As a job does, until nobody else holds the row; what it says then."""
    send = world.parts.handlers["send_intent"]

    async def look() -> LedgerEntry:
        await send(TENANT, entry.ledger_id)
        async with world.parts.store.read(TENANT) as tx:
            return await load_intent(tx, entry.ledger_id)

    end = time.monotonic() + SOON_S
    while (row := world.run(look())).state == "sending" and time.monotonic() < end:
        time.sleep(0.1)
    return row


def sign_out(world: World) -> None:
    """Neither the access token nor the refresh token of any user is taken any more."""
    world.sandbox("expire_tokens", {"refresh": True})


def who_wrote(world: World, kind: str, ledger_id: str) -> list[str]:
    """The clients by whose token the row's resource came into the EHR."""
    writes: list[dict[str, Any]] = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    return [
        w["client_id"]
        for w in writes
        if w["resource"]["resourceType"] == kind and ledger_id in str(w["resource"])
    ]


def test_an_allowed_intent_goes_out_once_by_the_practices_own_sign_in(
    backend: World, browser: MiniBrowser
) -> None:
    panel = backend.open("luc-moreau", browser)
    sign_out(backend)
    row = dispatch(backend, save(backend, panel, CONTACTED))
    assert (row.state, row.error_code) == ("in_ehr", "")
    assert who_wrote(backend, "Communication", row.ledger_id) == [BACKEND]
    assert dispatch(backend, row).version == row.version
    assert who_wrote(backend, "Communication", row.ledger_id) == [BACKEND]


def test_what_the_tenant_does_not_allow_waits_for_the_next_launch_and_the_page_says_so(
    backend: World, browser: MiniBrowser
) -> None:
    panel = backend.open("ruth-abernathy", browser)
    sign_out(backend)
    shown = edit(browser, panel, email="ruth.waits@example.com")
    row = dispatch(backend, newest(backend, "generic", "contact_detail"))
    assert (row.state, row.error_code, row.next_attempt_at) == ("saved", "sign_in_ended", None)
    assert "ruth.waits@example.com" not in str(backend.resource("Patient/ruth-abernathy"))
    assert_says_so(shown)
    assert_says_so(settled_page(browser, panel))
    later = backend.open("ruth-abernathy", browser)
    settled = dispatch(backend, row)
    assert settled.state == "in_ehr"
    assert "ruth.waits@example.com" in str(backend.resource("Patient/ruth-abernathy"))
    assert who_wrote(backend, "Patient", "ruth.waits@example.com") == ["chartside-generic"]
    assert "connected again" not in browser.get(later.url).text


def test_switched_off_again_it_waits_like_any_other(backend: World, browser: MiniBrowser) -> None:
    allow(backend, [])
    panel = backend.open("hannah-park", browser)
    sign_out(backend)
    row = dispatch(backend, save(backend, panel, structs.replace(CONTACTED, outreach_id="o-2")))
    assert (row.state, row.error_code) == ("saved", "sign_in_ended")
    assert who_wrote(backend, "Communication", row.ledger_id) == []
    assert_says_so(settled_page(browser, panel))
    allow(backend, ["completed_contact"])
    assert dispatch(backend, row).state == "in_ehr"
    assert who_wrote(backend, "Communication", row.ledger_id) == [BACKEND]


def test_a_role_taken_away_is_not_carried_by_the_practices_own_sign_in_either(
    backend: World, browser: MiniBrowser
) -> None:
    panel = backend.open("samir-haddad", browser)
    entry = save(backend, panel, structs.replace(CONTACTED, outreach_id="o-3"))

    async def give(role: Role | None) -> None:
        async with backend.parts.store.write(TENANT) as tx:
            await assign_role(tx, entry.user_id, role)

    sign_out(backend)
    backend.run(give(None))
    row = dispatch(backend, entry)
    backend.run(give(Role.CLINICIAN))
    assert (row.state, row.error_code) == ("saved", "role_ended")
    assert who_wrote(backend, "Communication", row.ledger_id) == []


def settled_page(browser: MiniBrowser, panel: Page) -> Page:
    """The panel anew, once no row is on its way: opening it took up what waits."""
    end = time.monotonic() + SOON_S
    while "Sending" in (page := browser.get(panel.url)).text and time.monotonic() < end:
        time.sleep(0.1)
    return page


def assert_says_so(page: Page) -> None:
    assert "Saved here" in page.text
    assert "connected again" in page.text
