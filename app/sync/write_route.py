"""By which route an intent may enter a tenant's EHR, and why not by another. Writes nothing.

The tenant's own CapabilityStatement outweighs the vendor profile; the granted scope outweighs
both; and a route is only chosen when Chartside can build for it what this site needs.
"""

from dataclasses import dataclass

from app.outreach.contact import CHANNELS
from app.sync.capability import Site, Sites
from app.sync.connections import Connections
from app.sync.intents import CONSENT
from app.sync.payloads.routes import can_build
from app.vendors.forms import SiteForms
from app.vendors.plan import RouteVerdict, WriteItem, plan_writes
from app.vendors.profile import Route, VendorProfile
from app.vendors.scopes import Scopes, parse_scopes
from launch.models import OpenedLaunch

CONTACT_PLANS = {"Patient.patch": "patch", "Patient.update": "put"}
PREFERENCE_PLAN = "patient_preference"
ATHENA_PLAN = "athena_v1_preference"
PERSON = "person"
"""The plan when nothing can be sent: the row is a work item for a person."""

PREFERS_ONLY = frozenset({PREFERENCE_PLAN, ATHENA_PLAN})
"""Plans that can say which channel is preferred, and not what was agreed or refused."""

PATIENT_PLANS = frozenset({*CONTACT_PLANS.values(), PREFERENCE_PLAN})
"""Plans that change the Patient itself; every other one creates a resource beside it."""

NOT_SENT = frozenset({"none", "here", PERSON})
"""Plans under which nothing goes out by itself: no route, ours only, a person enters it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms this launch may write: who the EHR is, what it says, what was granted."""

    profile: VendorProfile
    site: Site
    granted: Scopes
    author: str

    @property
    def forms(self) -> SiteForms:
        return self.site.rules.forms


@dataclass(frozen=True, slots=True)
class WriteRoutes:
    """One per process."""

    sites: Sites
    connections: Connections

    async def plan_intent(self, opened: OpenedLaunch, kind: str) -> tuple[str, str]:
        """The ledger's plan for an intent kind and the reason: ("patch" | "put" |
        "patient_preference" | a creating route's name, that route's name) or ("person", code)."""
        terms = await self.load_terms(opened)
        vendor_kind = "contact_preference" if kind == CONSENT else kind
        item = next(i for i in plan_terms(terms) if i.intent == vendor_kind)
        return choose_plan(item, terms, without=PREFERS_ONLY if kind == CONSENT else frozenset())

    async def plan(self, opened: OpenedLaunch) -> tuple[WriteItem, ...]:
        """Every intent with its routes, for this launch's grant."""
        return plan_terms(await self.load_terms(opened))

    async def load_terms(self, opened: OpenedLaunch) -> Terms:
        """As of now. Where the EHR was never read and does not answer, nothing counts as
        supported."""
        return Terms(
            profile=self.connections.profile(opened),
            site=await self.sites.load_or_read(opened.tenant_id, opened.iss),
            granted=parse_scopes(opened.scope.split()),
            author=(opened.user.fhir_user if opened.user else None) or "",
        )


def plan_terms(terms: Terms) -> tuple[WriteItem, ...]:
    """One item per intent."""
    rules = terms.site.rules
    return plan_writes(
        terms.profile,
        terms.site.capability,
        granted=terms.granted,
        switches=rules.write_switches,
        overrides=rules.write_overrides,
        switched_on=rules.writes_on,
        adapters=frozenset({ATHENA_PLAN}) if has_athena(rules.forms) else frozenset(),
    )


def has_methods(forms: SiteForms) -> bool:
    """Whether the site has said what each of our channels is called there."""
    return set(CHANNELS) <= set(forms.preference_methods)


def has_athena(forms: SiteForms) -> bool:
    return bool(forms.athena_v1) and has_methods(forms)


def choose_plan(
    item: WriteItem, terms: Terms, *, without: frozenset[str] = frozenset()
) -> tuple[str, str]:
    """The first ready route that Chartside can serve here; else a person, and why."""
    named = [(v, name_plan(item, v.route, terms)) for v in item.considered]
    spoken = [(v, plan) for v, plan in named if plan and plan not in without]
    for verdict, plan in spoken:
        if verdict.status == "ready":
            return plan, verdict.route.name
    return PERSON, explain([v for v, _plan in spoken])


def name_plan(item: WriteItem, route: Route, terms: Terms) -> str:
    """What the ledger calls this route; "" for one that Chartside cannot serve at this site."""
    if route.name == ATHENA_PLAN:
        return ATHENA_PLAN if has_athena(terms.forms) else ""
    if route.transport != "fhir":
        return ""
    if route.key in CONTACT_PLANS:
        if item.intent == "contact_detail":
            return CONTACT_PLANS[route.key]
        return PREFERENCE_PLAN if has_methods(terms.forms) else ""
    able = can_build(terms.profile.name, route.name, terms.forms, terms.author)
    return route.name if able else ""


def explain(verdicts: list[RouteVerdict]) -> str:
    """The reason that is easiest to mend: a switch, then a scope, then nothing to be done."""
    able = [v for v in verdicts if v.capability == "yes"]
    if any(v.scope == "granted" and v.switch == "off" for v in able):
        return "switched_off"
    if any(v.scope != "granted" for v in able):
        return "not_granted"
    return "not_supported"
