"""What a process holds open: settings to stores to clients to rooms. Serves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.clinical.care_gaps import Measures
from app.clinical.immunization import Tables
from app.events.texts import TextHooks
from app.fhir.outbound import OutboundClient, build_http_client
from app.jobs.engine import Engine, Handler, open_engine
from app.jobs.needs import NeedsSweep
from app.jobs.needs import build_handlers as build_needs_handlers
from app.jobs.outreach import OutreachSweep
from app.jobs.outreach import build_handlers as build_outreach_handlers
from app.jobs.worker import Worker
from app.main.clock import Clock, read_clock
from app.main.reading import build_connections, build_launches, build_looks, build_sites, not_wired
from app.main.writing import (
    build_delivery,
    build_desk,
    build_handlers,
    build_stops,
    build_write_back,
)
from app.settings import Settings
from app.store.db import Store, open_store
from app.store.keyfile import KEY_FILE
from app.sync.capability import Sites
from app.sync.charts import Charts, OnKept
from app.sync.code_desk import CodeDesk
from app.sync.consent_desk import ConsentDesk
from app.sync.courtesy import People
from app.sync.deliver import Delivery
from app.sync.desk import ContactDesk
from app.sync.directory import Directory
from app.sync.gap_desk import GapDesk
from app.sync.looks import Looks
from app.sync.need_desk import NeedDesk
from app.sync.needs import NeedsJudge, build_rules_stamp
from app.sync.outreach_desk import OutreachDesk
from app.sync.outreach_reasons import OutreachReasons
from app.sync.outreach_work import OutreachWork
from app.sync.remaking import Remaker
from app.sync.reply_desk import ReplyDesk
from app.sync.resolve import Resolver
from app.sync.rule_desk import RuleDesk
from app.sync.rule_files import load_contact_rules, load_measures, load_rule_texts
from app.sync.schedule_in_force import load_tables
from app.sync.send_intent import IntentSender
from app.sync.sent_record import SentRecord
from app.sync.signed_desk import SignedDesk
from app.sync.typed_in import join_kept, keep_typed_in
from app.sync.visits import Visits
from app.sync.worklist import WorklistDesk
from app.sync.write_acts import WriteActs
from app.sync.write_route import WriteRoutes
from app.vendors import PROFILES
from app.web.launch_pages import LaunchPageSet
from app.web.render import Renderer
from app.web.services import Services
from launch.service import LaunchService


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
    sent: SentRecord
    judge: NeedsJudge
    people: People
    engine: Engine
    handlers: Mapping[str, Handler]

    def build_worker(self, base: str, *, poll_s: float = 0.2) -> Worker:
        """A worker over these parts, not started."""
        outreach = OutreachSweep(self.delivery, self.engine, self.sent)
        also = (outreach, NeedsSweep(self.judge, self.engine))
        return Worker(
            self.store,
            self.engine,
            self.handlers,
            base,
            poll_s=poll_s,
            also=also,
            let_first=self.people.let_first,
        )

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
    http = _build_http(settings, directory)
    renderer = Renderer(settings.root)
    charts = Charts(store, start=not_wired)
    pages = LaunchPageSet(renderer, settings.public_base_url, directory.source_of)
    looks = build_looks(http, clock)
    launches = build_launches(settings, store, http, pages, charts, looks, clock)
    sites = build_sites(settings, store, http, directory, clock)
    connections = build_connections(settings, store, http, launches, directory, sites, clock)
    charts.start, charts.prepare = connections.start_reading, connections.prepare
    routes = WriteRoutes(sites, connections)
    engine = await open_engine(settings.database)
    write_back = build_write_back(settings, store, connections, launches, charts, routes, clock)
    desk = build_desk(settings, store, routes, write_back, engine)
    acts = WriteActs(store, desk, write_back.check)
    outreach = OutreachDesk(store.seen_by(wall or clock), load_contact_rules(settings.root), desk)
    services = _build_services(
        settings, store, renderer, launches, charts, looks, desk, acts, directory, outreach
    )
    sender = IntentSender(store, services.visits, write_back.send)
    delivery, hooks, sent = build_delivery(settings, outreach, http, services)
    people = People()
    judge = build_judge(settings, store, services, people)
    reach = (launches, charts, desk, directory, sites, services, sender, delivery, hooks, sent)
    rooms = build_handlers(store, sender, launches), build_outreach_handlers(delivery, sent)
    handlers = join(*rooms, build_needs_handlers(judge))
    return Parts(store, http, *reach, judge, people, engine, handlers)


def join(*rooms: Mapping[str, Handler]) -> Mapping[str, Handler]:
    """What every room does of the jobs, by the job's kind."""
    return {kind: handler for room in rooms for kind, handler in room.items()}


def _build_http(settings: Settings, directory: Directory) -> OutboundClient:
    """The one way out, to the EHRs that tenants list."""
    return build_http_client(
        may_be_private=directory.may_be_private, allow_http=settings.allow_http
    )


def build_judge(settings: Settings, store: Store, services: Services, people: People) -> NeedsJudge:
    """The judge of kept charts, by the measures and the schedule that pages use."""
    measures, tables = services.measures, services.immunizations
    stamp = build_rules_stamp(measures, tables, load_rule_texts(settings.root))
    return NeedsJudge(store, measures, tables, stamp, let_first=people.let_first)


def _build_visits(settings: Settings, store: Store, directory: Directory) -> Visits:
    idle = timedelta(seconds=settings.session_idle_s)
    return Visits(store, idle=idle, ehr_names=directory.known_names())


def _load_tables(settings: Settings) -> tuple[Measures, Tables]:
    """What gaps and vaccines are judged by."""
    measures = load_measures(settings.root, settings.value_sets_dir)
    return measures, load_tables(settings.data_dir)


def _build_on_kept(reasons: OutreachReasons) -> OnKept:
    """What follows, in one transaction, from a chart that is kept."""
    return join_kept(reasons.keep, keep_typed_in)


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
    measures, tables = _load_tables(settings)
    visits = _build_visits(settings, store, directory)
    charts.on_kept = _build_on_kept(OutreachReasons(outreach.rules, measures, tables))
    return Services(
        settings=settings,
        renderer=renderer,
        launches=launches,
        visits=visits,
        charts=charts,
        looks=looks,
        desk=desk,
        consents=ConsentDesk(outreach.store, desk),
        signed=SignedDesk(store),
        outreach=outreach,
        work=OutreachWork(outreach),
        worklist=WorklistDesk(outreach.store),
        replies=ReplyDesk(outreach),
        stops=build_stops(settings, outreach, directory, visits),
        needs=NeedDesk(store, outreach),
        resolver=Resolver(desk),
        rules=RuleDesk(store, outreach.rules),
        codes=CodeDesk(store, Remaker(store), settings.patience),
        measures=measures,
        gaps=GapDesk(store, measures),
        acts=acts,
        immunizations=tables,
        csrf_keys=store.vault.roots.signing.ordered(),
        clock=store.clock,
        find_missing=directory.find_missing,
    )
