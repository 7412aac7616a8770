"""For whom a chart is read: known before the EHR is asked (minimum necessary, 45 CFR 164.502(b)).

Decides by the declared matrix. What is shown is decided anew by every page.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.errors import AppError
from app.security.access import Action, Actor, may
from app.store.db import Store
from app.store.records.users import find_actor, load_recent_actors
from launch.models import LaunchUser, OpenedLaunch

RECENT = 500
"""How many people are looked up ahead, those who were here last: nearly always one of them."""
READY_FOR = timedelta(seconds=20)
"""How old what was looked up ahead may be: a token request long."""

Actors = Mapping[tuple[str, str], Actor]
"""(iss, sub) of the id_token → what the matrix needs of that person."""


@dataclass(slots=True)
class Readers:
    """`prepare` looks ahead while a code is exchanged, so that nobody with a role waits for it."""

    store: Store
    _ready: dict[str, tuple[datetime, asyncio.Task[Actors]]] = field(default_factory=dict)

    def prepare(self, tenant_id: str) -> None:
        """Begins to load who was here last; the next `may_read` within READY_FOR takes it."""
        task = asyncio.create_task(self._load(tenant_id), name="prepare readers")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._ready[tenant_id] = self.store.clock(), task

    async def may_read(self, opened: OpenedLaunch) -> bool:
        """Whether the person who signed in may see a chart. False when nobody did, and when it
        cannot be told: the page then asks again, and says why."""
        if opened.user is None:
            return False
        try:
            actor = await self._find(opened.tenant_id, opened.user)
        except AppError:
            return False
        return may(actor, Action.CHART_VIEW)

    async def _find(self, tenant_id: str, user: LaunchUser) -> Actor:
        began, task = self._ready.pop(tenant_id, (None, None))
        is_ready = began is not None and self.store.clock() - began < READY_FOR
        if task is not None and is_ready and (known := (await task).get((user.iss, user.sub))):
            return known
        async with self.store.read(tenant_id) as tx:
            return await find_actor(tx, user)

    async def _load(self, tenant_id: str) -> Actors:
        async with self.store.read(tenant_id) as tx:
            return await load_recent_actors(tx, limit=RECENT)
