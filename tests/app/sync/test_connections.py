"""What is asked of an EHR: only what is known, supported and granted, and said for the rest."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.errors import StoreUnavailable
from app.fhir.outbound import OutboundClient, build_http_client
from app.sync.capability import Site
from app.sync.connections import (
    CHART_TYPES,
    READY_FOR,
    SCOPES,
    Connections,
    LaunchTokens,
    build_read_plan,
)
from app.vendors import profile_named
from app.vendors.site import SiteRules
from launch.errors import ReauthorizationRequired
from launch.models import OpenedLaunch, TokenSet
from launch.scopes import parse_grant
from tests.app.store.cast import opened_of
from tests.app.vendors.statements import capability, supported

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_everything_granted_is_asked_for_this_patient_only() -> None:
    plan = build_read_plan(profile_named("generic"), parse_grant(SCOPES), "p1", now=NOW)
    assert set(plan.queries) == set(CHART_TYPES)
    assert plan.refused == () and plan.limited == frozenset()
    for resource_type, queries in plan.queries.items():
        assert resource_type == "Patient" or all("p1" in q.values() for q in queries)


def test_what_was_not_granted_is_denied_and_not_asked() -> None:
    grant = parse_grant("patient/Patient.r patient/Observation.rs")
    plan = build_read_plan(profile_named("generic"), grant, "p1", now=NOW)
    assert set(plan.queries) == {"Patient", "Observation"}
    assert {o.completeness for o in plan.refused} == {"denied"}
    nothing = build_read_plan(profile_named("generic"), parse_grant(""), "p1", now=NOW)
    assert dict(nothing.queries) == {}
    assert {o.resource_type for o in nothing.refused} == set(CHART_TYPES)


def test_a_narrower_grant_narrows_the_search_and_marks_it_as_part() -> None:
    grant = parse_grant("patient/Patient.r patient/Observation.rs?category=laboratory")
    plan = build_read_plan(profile_named("generic"), grant, "p1", now=NOW)
    assert [q["category"] for q in plan.queries["Observation"]] == ["laboratory"]
    assert plan.limited == {"Observation"}


def test_what_the_vendor_does_not_share_is_unsupported() -> None:
    plan = build_read_plan(profile_named("ecw"), parse_grant("patient/*.rs"), "p1", now=NOW)
    refused = {o.resource_type: o.completeness for o in plan.refused}
    assert refused["Appointment"] == "unsupported"


def test_the_tenants_own_statement_and_its_site_decide() -> None:
    stated = capability(
        supported("Patient", "read"),
        *(supported(t, "read", "search-type") for t in CHART_TYPES if t != "Procedure"),
    )
    rules = SiteRules(read_switches={"Immunization": False}, read_overrides={"Condition": False})
    grant = parse_grant([s for s in SCOPES if "Encounter" not in s])
    profile, site = profile_named("generic"), Site(stated, rules=rules)
    plan = build_read_plan(profile, grant, "p1", now=NOW, site=site)
    refused = {o.resource_type: (o.completeness, o.reason) for o in plan.refused}
    assert refused == {
        "Procedure": ("unsupported", "not_listed"),
        "Immunization": ("unsupported", "switched_off"),
        "Condition": ("unsupported", "override_off"),
        "Encounter": ("denied", "not_granted"),
    }
    assert set(plan.queries) | set(refused) == set(CHART_TYPES)


def test_an_override_never_asks_without_a_granted_scope() -> None:
    site = Site(capability(), rules=SiteRules(read_overrides={"Condition": True}))
    asks = parse_grant("patient/Condition.rs")
    plan = build_read_plan(profile_named("generic"), asks, "p1", now=NOW, site=site)
    assert set(plan.queries) == {"Condition"}
    none = build_read_plan(profile_named("generic"), parse_grant(""), "p1", now=NOW, site=site)
    assert none.queries == {}


class Source:
    def __init__(self, error: bool = False) -> None:
        self.error = error

    async def current_tokens(self, launch_id: str) -> TokenSet:
        if self.error:
            raise ReauthorizationRequired("expired")
        return TokenSet("current", "", NOW)

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet:
        if self.error:
            raise ReauthorizationRequired("expired")
        return TokenSet(f"after-{used}", "", NOW)


@pytest.mark.anyio
async def test_tokens_are_empty_when_only_a_new_launch_helps() -> None:
    alive, dead = LaunchTokens(Source(), "l"), LaunchTokens(Source(error=True), "l")
    assert await alive.current() == "current"
    assert await alive.renew("x") == "after-x"
    assert await LaunchTokens(Source(error=True), "l", "first").current() == "first"
    assert (await dead.current(), await dead.renew("x")) == ("", "")


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
