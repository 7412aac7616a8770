"""From a ledger row and the launch's terms to the one job that carries it out. Sends nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.clinical.facts import Patient
from app.fhir.client import FhirClient
from app.store.records.ledger import LedgerEntry
from app.sync.athena_write import AthenaPreferenceWrite
from app.sync.consent_jobs import build_consent_write
from app.sync.contact_payload import PatchStyle
from app.sync.intents import (
    CONSENT,
    WITHDRAWN,
    Intent,
    PlannedOutreach,
    WithdrawnOutreach,
    parse_content,
    parse_intent,
)
from app.sync.ledger_kin import ALONE, Kin
from app.sync.patient_write import ContactWrite, Identity, State, WriteResult
from app.sync.patient_write import Route as PatientRoute
from app.sync.payloads.finding import build_finding
from app.sync.payloads.frame import Frame, build_instant
from app.sync.payloads.routes import build_resource, can_build
from app.sync.resource_write import Landing, ResourceWrite
from app.sync.visits import Visit
from app.sync.withdrawal_jobs import Ended, build_early_end, build_take_back, plan_take_back
from app.sync.write_route import ATHENA_PLAN, PATIENT_PLANS, Terms, has_athena
from app.vendors.plan import plan_concurrency
from app.vendors.profile import Route

RESULTS: dict[str, State] = {"in_ehr": "in_ehr", "recorded_as_note": "noted"}
GOES_AS = {WITHDRAWN: "planned_outreach", CONSENT: "contact_preference"}
"""Kind of row → the vendor's intent whose routes it takes."""

NO_ROUTE = WriteResult("attention", "no_route")


class Job(Protocol):
    """One send; FhirUnauthorized while nothing was sent, every other ending is the result."""

    async def apply(self) -> WriteResult: ...


@dataclass(frozen=True, slots=True)
class IntentJobs:
    """`identity` names the person on the visit's screen, from the stored chart; `parse_for` is
    normalize for a single Patient of this launch; `backend_at` is a client at another address
    with a token of the tenant's backend client, None where there is none."""

    client_for: Callable[[Visit, str], FhirClient]
    parse_for: Callable[[Visit], Callable[[bytes], Patient | None]]
    identity: Callable[[Visit], Awaitable[Identity]]
    terms_for: Callable[[Visit], Awaitable[Terms]]
    clock: Callable[[], datetime]
    backend_at: Callable[[Visit, str], Awaitable[FhirClient | None]]

    async def build(
        self, visit: Visit, entry: LedgerEntry, token: str, terms: Terms, kin: Kin = ALONE
    ) -> Job | None:
        """The job of a row; None when its plan cannot be carried out any more at this site."""
        if entry.plan in PATIENT_PLANS:
            return await self.build_contact_write(visit, entry, token, terms)
        if entry.plan == ATHENA_PLAN:
            return await self.build_athena_write(visit, entry, terms)
        client = self.client_for(visit, token)
        if entry.kind == WITHDRAWN:
            return build_withdrawal(client, visit, entry, terms, self.clock, kin)
        job = build_resource_write(client, visit, entry, terms, self.clock)
        if job is not None and kin.consent is not None:
            return build_consent_write(job, kin.consent, terms)
        if job is not None and kin.is_taken_back:
            job.may_create = False
        return job

    async def build_athena_write(
        self, visit: Visit, entry: LedgerEntry, terms: Terms
    ) -> "AthenaPreferenceWrite | Ended | None":
        if not has_athena(terms.forms):
            return None
        client = await self.backend_at(visit, terms.forms.athena_v1)
        if client is None:
            return Ended(WriteResult("waiting", "no_backend_token"))
        methods = terms.forms.preference_methods
        return AthenaPreferenceWrite(
            client=client,
            fhir_id=visit.patient_id,
            born=(await self.identity(visit)).birth_date,
            changes=parse_intent(entry.intent),
            values={channel: coding["code"] for channel, coding in methods.items()},
        )

    async def build_contact_write(
        self, visit: Visit, entry: LedgerEntry, token: str, terms: Terms
    ) -> ContactWrite:
        """The job of a row of field changes, whatever its plan: it can also only look."""
        return ContactWrite(
            client=self.client_for(visit, token),
            identity=await self.identity(visit),
            changes=parse_intent(entry.intent),
            route=build_patient_route(entry.plan),
            parse=self.parse_for(visit),
            today=visit.today,
            style=build_style(terms, self.clock()),
        )


