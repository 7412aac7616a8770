"""What a launch may do at its EHR: client, tokens, read plan, normaliser, write route.

Joins the vendor profile, the tenant's own CapabilityStatement and the granted scopes. The grant is
believed: nothing is asked for that was not granted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import Completeness, ReadInfo
from app.clinical.facts import Patient
from app.clinical.normalize import normalize_patient, normalize_resources
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.terminology import NONE, Mappings
from app.errors import AppError, FhirUnavailable
from app.fhir.client import FhirClient
from app.fhir.outbound import OutboundClient
from app.sync.athena_write import ATHENA_SCOPE
from app.sync.capability import Site
from app.sync.reading import (
    ChartReading,
    Normalize,
    Query,
    ReadPlan,
    Tokens,
    start_reading,
)
from app.vendors import profile_named
from app.vendors.profile import VendorProfile, fill_searches
from app.vendors.reads import ReadItem, plan_reads
from app.vendors.site import NO_RULES, SiteRules, with_site_mrn
from launch.errors import LaunchError
from launch.models import OpenedLaunch, TokenSet
from launch.scopes import Grant, parse_grant

READ_REASONS: Mapping[str, str] = {
    "Patient": "who this is, and how they can be reached",
    "Encounter": "when they were last seen, and whether a visit speaks against contact",
    "Condition": "what they need, and what a message must not reveal",
    "Observation": "recent results and their trend",
    "Procedure": "screenings done and reasons to leave someone out of a measure",
    "Immunization": "which vaccines are done",
    "MedicationRequest": "what they take",
    "ServiceRequest": "referrals to hospice or palliative care, which leave someone out",
    "DeviceRequest": "orders that show frailty, which leave someone out",
    "Consent": "what they refused, so that no contact goes against it",
    "Flag": "warnings such as do not contact",
    "DiagnosticReport": "imaging and laboratory reports that close a gap",
    "Appointment": "which visits are booked, so nobody is called about one",
}
"""Every resource type that is read, and why (minimum necessary, 45 CFR 164.502(b)). In the order of
asking: what takes longest to judge comes first, and is judged while the last answers arrive."""

CHART_TYPES = tuple(READ_REASONS)

SCOPES = (
    "launch",
    "openid",
    "fhirUser",
    "online_access",
    *(f"patient/{t}.{'rus' if t == 'Patient' else 'rs'}" for t in CHART_TYPES),
)
"""What a registration asks for, SMART v2; launch.scopes turns it into v1 where a server needs it.
Patient is also updated: contact details are written back."""


def build_scopes(profile: VendorProfile) -> tuple[str, ...]:
    """SCOPES and what this vendor's creates need: create, and read and search to prove them. A plan
    is also updated, as it may be taken back, and a consent, as they may change their mind."""
    routes = (r for routes in profile.writes.values() for r in routes)
    created = {
        r.resource_type for r in routes if r.interaction == "create" and not r.needs_contract
    }
    if profile.takes_provenance == "yes":
        created.add("Provenance")
    both = created & set(CHART_TYPES)
    read = tuple(s for s in SCOPES if s not in {f"patient/{t}.rs" for t in both})
    kept = (*profile.writes["planned_outreach"], *profile.writes["contact_preference"])
    changed = {r.resource_type for r in kept if r.result == "in_ehr"}
    return (*read, *(f"patient/{t}.cr{'u' * (t in changed)}s" for t in sorted(created)))


LOOK_BACK = timedelta(days=5 * 365)
"""For searches that cannot be asked without a first day."""


READY_FOR = timedelta(seconds=20)
"""How old the tenant's rules and mappings may be when a reading begins: a token request long."""


class TokenSource(Protocol):
    """launch.service.LaunchService, as far as tokens go."""

    async def current_tokens(self, launch_id: str) -> TokenSet: ...

    async def renew_after_401(self, launch_id: str, *, used: str) -> TokenSet: ...


@dataclass(frozen=True, slots=True)
class LaunchTokens:
    """One launch's tokens; "" when only a new launch helps. `first` is a token at hand. With
    `tells_outage` an EHR that could not be asked for tokens is FhirUnavailable, not ""."""

    source: TokenSource
    launch_id: str
    first: str = ""
    tells_outage: bool = False

    async def current(self) -> str:
        if self.first:
            return self.first
        return await self._ask(self.source.current_tokens(self.launch_id))

    async def renew(self, stale: str) -> str:
        return await self._ask(self.source.renew_after_401(self.launch_id, used=stale))

    async def _ask(self, asked: Awaitable[TokenSet]) -> str:
        try:
            return (await asked).access_token
        except LaunchError as exc:
            if self.tells_outage and exc.retryable:
                raise FhirUnavailable from None
            return ""


