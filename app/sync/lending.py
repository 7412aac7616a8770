"""Which launch lends its context to a ledger row that nobody saved, and which way it would go.

Such a row has no author: whoever may do the like and opens the chart may carry it. Saves and sends
nothing.
"""

import asyncio
from dataclasses import dataclass

from app.errors import AppError
from app.security.access import may
from app.store.db import Store
from app.store.records.sessions import load_launches_at
from app.sync.desk import PlanRoute
from app.sync.send_intent import ACTIONS, Launches
from app.sync.visits import Visit
from app.sync.write_route import PERSON

PLAN_S = 3.0
"""Nobody waits longer for the EHR to say what it can do."""


@dataclass(frozen=True, slots=True)
class Way:
    """The launch that lends its context ("" for none), the ledger's plan and the reason for it."""

    launch_id: str = ""
    plan: str = PERSON
    reason: str = "no_launch"


NO_WAY = Way()


@dataclass(frozen=True, slots=True)
class Lending:
    """`plan` answers an intent kind's plan and its reason (write_route.WriteRoutes)."""

    store: Store
    launches: Launches
    plan: PlanRoute

    async def find_way(self, tenant_id: str, patient_key: str, kind: str) -> Way:
        """Asked before a transaction. Never raises for an EHR that is away."""
        visit = await self._find_launch(tenant_id, patient_key, kind)
        if visit is None:
            return NO_WAY
        try:
            async with asyncio.timeout(PLAN_S):
                plan, reason = await self.plan(visit, kind)
        except (AppError, TimeoutError):
            plan, reason = PERSON, "fhir_unavailable"
        return Way(visit.opened.launch_id, plan, reason)

    async def _find_launch(self, tenant_id: str, patient_key: str, kind: str) -> Visit | None:
        """The newest launch of the patient by somebody who may do such a thing, over or not: the
        ledger's worker finds a living sign-in by itself."""
        async with self.store.read(tenant_id) as tx:
            launches = await load_launches_at(tx, patient_key)
        for launch_id in launches:
            visit = await self.launches.load_unattended(launch_id, even_ended=True)
            if visit is not None and may(visit.actor, ACTIONS[kind]):
                return visit
        return None
