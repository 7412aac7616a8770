"""By which route a contact edit may enter a tenant's EHR, and why not by another. Writes nothing.

The tenant's own CapabilityStatement outweighs the vendor profile; the granted scope outweighs
both. The statement is read on connect and once a day, and kept.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.errors import AppError
from app.store.db import Store
from app.store.records.tenants import load_capability, load_tenant, save_capability
from app.sync.connections import Connections
from app.vendors.capability import Capability, parse_capability
from app.vendors.plan import RouteVerdict, WriteItem, plan_writes
from app.vendors.scopes import parse_scopes
from launch.models import OpenedLaunch

LOG = logging.getLogger(__name__)
KIND = "capability_statement"
FRESH_FOR = timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(minutes=10)
ROUTES = {"Patient.patch": "patch", "Patient.update": "put"}


@dataclass(frozen=True, slots=True)
class _Known:
    capability: Capability | None
    good_until: datetime


@dataclass(slots=True)
class WriteRoutes:
    """One per process; remembers each tenant's statement for a day, a failure for ten minutes."""

    store: Store
    connections: Connections
    _known: dict[str, _Known] = field(default_factory=dict)

    async def plan_contact(self, opened: OpenedLaunch) -> tuple[str, str]:
        """("patch" | "put", the route's name) or ("none", the code of the reason)."""
        capability = await self.load(opened)
        async with self.store.read(opened.tenant_id) as tx:
            settings = (await load_tenant(tx)).settings
        items = plan_writes(
            self.connections.profile(opened),
            capability,
            granted=parse_scopes(opened.scope.split()),
            switches=settings.get("write_switches", {}),
            overrides=settings.get("write_overrides", {}),
            switched_on=bool(settings.get("writes_on", False)),
        )
        item = next(i for i in items if i.intent == "contact_detail")
        return choose_route(item)

    async def load(self, opened: OpenedLaunch) -> Capability | None:
        """The tenant's statement, from memory, the store or the EHR; None when none can be had,
        and then nothing counts as supported."""
        now = self.connections.clock()
        known = self._known.get(opened.tenant_id)
        if known is not None and now < known.good_until:
            return known.capability
        try:
            capability, good_until = await self._load_or_fetch(opened, now)
        except AppError as exc:
            LOG.warning("no CapabilityStatement of %s: %s", opened.tenant_id, exc.code)
            capability, good_until = None, now + TRY_AGAIN_AFTER
        self._known[opened.tenant_id] = _Known(capability, good_until)
        return capability

    async def _load_or_fetch(
        self, opened: OpenedLaunch, now: datetime
    ) -> tuple[Capability, datetime]:
        async with self.store.read(opened.tenant_id) as tx:
            stored = await load_capability(tx, KIND)
        if stored is not None and now - stored[1] < FRESH_FOR:
            return parse_capability(stored[0], asked=opened.iss), stored[1] + FRESH_FOR
        token = await self.connections.tokens_for(opened).current()
        answer = await self.connections.client(opened, token).fetch("metadata")
        capability = parse_capability(answer.body, asked=opened.iss)
        async with self.store.write(opened.tenant_id) as tx:
            await save_capability(tx, KIND, answer.body, read_at=now)
        return capability, now + FRESH_FOR


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
