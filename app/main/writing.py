"""How a process is joined for writing, sending and working through jobs. Decides nothing."""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from app.events.texts import TextHooks
from app.fhir.outbound import OutboundClient
from app.jobs.engine import Engine, Handler
from app.jobs.ledger import enqueue_intent
from app.jobs.names import SEND_INTENT
from app.main.clock import Clock
from app.outreach.replies import parse_reply
from app.security.stop_links import build_stop_links
from app.settings import Settings
from app.store.db import Store
from app.sync.charts import Charts
from app.sync.connections import Connections
from app.sync.consent_teller import ConsentTeller
from app.sync.contact_judge import ContactJudge
from app.sync.deliver import Delivery
from app.sync.desk import ContactDesk
from app.sync.directory import Directory
from app.sync.dispatch import Dispatcher
from app.sync.doors import build_doors, build_hook
from app.sync.ehr_tokens import BackendTokens, LaunchTokens
from app.sync.inbound import Inbox
from app.sync.intent_jobs import IntentJobs
from app.sync.lending import Lending
from app.sync.outreach_desk import OutreachDesk
from app.sync.send_intent import IntentSender
from app.sync.sent_record import SentRecord
from app.sync.stop_desk import StopDesk
from app.sync.visits import Visit, Visits
from app.sync.write_back import WriteBack
from app.sync.write_route import WriteRoutes
from app.web.services import Services
from launch.service import LaunchService


def build_handlers(
    store: Store, sender: IntentSender, launches: LaunchService
) -> Mapping[str, Handler]:
    """Kind of job → what does it."""
    dispatcher = Dispatcher(store, sender, partial(BackendTokens, launches))
    return {SEND_INTENT: dispatcher.send_intent}


def build_delivery(
    settings: Settings,
    outreach: OutreachDesk,
    http: OutboundClient,
    services: Services,
) -> tuple[Delivery, TextHooks, SentRecord]:
    """What sends, what hears back, and what tells the EHR that something was sent."""
    store, rules, stops = outreach.store, outreach.rules, services.stops
    worker = f"{socket.gethostname()}:{os.getpid()}"
    delivery = Delivery(
        store, build_doors(settings, http, stops.links), ContactJudge(rules), worker
    )
    sent = SentRecord(
        store, Lending(store, services.visits, outreach.desk.plan), outreach.desk.enqueue
    )
    return delivery, TextHooks(stops.inbox, build_hook(settings)), sent


def build_stops(
    settings: Settings, outreach: OutreachDesk, directory: Directory, visits: Visits
) -> StopDesk:
    """What takes a no that comes back by itself: a reply, or the link in an e-mail."""
    store, desk = outreach.store, outreach.desk
    teller = ConsentTeller(Lending(store, visits, desk.plan), desk.enqueue)
    read = partial(parse_reply, rules=outreach.rules.replies)
    inbox = Inbox(store, read, directory.list_tenants, teller)
    signing = store.vault.roots.signing.ordered()
    return StopDesk(inbox, build_stop_links(settings.public_base_url, signing))


def build_write_back(
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


def build_desk(
    settings: Settings, store: Store, routes: WriteRoutes, write_back: WriteBack, engine: Engine
) -> ContactDesk:
    async def plan(visit: Visit, kind: str) -> tuple[str, str]:
        return await routes.plan_intent(visit.opened, kind)

    return ContactDesk(
        store,
        send=write_back.send,
        plan=plan,
        enqueue=partial(enqueue_intent, engine),
        wait_s=settings.patience.save_s,
    )
