"""Composition root: settings to stores to clients to routes. The only place that builds things."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from starlette.applications import Starlette

from app.errors import AppError
from app.events.texts import TextHooks
from app.fhir.client import FhirClient
from app.fhir.outbound import OutboundClient, build_http_client
from app.jobs.engine import Engine, Handler, open_engine
from app.jobs.ledger import enqueue_intent
from app.jobs.names import SEND_INTENT
from app.jobs.outreach import OutreachSweep, build_handlers
from app.jobs.worker import Worker
from app.outreach.replies import parse_reply
from app.settings import Settings
from app.store.db import Store, open_store
from app.store.keyfile import KEY_FILE
from app.store.ports.client_keys import RememberedKeys, StoredClientKeys
from app.store.ports.launch_audit import StoredLaunchAudit
from app.store.ports.launches import StoredLaunches
from app.store.ports.pending import StoredPendings
from app.store.ports.registry import StoredPins, StoredRegistry
from app.store.ports.tokens import StoredTokenSets
from app.sync.capability import Sites, run_daily
from app.sync.charts import Charts
from app.sync.code_desk import CodeDesk
from app.sync.connections import CHART_TYPES, BackendTokens, Connections, LaunchTokens
from app.sync.consent_desk import ConsentDesk
from app.sync.contact_judge import ContactJudge
from app.sync.deliver import Delivery
from app.sync.desk import ContactDesk
from app.sync.directory import Directory
from app.sync.dispatch import Dispatcher
from app.sync.doors import build_doors, build_hook
from app.sync.gap_desk import GapDesk
from app.sync.inbound import Inbox
from app.sync.intent_jobs import IntentJobs
from app.sync.looks import MAX_STYLE_BYTES, STYLE_DEADLINE_S, Looks
from app.sync.mappings import MappingTables
from app.sync.outreach_desk import OutreachDesk
from app.sync.outreach_reasons import OutreachReasons
from app.sync.outreach_work import OutreachWork
from app.sync.reading import ChartReading
from app.sync.remaking import Remaker
from app.sync.resolve import Resolver
from app.sync.rule_files import load_contact_rules, load_measures
from app.sync.schedule_in_force import load_tables
from app.sync.send_intent import IntentSender
from app.sync.upkeep import run_upkeep
from app.sync.visits import Visit, Visits
from app.sync.worklist import WorklistDesk
from app.sync.write_acts import WriteActs
from app.sync.write_back import WriteBack
from app.sync.write_route import WriteRoutes
from app.vendors import PROFILES
from app.web.launch_pages import LaunchPageSet
from app.web.render import Renderer
from app.web.routes import build_routes, exception_handlers
from app.web.services import Services
from launch.http import HttpxFetcher
from launch.models import OpenedLaunch, Registration, TokenSet
from launch.parts import LaunchSettings
from launch.service import LaunchService, build_launch_service

Clock = Callable[[], datetime]
EMBEDDED = "embedded"
EMBEDDED_POLL_S = 1.0
"""A page tries its own write at once; the embedded worker is there for what that leaves."""


def read_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Parts:
    """What a process holds open, and in which order it lets go."""

    store: Store
    http: OutboundClient
    launches: LaunchService
    charts: Charts
    desk: ContactDesk
    directory: Directory
    sites: Sites
    services: Services
    sender: IntentSender
    delivery: Delivery
    hooks: TextHooks
    engine: Engine
    handlers: Mapping[str, Handler]

    def build_worker(self, base: str, *, poll_s: float = 0.2) -> Worker:
        """A worker over these parts, not started."""
        sweep = OutreachSweep(self.delivery, self.engine)
        return Worker(self.store, self.engine, self.handlers, base, poll_s=poll_s, also=(sweep,))

    async def close(self) -> None:
        await self.desk.drain()
        await self.charts.drain()
        await self.sites.drain()
        await self.services.looks.drain()
        await self.services.codes.remaker.drain()
        await self.launches.aclose()
        await self.http.aclose()
        await self.engine.close()
        await self.store.close()


async def build_parts(
    settings: Settings, *, clock: Clock = read_clock, wall: Clock | None = None
) -> Parts:
    """Opens the store (migrating it) and joins the rooms. Raises ConfigError.

    `wall` is the clock by which patients are contacted; only a demo has one of its own.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = await open_store(settings.database, settings.data_dir / KEY_FILE, clock=clock)
    directory = Directory(store, labels={name: p.label for name, p in PROFILES.items()})
    await directory.load()
    http = build_http_client(
        may_be_private=directory.may_be_private, allow_http=settings.allow_http
    )
    renderer = Renderer(settings.root)
    charts = Charts(store, start=_not_wired)
    pages = LaunchPageSet(renderer, settings.public_base_url, directory.source_of)
    looks = _build_looks(http, clock)
    launches = _build_launches(settings, store, http, pages, charts, looks, clock)
    sites = _build_sites(settings, store, http, directory, clock)
    connections = _build_connections(settings, store, http, launches, directory, sites, clock)
    charts.start, charts.prepare = connections.start_reading, connections.prepare
    routes = WriteRoutes(sites, connections)
    engine = await open_engine(settings.database)
    write_back = _build_write_back(settings, store, connections, launches, charts, routes, clock)
    desk = _build_desk(store, routes, write_back, engine)
    acts = WriteActs(store, desk, write_back.check)
    outreach = OutreachDesk(store.seen_by(wall or clock), load_contact_rules(settings.root), desk)
    services = _build_services(
        settings, store, renderer, launches, charts, looks, desk, acts, directory, outreach
    )
    sender = IntentSender(store, services.visits, write_back.send)
    delivery, hooks = _build_delivery(settings, outreach, http, directory)
    reach = (launches, charts, desk, directory, sites, services, sender, delivery, hooks)
    handlers = {**_build_handlers(store, sender, launches), **build_handlers(delivery)}
    return Parts(store, http, *reach, engine, handlers)


