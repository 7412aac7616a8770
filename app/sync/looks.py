"""The EHR's own look, per tenant: its style document fetched beside everything else, kept by URL.

No page waits for it: until it is there, and where it cannot be had, pages look as they are.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.errors import AppError
from app.fhir.client import FhirClient
from app.security.style import parse_style
from launch.models import OpenedLaunch

LOG = logging.getLogger(__name__)
Place = tuple[str, str]
TRY_AGAIN_AFTER = timedelta(minutes=10)
KEEP = 200
MAX_STYLE_BYTES = 65_536
STYLE_DEADLINE_S = 5.0


@dataclass(slots=True)
class Looks:
    """One per process. `client_for(iss)` asks without a token and reaches that EHR's host only.

    A style's URL is its version (SMART "smart_style_url"), so what was read is read once.
    """

    client_for: Callable[[str], FhirClient]
    clock: Callable[[], datetime]
    _known: dict[Place, Mapping[str, str]] = field(default_factory=dict)
    _failed: dict[Place, datetime] = field(default_factory=dict)
    _reading: dict[Place, asyncio.Task[None]] = field(default_factory=dict)

    def colors_of(self, opened: OpenedLaunch) -> Mapping[str, str]:
        """What is known of the launch's style now, {} for nothing; what is not known yet begins
        to be fetched."""
        url = opened.context.smart_style_url
        if not url or "://" not in url:
            return {}
        place = (opened.tenant_id, url)
        known = self._known.get(place)
        if known is None:
            self._begin(place, opened.iss)
        return known or {}

    async def drain(self) -> None:
        """Stop what is being fetched, for a clean shutdown."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, place: Place, iss: str) -> None:
        failed = self._failed.get(place)
        if place in self._reading or (failed and self.clock() - failed < TRY_AGAIN_AFTER):
            return
        task = asyncio.create_task(self._read(place, iss), name="read style")
        self._reading[place] = task
        task.add_done_callback(lambda _done: self._reading.pop(place, None))

    async def _read(self, place: Place, iss: str) -> None:
        tenant_id, url = place
        try:
            answer = await self.client_for(iss).fetch(url, accept="application/json")
            colors = parse_style(answer.body)
        except (AppError, ValueError) as exc:
            # The URL is the EHR's and goes into no log.
            LOG.warning("no style of %s: %s", tenant_id, type(exc).__name__)
            self._failed[place] = self.clock()
        else:
            self._known[place] = colors
        for kept in (self._known, self._failed):
            while len(kept) > KEEP:  # the oldest goes first
                kept.pop(next(iter(kept)))
