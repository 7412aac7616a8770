"""A launch's way to its EHR: client, tokens and normaliser, and the reading of its chart.

Joins the vendor profile and what is known of the tenant; what is read is read_plan's to say.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clinical.chart import Chart, SearchOutcome
from app.clinical.elements import ReadInfo
from app.clinical.facts import Patient
from app.clinical.normalize import normalize_patient, normalize_resources
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.terminology import NONE, Mappings
from app.errors import AppError
from app.fhir.client import FhirClient
from app.fhir.outbound import OutboundClient
from app.sync.athena_write import ATHENA_SCOPE
from app.sync.capability import Site
from app.sync.ehr_tokens import BackendSource, LaunchTokens, TokenSource
from app.sync.read_plan import find_read_items, plan_granted
from app.sync.reading import (
    ChartReading,
    Normalize,
    Tokens,
    start_reading,
)
from app.vendors import profile_named
from app.vendors.profile import VendorProfile
from app.vendors.reads import ReadItem
from app.vendors.site import NO_RULES, SiteRules, with_site_mrn
from launch.errors import LaunchError
from launch.models import OpenedLaunch
from launch.scopes import parse_grant

READY_FOR = timedelta(seconds=20)
"""How old the tenant's rules and mappings may be when a reading begins: a token request long."""


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
