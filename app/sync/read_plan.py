"""What is read of a chart and why: the scopes to ask for, the searches under what was granted.

Pure: asks nobody. The grant is believed; nothing is asked for that was not granted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.clinical.chart import SearchOutcome
from app.clinical.elements import Completeness
from app.sync.capability import Site
from app.sync.reading import Query, ReadPlan
from app.vendors.profile import VendorProfile, fill_searches
from app.vendors.reads import ReadItem, plan_reads
from launch.scopes import Grant

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