def _build_handlers(
    store: Store, sender: IntentSender, launches: LaunchService
) -> Mapping[str, Handler]:
    """Kind of job → what does it."""
    dispatcher = Dispatcher(store, sender, partial(BackendTokens, launches))
    return {SEND_INTENT: dispatcher.send_intent}


def _build_delivery(
    settings: Settings, outreach: OutreachDesk, http: OutboundClient, directory: Directory
) -> tuple[Delivery, TextHooks]:
    store, rules = outreach.store, outreach.rules
    worker = f"{socket.gethostname()}:{os.getpid()}"
    delivery = Delivery(store, build_doors(settings, http), ContactJudge(rules), worker)
    inbox = Inbox(store, partial(parse_reply, rules=rules.replies), directory.list_tenants)
    return delivery, TextHooks(inbox, build_hook(settings))


def _build_services(
    settings: Settings,
    store: Store,
    renderer: Renderer,
    launches: LaunchService,
    charts: Charts,
    looks: Looks,
    desk: ContactDesk,
    acts: WriteActs,
    directory: Directory,
    outreach: OutreachDesk,
) -> Services:
    idle = timedelta(seconds=settings.session_idle_s)
    measures = load_measures(settings.root, settings.value_sets_dir)
    tables = load_tables(settings.data_dir)
    charts.on_kept = OutreachReasons(outreach.rules, measures, tables).keep
    return Services(
        settings=settings,
        renderer=renderer,
        launches=launches,
        visits=Visits(store, idle=idle, ehr_names=directory.known_names()),
        charts=charts,
        looks=looks,
        desk=desk,
        consents=ConsentDesk(store),
        outreach=outreach,
        work=OutreachWork(outreach),
        worklist=WorklistDesk(outreach.store),
        resolver=Resolver(desk),
        codes=CodeDesk(store, Remaker(store)),
        measures=measures,
        gaps=GapDesk(store, measures),
        acts=acts,
        immunizations=tables,
        csrf_keys=store.vault.roots.signing.ordered(),
        clock=store.clock,
        find_missing=directory.find_missing,
    )


def _build_looks(http: OutboundClient, clock: Clock) -> Looks:
    def without_token(iss: str) -> FhirClient:
        return FhirClient(http, iss, "", deadline_s=STYLE_DEADLINE_S, max_bytes=MAX_STYLE_BYTES)

    return Looks(without_token, clock)


