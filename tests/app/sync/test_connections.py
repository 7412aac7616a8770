"""A reading begins with what was made ready for its tenant, if that is fresh and was loaded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.errors import StoreUnavailable
from app.fhir.outbound import OutboundClient, build_http_client
from app.sync.capability import Site
from app.sync.connections import READY_FOR, Connections
from app.sync.read_plan import SCOPES
from app.vendors.site import SiteRules
from launch.models import OpenedLaunch
from tests.app.store.cast import opened_of
from tests.app.sync.test_ehr_tokens import Source

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OPENED = replace(opened_of("l1"), tenant_id="north", scope=" ".join(SCOPES))


class Loads:
    """A tenant's rules and mappings, counted; `fails` makes the next loading fail."""

    def __init__(self, http: OutboundClient) -> None:
        self.asked: list[str] = []
        self.now = NOW
        self.fails = False
        self.connections = Connections(
            http=http,
            tokens=Source(),
            vendor_of=lambda _tenant: "generic",
            source_of=lambda tenant: tenant,
            clock=lambda: self.now,
            load_site=self.load_site,
        )

    async def load_site(self, tenant_id: str, iss: str) -> Site:
        self.asked.append(tenant_id)
        if self.fails:
            self.fails = False
            raise StoreUnavailable
        return Site(rules=SiteRules(read_switches={"Immunization": False}))

    async def read(self, opened: OpenedLaunch) -> dict[str, str]:
        """Why types were not asked for, by a reading that asks for nothing else."""
        reading = await self.connections.start_reading(opened, "token")
        reading.cancel()
        return {o.resource_type: o.reason for o in reading.refused.values()}


@pytest.fixture
async def loads() -> AsyncIterator[Loads]:
    async with build_http_client() as http:
        yield Loads(http)


@pytest.mark.anyio
async def test_what_was_made_ready_is_loaded_once_and_used_once(loads: Loads) -> None:
    loads.connections.prepare("north", "https://ehr.example/fhir")
    assert (await loads.read(OPENED))["Immunization"] == "switched_off"
    assert loads.asked == ["north"]
    await loads.read(OPENED)
    assert loads.asked == ["north"] * 2  # the next reading looks for itself


@pytest.mark.anyio
async def test_what_was_made_ready_too_long_ago_is_not_believed(loads: Loads) -> None:
    loads.connections.prepare("north", "https://ehr.example/fhir")
    await asyncio.sleep(0)
    loads.now += READY_FOR
    await loads.read(OPENED)
    assert loads.asked == ["north"] * 2


@pytest.mark.anyio
async def test_what_could_not_be_made_ready_is_loaded_again(loads: Loads) -> None:
    loads.fails = True
    loads.connections.prepare("north", "https://ehr.example/fhir")
    assert (await loads.read(OPENED))["Immunization"] == "switched_off"
    assert loads.asked == ["north"] * 2


@pytest.mark.anyio
async def test_another_tenants_preparation_is_not_taken(loads: Loads) -> None:
    loads.connections.prepare("south", "https://ehr.example/fhir")
    await loads.read(OPENED)
    assert loads.asked.count("north") == 1
