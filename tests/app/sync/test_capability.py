"""What EHRs say of themselves: read in the background, kept, compared, and never waited for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.errors import AppError, DataError
from app.fhir.client import FhirClient
from app.fhir.outbound import build_http_client
from app.store.db import Store, open_store
from app.store.records.capabilities import load_document
from app.store.records.tenants import Tenant, save_tenant
from app.store.tables.audit import AUDIT
from app.sync.capability import SMART, STATEMENT, Sites, run_daily
from launch.models import ClientAuth, Registration
from tests.app.fhir.conftest import ScriptedServer, serving
from tests.app.vendors.statements import statement, supported

pytestmark = pytest.mark.anyio
ISS = "https://ehr.example/fhir"
SMART_BODY = b'{"scopes_supported": ["patient/Patient.rs"]}'


@dataclass
class Ehr:
    """A server with two documents. `gate` holds its answers back; `asked` counts them."""

    metadata: bytes = field(default_factory=lambda: statement(supported("Patient", "read")))
    smart: bytes | None = SMART_BODY
    status: int = 200
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        self.tokens.append(request.headers.get("authorization"))
        await self.gate.wait()
        if request.url.path.endswith("/metadata"):
            return Response(self.metadata, self.status, media_type="application/fhir+json")
        if self.smart is None:
            return Response(status_code=404)
        return Response(self.smart, media_type="application/json")


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/t.db", tmp_path / "key", clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def ehr() -> Ehr:
    found = Ehr()
    found.gate.set()
    return found


@pytest.fixture
async def sites(store: Store, clock: Clock, ehr: Ehr) -> AsyncIterator[Sites]:
    server = ScriptedServer()
    server.handler = ehr.answer
    async with (
        serving(server),
        build_http_client(may_be_private=lambda _h: True, allow_http=True) as http,
    ):
        made = Sites(store, lambda _iss: FhirClient(http, server.base, "", deadline_s=60), clock)
        yield made
        await made.drain()
        ehr.gate.set()  # what was stopped may still hold a connection


async def test_a_launch_never_waits_and_the_next_one_knows(sites: Sites, ehr: Ehr) -> None:
    ehr.gate.clear()
    first = await asyncio.wait_for(sites.load_and_renew("north", ISS), 60)
    assert first.capability is None and first.read_at is None
    await sites.load_and_renew("north", ISS)
    ehr.gate.set()
    await sites.settle("north")
    assert ehr.asked == ["/fhir/metadata", "/fhir/.well-known/smart-configuration"]
    assert ehr.tokens == [None, None]
    now = await sites.load("north")
    assert now.capability is not None and now.capability.has("Patient", "read")
    assert now.offer is not None and now.offer.scopes is not None


async def test_a_write_waits_for_the_first_reading(sites: Sites) -> None:
    assert (await sites.load_or_read("north", ISS)).capability is not None


async def test_a_day_later_it_is_read_again_beside_the_old_one(
    sites: Sites, ehr: Ehr, clock: Clock
) -> None:
    await sites.refresh("north", ISS)
    clock.now += timedelta(hours=23)
    await sites.load_and_renew("north", ISS)
    await sites.settle("north")
    assert len(ehr.asked) == 2
    clock.now += timedelta(hours=2)
    ehr.metadata = statement(supported("Patient", "read", "patch"), date="2026-11-23")
    old = await sites.load_and_renew("north", ISS)
    assert old.capability is not None and not old.capability.has("Patient", "patch")
    await sites.settle("north")
    new = await sites.load("north")
    assert new.capability is not None and new.capability.has("Patient", "patch")


async def count_changes(store: Store) -> int:
    """How often the audit log says that an EHR now says something else of itself."""
    async with store.read("north") as tx:
        rows = await tx.all(tx.select(AUDIT).where(AUDIT.c.action == "capability.changed"))
    return len(rows)


async def test_another_date_is_no_change_and_a_change_keeps_the_one_before(
    sites: Sites, store: Store, ehr: Ehr, clock: Clock
) -> None:
    await sites.refresh("north", ISS)
    clock.now += timedelta(days=1)
    ehr.metadata = statement(supported("Patient", "read"), date="2026-11-23")
    await sites.refresh("north", ISS)
    async with store.read("north") as tx:
        same = await load_document(tx, STATEMENT)
    assert same is not None and same.former is None and same.read_at == clock.now
    before = await count_changes(store)
    clock.now += timedelta(days=1)
    ehr.metadata = statement()
    await sites.refresh("north", ISS)
    async with store.read("north") as tx:
        changed = await load_document(tx, STATEMENT)
    assert changed is not None and changed.former is not None and changed.since == clock.now
    assert await count_changes(store) == before + 1


async def test_an_ehr_that_fails_leaves_what_was_kept_and_is_not_pressed(
    sites: Sites, ehr: Ehr, clock: Clock
) -> None:
    await sites.refresh("north", ISS)
    clock.now += timedelta(days=2)
    ehr.status, ehr.asked = 500, []
    for _ in range(3):
        site = await sites.load_and_renew("north", ISS)
        assert site.capability is not None
        await sites.settle("north")
    assert ehr.asked == ["/fhir/metadata"]
    clock.now += timedelta(minutes=11)
    await sites.load_and_renew("north", ISS)
    await sites.settle("north")
    assert len(ehr.asked) == 2


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"resourceType": "Capab', b"[]", b"\xff"])
async def test_what_is_no_statement_is_not_kept(
    sites: Sites, store: Store, ehr: Ehr, body: bytes
) -> None:
    ehr.metadata = body
    with pytest.raises(AppError):
        await sites.refresh("north", ISS)
    async with store.read("north") as tx:
        assert await load_document(tx, STATEMENT) is None


@pytest.mark.parametrize("smart", [None, b"", b"  "])
async def test_an_ehr_may_have_no_smart_configuration(
    sites: Sites, store: Store, ehr: Ehr, smart: bytes | None
) -> None:
    ehr.smart = smart
    await sites.refresh("north", ISS)
    async with store.read("north") as tx:
        assert await load_document(tx, SMART) is None
    site = await sites.load("north")
    assert site.capability is not None and site.offer is None


async def test_a_broken_smart_configuration_keeps_neither(sites: Sites, ehr: Ehr) -> None:
    ehr.smart = b"[1]"
    with pytest.raises(DataError):
        await sites.refresh("north", ISS)
    assert (await sites.load("north")).capability is None


async def test_two_processes_share_what_one_read(
    sites: Sites, store: Store, clock: Clock, ehr: Ehr
) -> None:
    other = Sites(store, sites.client_for, clock)
    assert (await other.load("north")).capability is None
    await sites.refresh("north", ISS)
    assert (await other.load_and_renew("north", ISS)).capability is not None
    assert len(ehr.asked) == 2


async def test_the_sites_rules_are_those_of_the_store(sites: Sites, store: Store) -> None:
    registration = Registration(
        tenant_id="north", iss=ISS, client_id="c", client_auth=ClientAuth.PUBLIC, scopes_v2=()
    )
    rules = {"read_switches": {"Task": False}, "writes_on": True, "mrn_types": ["EPI"]}
    sites.settings_of = lambda _t: rules
    assert sites.rules_of("north").mrn_types == ("EPI",)
    async with store.write("north") as tx:
        await save_tenant(tx, Tenant(registration=registration, name="North", settings=rules))
    site = await sites.load("north")
    assert site.rules.read_switches == {"Task": False} and site.rules.writes_on
    sites.settings_of = lambda _t: {}
    assert sites.rules_of("north") == site.rules


async def test_the_daily_round_reads_every_tenant_and_goes_on_after_a_failure(
    sites: Sites, ehr: Ehr
) -> None:
    rounds = 0

    async def list_tenants() -> list[tuple[str, str]]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise AppError("the store is away")
        return [("north", ISS), ("south", ISS)]

    task = asyncio.create_task(run_daily(sites, list_tenants, every_s=0.01))
    async with asyncio.timeout(60):
        while rounds < 3:
            await asyncio.sleep(0.01)
    task.cancel()
    assert (await sites.load("south")).capability is not None
    assert len(ehr.asked) == 4
