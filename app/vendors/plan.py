"""The write plan: what may be written to this tenant and by which route, and why not the rest. No
effect.

Write = an advertised interaction ∧ a granted scope ∧ the site's switch. An explicit override
outweighs capability and switch, never a missing scope. What is unknown counts as not supported.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from app.vendors.capability import Capability
from app.vendors.profile import Concurrency, Intent, Route, Support, VendorProfile
from app.vendors.scopes import Scopes

Answer = Literal["yes", "no", "unknown"]
INTENTS: tuple[Intent, ...] = (
    "contact_detail",
    "contact_preference",
    "planned_outreach",
    "completed_contact",
)


class RouteVerdict(Struct, frozen=True, kw_only=True):
    """`status` ready: use it; possible: the EHR has it, a scope or switch is missing; blocked."""

    route: Route
    status: Literal["ready", "possible", "blocked"]
    capability: Answer
    scope: Literal["granted", "not_granted", "offered", "not_offered", "unknown"]
    switch: Literal["on", "off"]
    why: tuple[str, ...] = ()


class WriteItem(Struct, frozen=True, kw_only=True):
    """`chosen` is the first ready route; the last one always is (a person does it)."""

    intent: Intent
    chosen: Route
    considered: tuple[RouteVerdict, ...]

    @property
    def best(self) -> RouteVerdict:
        """What this EHR could take at most: the first route that is not blocked."""
        return next(v for v in self.considered if v.status != "blocked")


def plan_writes(
    profile: VendorProfile,
    capability: Capability | None,
    *,
    granted: Scopes | None = None,
    offered: Scopes | None = None,
    switches: Mapping[str, bool] | None = None,
    overrides: Mapping[str, bool] | None = None,
    switched_on: bool = False,
    adapters: frozenset[str] = frozenset(),
) -> tuple[WriteItem, ...]:
    """One item per intent. `switches`/`overrides` are keyed by Route.key ("Patient.patch");
    `switched_on` is the switch of routes that are not named and need no contract; `adapters`
    names the proprietary routes that are configured at this site."""
    site = _Site(
        capability,
        granted,
        offered,
        switches or {},
        overrides or {},
        switched_on,
        profile,
        adapters,
    )
    return tuple(_write_item(profile, site, intent) for intent in INTENTS)


def plan_route(
    profile: VendorProfile,
    capability: Capability | None,
    route: Route,
    *,
    granted: Scopes,
    switches: Mapping[str, bool],
    overrides: Mapping[str, bool],
    switched_on: bool,
) -> RouteVerdict:
    """One route that belongs to no intent of its own: a change of what an intent created."""
    none: frozenset[str] = frozenset()
    site = _Site(
        capability, granted, None, switches, overrides, switched_on, profile, adapters=none
    )
    return _verdict(route, site)


def plan_concurrency(
    profile: VendorProfile, capability: Capability | None, resource_type: str
) -> Concurrency:
    """The vendor's rule as this tenant's own statement corrects it."""
    rule = profile.concurrency
    found = capability.resources.get(resource_type) if capability else None
    if found is None:
        return rule
    if_match: Support = rule.if_match
    if found.versioning == "no-version":
        if_match = "no"
    elif found.versioning in ("versioned", "versioned-update"):
        if_match = "yes"
    once: Support = rule.if_none_exist
    if found.conditional_create is not None:
        once = "yes" if found.conditional_create else "no"
    patch: Support = "yes" if "patch" in found.interactions else "no"
    return replace(rule, if_match=if_match, if_none_exist=once, patch=patch)


def build_page_params(
    profile: VendorProfile, capability: Capability | None, resource_type: str
) -> dict[str, str]:
    """The page size to ask for; {} where none is known or the type does not list the parameter
    (a strict server refuses what it does not list)."""
    page = profile.page
    found = capability.resources.get(resource_type) if capability else None
    if page.size is None or found is None or page.size_param not in found.search_params:
        return {}
    return {page.size_param: str(page.size)}


class _Site(Struct, frozen=True):
    """What is known of one tenant when its writes are planned."""

    capability: Capability | None
    granted: Scopes | None
    offered: Scopes | None
    switches: Mapping[str, bool]
    overrides: Mapping[str, bool]
    switched_on: bool
    profile: VendorProfile
    adapters: frozenset[str]


def _write_item(profile: VendorProfile, site: _Site, intent: Intent) -> WriteItem:
    considered = tuple(_verdict(route, site) for route in profile.writes[intent])
    chosen = next(v.route for v in considered if v.status == "ready")
    return WriteItem(intent=intent, chosen=chosen, considered=considered)


def _verdict(route: Route, site: _Site) -> RouteVerdict:
    if route.transport == "manual":
        return RouteVerdict(
            route=route, status="ready", capability="yes", scope="granted", switch="on"
        )
    if route.transport == "proprietary" and route.name in site.adapters:
        return _adapter_verdict(route, site)
    if route.transport == "proprietary":
        return RouteVerdict(
            route=route,
            status="blocked",
            capability="unknown",
            scope="unknown",
            switch="off",
            why=("Chartside does not speak this interface.",),
        )
    return _fhir_verdict(route, site)


def _adapter_verdict(route: Route, site: _Site) -> RouteVerdict:
    """Its agreement stands for statement and scope; the switch is the site's, off by default."""
    on = site.switches.get(route.key, False)
    return RouteVerdict(
        route=route,
        status="ready" if on else "possible",
        capability="yes",
        scope="granted",
        switch="on" if on else "off",
        why=() if on else (f"The site's switch for {route.key} is off, which needs a contract.",),
    )


