"""By which route a contact edit may enter a tenant's EHR, and why not by another. Writes nothing.

The tenant's own CapabilityStatement outweighs the vendor profile; the granted scope outweighs
both.
"""

from dataclasses import dataclass

from app.sync.capability import Sites
from app.sync.connections import Connections
from app.vendors.plan import RouteVerdict, WriteItem, plan_writes
from app.vendors.scopes import parse_scopes
from launch.models import OpenedLaunch

ROUTES = {"Patient.patch": "patch", "Patient.update": "put"}


@dataclass(frozen=True, slots=True)
class WriteRoutes:
    """One per process."""

    sites: Sites
    connections: Connections

    async def plan_contact(self, opened: OpenedLaunch) -> tuple[str, str]:
        """("patch" | "put", the route's name) or ("none", the code of the reason)."""
        items = await self.plan(opened)
        return choose_route(next(i for i in items if i.intent == "contact_detail"))

    async def plan(self, opened: OpenedLaunch) -> tuple[WriteItem, ...]:
        """Every intent with its route, for this launch's grant. Where the EHR was never read and
        does not answer, nothing counts as supported."""
        site = await self.sites.load_or_read(opened.tenant_id, opened.iss)
        return plan_writes(
            self.connections.profile(opened),
            site.capability,
            granted=parse_scopes(opened.scope.split()),
            switches=site.rules.write_switches,
            overrides=site.rules.write_overrides,
            switched_on=site.rules.writes_on,
        )


def choose_route(item: WriteItem) -> tuple[str, str]:
    """The first ready route that writes the Patient itself; else why there is none."""
    verdicts = [v for v in item.considered if v.route.key in ROUTES]
    for verdict in verdicts:
        if verdict.status == "ready":
            return ROUTES[verdict.route.key], verdict.route.name
    return "none", explain(verdicts)


def explain(verdicts: list[RouteVerdict]) -> str:
    """The reason that is easiest to mend: a switch, then a scope, then nothing to be done."""
    able = [v for v in verdicts if v.capability == "yes"]
    if any(v.scope == "granted" and v.switch == "off" for v in able):
        return "switched_off"
    if any(v.scope != "granted" for v in able):
        return "not_granted"
    return "not_supported"