def build_patient_route(plan: str) -> PatientRoute:
    return "put" if plan == "put" else "patch"


def build_style(terms: Terms, now: datetime) -> PatchStyle:
    """How this vendor wants a Patient patched."""
    rule = terms.profile.concurrency
    return PatchStyle(
        version_test=rule.version_test,
        value_test=not rule.element_test,
        one_language=rule.element_test,
        forms=terms.forms,
        verified=build_instant(now),
    )


def build_frame(visit: Visit, entry: LedgerEntry, terms: Terms) -> Frame:
    """What the payload needs of row and launch. A launch names its encounter; a row of an
    earlier launch was not saved in it, nor was one that nobody saved."""
    same = visit.opened.launch_id == entry.launch_id and entry.user_id != ""
    return Frame(
        ledger_id=entry.ledger_id,
        kind=entry.kind,
        vendor=terms.profile.name,
        patient_id=visit.patient_id,
        at=entry.created_at,
        zone=visit.tenant.zone,
        author=terms.author,
        encounter=(visit.opened.encounter or "") if same else "",
        forms=terms.forms,
    )


def build_resource_write(
    client: FhirClient,
    visit: Visit,
    entry: LedgerEntry,
    terms: Terms,
    clock: Callable[[], datetime],
) -> ResourceWrite | None:
    """Raises DataError when the row's content cannot be read or its resource not be built."""
    route = find_route(terms, entry)
    if route is None:
        return None
    intent = parse_content(entry.kind, entry.intent)
    frame = build_frame(visit, entry, terms)
    return ResourceWrite(
        client=client,
        resource=build_resource(route.name, intent, frame),
        ledger_id=entry.ledger_id,
        patient_id=visit.patient_id,
        landing=build_landing(route, intent, frame, terms),
        now=clock,
        ehr_id=entry.ehr_id,
        tried=is_tried(entry),
    )


def build_withdrawal(
    client: FhirClient,
    visit: Visit,
    entry: LedgerEntry,
    terms: Terms,
    clock: Callable[[], datetime],
    kin: Kin,
) -> Job | None:
    """A change of the plan's status where the EHR holds it, a note after a note, or nothing."""
    planned = plan_take_back(kin.origin)
    ended = build_early_end(kin.origin, planned)
    if ended is not None:
        return Ended(ended)
    if planned == "note" or kin.origin is None:
        return build_resource_write(client, visit, entry, terms, clock)
    intent = parse_content(entry.kind, entry.intent)
    if not isinstance(intent, WithdrawnOutreach):
        return None
    return build_take_back(client, kin.origin, intent, build_frame(visit, entry, terms), terms)


def is_tried(entry: LedgerEntry) -> bool:
    """Whether an earlier attempt may have left something in the EHR. "saved" and "attention" with
    attempts count as well, unless a person looked there and found nothing."""
    if entry.state in ("sending", "unknown"):
        return True
    return entry.attempts > 0 and not entry.detail.get("looked")


def find_route(terms: Terms, entry: LedgerEntry) -> Route | None:
    """The vendor's route that the row's plan names, as far as we can still serve it."""
    wanted = GOES_AS.get(entry.kind, entry.kind)
    routes = {kind: routes for kind, routes in terms.profile.writes.items() if kind == wanted}
    for route in next(iter(routes.values()), ()):
        if route.name == entry.plan and route.interaction == "create":
            able = can_build(terms.profile.name, route.name, terms.forms, terms.author)
            return route if able else None
    return None


def build_landing(route: Route, intent: Intent, frame: Frame, terms: Terms) -> Landing:
    """How this server lets us create, find and read the type, by statement and grant."""
    kind, capability = route.resource_type, terms.site.capability
    first = intent.due_at if isinstance(intent, PlannedOutreach) else frame.at
    support = capability.resources.get(kind) if capability else None
    finding = build_finding(support, kind, frame, first=min(first, frame.at))
    rule = plan_concurrency(terms.profile, capability, kind)
    return Landing(
        done=RESULTS[route.result],
        finding=finding if terms.granted.allow(kind, "search-type") else None,
        if_none_exist=rule.if_none_exist == "yes",
        can_read=terms.granted.allow(kind, "read")
        and (support is None or "read" in support.interactions),
    )