def _fhir_verdict(route: Route, site: _Site) -> RouteVerdict:
    override = site.overrides.get(route.key)
    capability = _capability_of_write(route, site.capability)
    scope, scope_why = _scope_of_write(route, site)
    default = site.switched_on and not route.needs_contract
    switch: Literal["on", "off"] = "on" if site.switches.get(route.key, default) else "off"
    why = []
    if override is False:
        why.append("An override forbids it.")
    elif override is None and capability != "yes":
        why.append(_CAPABILITY_WORDS[capability].format(route=route.key))
    blocked = bool(why) or scope in ("not_granted", "not_offered")
    if override is None and switch == "off":
        contract = ", which needs a contract" if route.needs_contract else ""
        why.append(f"The site's switch for {route.key} is off{contract}.")
    if scope != "granted":
        why.append(scope_why)
    status: Literal["ready", "possible", "blocked"] = (
        "blocked" if blocked else "possible" if why else "ready"
    )
    return RouteVerdict(
        route=route,
        status=status,
        capability=capability,
        scope=scope,
        switch="on" if override else switch,
        why=tuple(why),
    )


_CAPABILITY_WORDS: dict[Answer, str] = {
    "no": "The CapabilityStatement does not list {route}.",
    "unknown": "The CapabilityStatement has not been read; {route} counts as not supported.",
}


def _capability_of_write(route: Route, capability: Capability | None) -> Answer:
    if capability is None:
        return "unknown"
    return "yes" if capability.has(route.resource_type, route.interaction) else "no"


def _scope_of_write(
    route: Route, site: _Site
) -> tuple[Literal["granted", "not_granted", "offered", "not_offered", "unknown"], str]:
    kind, interaction = route.resource_type, route.interaction
    if site.granted is not None:
        if site.granted.allow(kind, interaction):
            return "granted", ""
        return "not_granted", f"No granted scope covers {route.key}."
    if site.offered is not None and site.profile.launch.scopes_listed == "yes":
        if site.offered.offer(kind, interaction):
            return "offered", f"A scope for {route.key} is offered; ask for it."
        return "not_offered", f"No scope for {route.key} is offered."
    return "unknown", f"Whether a scope for {route.key} will be granted is unknown."
