"""How a process is joined for launching and reading. Decides nothing."""

import secrets
from datetime import timedelta
from functools import partial

from app.errors import AppError
from app.fhir.client import FhirClient
from app.fhir.fetcher import Fetcher
from app.fhir.outbound import OutboundClient
from app.main.clock import Clock
from app.settings import Settings
from app.store.db import Store
from app.store.ports.client_keys import RememberedKeys, StoredClientKeys
from app.store.ports.launch_audit import StoredLaunchAudit
from app.store.ports.launches import StoredLaunches
from app.store.ports.pending import StoredPendings
from app.store.ports.registry import StoredPins, StoredRegistry
from app.store.ports.tokens import StoredTokenSets
from app.sync.capability import Sites
from app.sync.charts import Charts
from app.sync.connections import Connections
from app.sync.directory import Directory
from app.sync.looks import MAX_STYLE_BYTES, STYLE_DEADLINE_S, Looks
from app.sync.mappings import MappingTables
from app.sync.read_plan import CHART_TYPES
from app.sync.readers import Readers
from app.sync.reading import ChartReading
from app.web.launch_pages import LaunchPageSet
from launch.models import OpenedLaunch, Registration, TokenSet
from launch.parts import LaunchSettings
from launch.service import LaunchService, build_launch_service


def build_looks(http: OutboundClient, clock: Clock) -> Looks:
    def without_token(iss: str) -> FhirClient:
        return FhirClient(http, iss, "", deadline_s=STYLE_DEADLINE_S, max_bytes=MAX_STYLE_BYTES)

    return Looks(without_token, clock)


def build_sites(
    settings: Settings, store: Store, http: OutboundClient, directory: Directory, clock: Clock
) -> Sites:
    def without_token(iss: str) -> FhirClient:
        return FhirClient(http, iss, "", deadline_s=settings.fhir_deadline_s)

    return Sites(store, without_token, clock, settings_of=directory.settings_of)


def build_connections(
    settings: Settings,
    store: Store,
    http: OutboundClient,
    launches: LaunchService,
    directory: Directory,
    sites: Sites,
    clock: Clock,
) -> Connections:
    return Connections(
        http=http,
        tokens=launches,
        backend=launches,
        vendor_of=directory.vendor_of,
        source_of=directory.source_of,
        clock=clock,
        deadline_s=settings.fhir_deadline_s,
        load_mappings=MappingTables(store).load,
        load_site=sites.load_and_renew,
        rules_of=sites.rules_of,
    )


async def not_wired(_opened: OpenedLaunch, _token: str) -> ChartReading:
    """Holds the place between two parts that need each other; replaced before any request."""
    raise AppError("charts are not wired")


async def _begin_chart(
    charts: Charts,
    looks: Looks,
    readers: Readers,
    opened: OpenedLaunch,
    tokens: TokenSet | None,
) -> None:
    if opened.patient is not None and await readers.may_read(opened):
        await charts.begin(opened, tokens.access_token if tokens else "")
    looks.colors_of(opened)  # begins to fetch what is not known yet


def build_launches(
    settings: Settings,
    store: Store,
    http: OutboundClient,
    pages: LaunchPageSet,
    charts: Charts,
    looks: Looks,
    clock: Clock,
) -> LaunchService:
    readers = Readers(store)

    def on_expected(registration: Registration) -> None:
        http.warm(registration.iss, len(CHART_TYPES))
        charts.prepare(registration.tenant_id, registration.iss)
        readers.prepare(registration.tenant_id)

    return build_launch_service(
        LaunchSettings(
            public_base_url=settings.public_base_url,
            signing_key=store.vault.roots.signing.key.hex(),
            allow_http=settings.allow_http,
            session_life=timedelta(seconds=settings.session_absolute_s),
        ),
        registry=StoredRegistry(store),
        pins=StoredPins(store),
        pending=StoredPendings(store),
        launches=StoredLaunches(store),
        token_store=StoredTokenSets(store),
        keys=RememberedKeys(StoredClientKeys(store), clock),
        audit=StoredLaunchAudit(store),
        fetcher=Fetcher(http),
        pages=pages,
        clock=clock,
        randomness=lambda: secrets.token_urlsafe(32),
        on_expected=on_expected,
        on_opened=partial(_begin_chart, charts, looks, readers),
        on_dropped=charts.drop,
    )