class BackendSource(Protocol):
    """launch.service.LaunchService, as far as its backend client goes."""

    async def backend_tokens(self, tenant_id: str, *, scopes: Sequence[str] = ()) -> TokenSet: ...

    def forget_backend(self, tenant_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class BackendTokens:
    """A tenant's backend client's tokens; "" where it has none. Told of an outage as above."""

    source: BackendSource
    tenant_id: str

    async def current(self) -> str:
        try:
            return (await self.source.backend_tokens(self.tenant_id)).access_token
        except LaunchError as exc:
            if exc.retryable:
                raise FhirUnavailable from None
            return ""

    async def renew(self, stale: str) -> str:
        self.source.forget_backend(self.tenant_id)
        return await self.current()


async def no_mappings(_tenant_id: str) -> Mappings:
    return NONE


async def no_site(_tenant_id: str, _iss: str) -> Site:
    return Site()


@dataclass(frozen=True, slots=True)
class Known:
    """What a reading of a tenant needs besides its token and its grant."""

    mappings: Mappings
    items: Mapping[str, ReadItem]


@dataclass(slots=True)
class Connections:
    """Shared by all launches. `vendor_of` and `source_of` answer a tenant's vendor profile name
    and the name under which its facts are known ("Epic sandbox"); `load_mappings` its own codes'
    meanings (mappings.MappingTables.load); `load_site` what its EHR says of itself and its own
    rules, without waiting for the EHR (capability.Sites)."""

    http: OutboundClient
    tokens: TokenSource
    vendor_of: Callable[[str], str]
    source_of: Callable[[str], str]
    clock: Callable[[], datetime]
    deadline_s: float = 30.0
    backend: BackendSource | None = None
    load_mappings: Callable[[str], Awaitable[Mappings]] = no_mappings
    load_site: Callable[[str, str], Awaitable[Site]] = no_site
    rules_of: Callable[[str], SiteRules] = lambda _tenant_id: NO_RULES
    _ready: dict[str, tuple[datetime, asyncio.Task[Known]]] = field(default_factory=dict)

    def prepare(self, tenant_id: str, iss: str) -> None:
        """Begins to load what a reading of this tenant needs besides its token; the next
        `start_reading` within READY_FOR takes it."""
        task = asyncio.create_task(self._load(tenant_id, iss), name="prepare reading")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._ready[tenant_id] = self.clock(), task

    async def _load(self, tenant_id: str, iss: str) -> Known:
        site, mappings = await self.load_site(tenant_id, iss), await self.load_mappings(tenant_id)
        return Known(mappings, find_read_items(profile_named(self.vendor_of(tenant_id)), site))

    async def _load_prepared(self, tenant_id: str, iss: str) -> Known:
        began, task = self._ready.pop(tenant_id, (None, None))
        if task is not None and began is not None and self.clock() - began < READY_FOR:
            with suppress(AppError):
                return await task
        return await self._load(tenant_id, iss)

    def profile(self, opened: OpenedLaunch) -> VendorProfile:
        return profile_named(self.vendor_of(opened.tenant_id))

    def dialect(self, opened: OpenedLaunch) -> NormalizerProfile:
        """The vendor's dialect with the site's own record number."""
        return with_site_mrn(self.profile(opened).normalizer, self.rules_of(opened.tenant_id))

    def client(self, opened: OpenedLaunch, token: str) -> FhirClient:
        return FhirClient(self.http, opened.iss, token, deadline_s=self.deadline_s)

    async def backend_client(self, opened: OpenedLaunch, base: str) -> FhirClient | None:
        """A client at `base` with a token of the tenant's backend client (athenaOne's own API);
        None where the tenant has none or it gets no token."""
        if self.backend is None:
            return None
        try:
            found = await self.backend.backend_tokens(opened.tenant_id, scopes=(ATHENA_SCOPE,))
        except LaunchError:
            return None
        return FhirClient(self.http, base, found.access_token, deadline_s=self.deadline_s)

    def tokens_for(self, opened: OpenedLaunch) -> Tokens:
        return LaunchTokens(self.tokens, opened.launch_id)

    def read_info(self, opened: OpenedLaunch, read_at: datetime) -> ReadInfo:
        return ReadInfo(self.source_of(opened.tenant_id), read_at, "", "")

    def normalizer(self, opened: OpenedLaunch, mappings: Mappings = NONE) -> Normalize:
        """normalize_resources with this tenant's profile and codes, this launch's patient."""
        profile = self.dialect(opened)
        patient_id = opened.patient or ""

        def normalize(
            resources: Iterable[bytes], searches: tuple[SearchOutcome, ...], read_at: datetime
        ) -> Chart:
            read = self.read_info(opened, read_at)
            return normalize_resources(
                resources,
                profile=profile,
                read=read,
                mappings=mappings,
                searches=searches,
                patient_id=patient_id,
            )

        return normalize

    def patient_parser(self, opened: OpenedLaunch) -> Callable[[bytes], Patient | None]:
        """normalize_patient for this launch."""
        profile = self.dialect(opened)
        patient_id = opened.patient or ""

        def parse(raw: bytes) -> Patient | None:
            read = self.read_info(opened, self.clock())
            return normalize_patient(raw, profile=profile, read=read, patient_id=patient_id)

        return parse

    async def start_reading(self, opened: OpenedLaunch, token: str = "") -> ChartReading:
        """Every planned search of the launch's patient, begun now; `token` if it is at hand."""
        patient_id = opened.patient or ""
        now = self.clock()
        known = await self._load_prepared(opened.tenant_id, opened.iss)
        plan = plan_granted(
            self.profile(opened), known.items, parse_grant(opened.scope), patient_id, now=now
        )
        return start_reading(
            client_for=lambda token: self.client(opened, token),
            tokens=LaunchTokens(self.tokens, opened.launch_id, token),
            plan=plan,
            patient_id=patient_id,
            normalize=self.normalizer(opened, known.mappings),
            now=self.clock,
        )


def build_read_plan(
    profile: VendorProfile,
    grant: Grant,
    patient_id: str,
    *,
    now: datetime,
    site: Site | None = None,
) -> ReadPlan:
    """The searches that are known, supported, switched on and granted; an outcome for each type
    that is not, with the first reason against it. `site` None: nothing is known of the tenant."""
    items = find_read_items(profile, site or Site())
    return plan_granted(profile, items, grant, patient_id, now=now)


def plan_granted(
    profile: VendorProfile,
    items: Mapping[str, ReadItem],
    grant: Grant,
    patient_id: str,
    *,
    now: datetime,
) -> ReadPlan:
    """As build_read_plan, from what is known of the tenant before anybody signs in."""
    plan = _Planning(profile, grant, patient_id, now)
    for resource_type in CHART_TYPES:
        plan.add(items[resource_type])
    return ReadPlan(plan.queries, tuple(plan.refused), frozenset(plan.limited))


def find_read_items(profile: VendorProfile, site: Site) -> Mapping[str, ReadItem]:
    """Resource type → how this tenant's EHR is asked for it, or why not; the grant aside."""
    rules = site.rules
    found = plan_reads(
        profile,
        site.capability,
        switches=rules.read_switches,
        overrides=rules.read_overrides,
    )
    return {item.resource_type: item for item in found}


@dataclass(slots=True)
class _Planning:
    """A read plan on its way, type by type."""

    profile: VendorProfile
    grant: Grant
    patient_id: str
    now: datetime
    queries: dict[str, tuple[Query, ...]] = field(default_factory=dict)
    refused: list[SearchOutcome] = field(default_factory=list)
    limited: set[str] = field(default_factory=set)

    def add(self, item: ReadItem) -> None:
        kind = item.resource_type
        if item.status == "not_read":
            self.refuse(kind, item.reason)
        elif kind == "Patient":
            self.add_patient()
        else:
            self.add_searches(kind, item)

    def add_patient(self) -> None:
        if self.grant.may_read("Patient"):
            self.queries["Patient"] = ({},)
        else:
            self.refuse("Patient", "not_granted")

    def add_searches(self, kind: str, item: ReadItem) -> None:
        from_day = (self.now - LOOK_BACK).date().isoformat()
        wanted = fill_searches(item.searches, self.patient_id, from_day=from_day)
        granted = [n for s in wanted for n in narrow(self.grant, kind, s)]
        if not granted:
            self.refuse(kind, "not_granted")
            return
        self.queries[kind] = tuple(with_size(self.profile, s) for s in granted)
        if any(s not in granted for s in wanted):
            self.limited.add(kind)

    def refuse(self, kind: str, reason: str) -> None:
        state: Completeness = "denied" if reason == "not_granted" else "unsupported"
        self.refused.append(SearchOutcome(kind, state, self.now, reason=reason))


def with_size(profile: VendorProfile, search: dict[str, str]) -> dict[str, str]:
    """The search with the page size that this vendor is known to take."""
    size = profile.page.size
    return search | {profile.page.size_param: str(size)} if size else search


def narrow(grant: Grant, resource_type: str, search: dict[str, str]) -> list[dict[str, str]]:
    """The search as far as the grant lets it: itself, or with each granted filter put in."""
    if grant.may_search(resource_type, **search):
        return [search]
    return [
        search | limit
        for limit in grant.searches(resource_type)
        if all(search.get(name, value) == value for name, value in limit.items())
    ]