def _build_sites(
    settings: Settings, store: Store, http: OutboundClient, directory: Directory, clock: Clock
) -> Sites:
    def without_token(iss: str) -> FhirClient:
        return FhirClient(http, iss, "", deadline_s=settings.fhir_deadline_s)

    return Sites(store, without_token, clock, settings_of=directory.settings_of)


def _build_connections(
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


async def _not_wired(_opened: OpenedLaunch, _token: str) -> ChartReading:
    """Holds the place between two parts that need each other; replaced before any request."""
    raise AppError("charts are not wired")


async def _begin_chart(
    charts: Charts, looks: Looks, opened: OpenedLaunch, tokens: TokenSet | None
) -> None:
    if opened.patient is not None:
        await charts.begin(opened, tokens.access_token if tokens else "")
    looks.colors_of(opened)  # begins to fetch what is not known yet


def _build_launches(
    settings: Settings,
    store: Store,
    http: OutboundClient,
    pages: LaunchPageSet,
    charts: Charts,
    looks: Looks,
    clock: Clock,
) -> LaunchService:
    def on_expected(registration: Registration) -> None:
        http.warm(registration.iss, len(CHART_TYPES))
        charts.prepare(registration.tenant_id, registration.iss)

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
        fetcher=HttpxFetcher(http),
        pages=pages,
        clock=clock,
        randomness=lambda: secrets.token_urlsafe(32),
        on_expected=on_expected,
        on_opened=partial(_begin_chart, charts, looks),
        on_dropped=charts.drop,
    )


def _build_write_back(
    settings: Settings,
    store: Store,
    connections: Connections,
    launches: LaunchService,
    charts: Charts,
    routes: WriteRoutes,
    clock: Clock,
) -> WriteBack:
    jobs = IntentJobs(
        client_for=lambda visit, token: connections.client(visit.opened, token),
        parse_for=lambda visit: connections.patient_parser(visit.opened),
        identity=charts.load_identity,
        terms_for=lambda visit: routes.load_terms(visit.opened),
        clock=clock,
        backend_at=lambda visit, base: connections.backend_client(visit.opened, base),
    )
    return WriteBack(
        store=store,
        jobs=jobs,
        tokens_for=lambda visit: LaunchTokens(launches, visit.opened.launch_id, tells_outage=True),
        kept=lambda visit, patient: charts.keep_patient(visit.opened, patient),
        clock=clock,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        attempt_s=settings.write_lease_s * 0.75,
        lease=timedelta(seconds=settings.write_lease_s),
    )


def _build_desk(
    store: Store, routes: WriteRoutes, write_back: WriteBack, engine: Engine
) -> ContactDesk:
    async def plan(visit: Visit, kind: str) -> tuple[str, str]:
        return await routes.plan_intent(visit.opened, kind)

    return ContactDesk(
        store, send=write_back.send, plan=plan, enqueue=partial(enqueue_intent, engine)
    )


@asynccontextmanager
async def _work_beside(parts: Parts) -> AsyncIterator[None]:
    """What a serving process does beside its pages."""
    beside = _start_beside(parts)
    # On SQLite this process is the only one; on PostgreSQL `chartside worker` does the jobs.
    worker = parts.build_worker(EMBEDDED, poll_s=EMBEDDED_POLL_S)
    if parts.store.is_sqlite:
        await worker.start()
    yield
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    if parts.store.is_sqlite:
        await worker.stop()


async def build_app(
    settings: Settings, *, clock: Clock = read_clock, wall: Clock | None = None
) -> Starlette:
    """The ASGI application with its parts open; closing its lifespan closes them."""
    parts = await build_parts(settings, clock=clock, wall=wall)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with _work_beside(parts):
            yield
        await parts.close()

    app = Starlette(
        routes=[
            *parts.hooks.routes(),
            *build_routes(parts.launches, settings, parts.services.renderer),
        ],
        exception_handlers=exception_handlers(),
        lifespan=lifespan,
    )
    app.state.services = parts.services
    app.state.parts = parts
    return app


def _start_beside(parts: Parts) -> list["asyncio.Task[None]"]:
    """What runs in this process beside answering requests."""
    daily = run_daily(
        parts.sites, parts.directory.list_connected, also=parts.services.codes.remaker.resume
    )
    return [
        asyncio.create_task(run_upkeep(parts.store), name="upkeep"),
        asyncio.create_task(daily, name="daily capability"),
    ]
