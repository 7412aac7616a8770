"""Claims a pending launch for one callback, once. Judges no browser and exchanges no code.

Where a launch began in this process it is remembered, and its callback goes on with that while the
store is still asked: what the store says then is waited for before any token is believed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from launch.callback import CallbackAnswer
from launch.cookies import hash_secret
from launch.errors import StateMismatch
from launch.models import Clock, PendingLaunch, Registration
from launch.ports import IssuerRegistry, PendingLaunches

MOST_REMEMBERED = 1000
Found = tuple[PendingLaunch | None, Registration | None]


class Underway:
    """The launches that this process sent to an EHR, each with its connection as it was then.

    Recalled once; forgotten when it is over, and the oldest when there are too many. Only a
    shortcut: a callback that finds nothing here asks the store, as in any other process.
    """

    def __init__(self, clock: Clock, *, most: int = MOST_REMEMBERED) -> None:
        self._clock = clock
        self._most = most
        self._known: dict[str, tuple[PendingLaunch, Registration]] = {}
        self.taking: dict[str, asyncio.Task[Found]] = {}

    def remember(self, pending: PendingLaunch, registration: Registration) -> None:
        """Once it is in the store."""
        now = self._clock()
        for state_hash, (oldest, _registration) in tuple(self._known.items()):
            if oldest.expires_at > now and len(self._known) < self._most:
                break
            del self._known[state_hash]
        self._known[pending.state_hash] = (pending, registration)

    def recall(self, state_hash: str, tenant_id: str) -> Found | None:
        """None for what is not known here, or was brought to another tenant's callback."""
        known = self._known.pop(state_hash, None)
        return known if known is not None and known[0].tenant_id == tenant_id else None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a callback goes by. Both are None where there is nothing of the kind."""

    pending: PendingLaunch | None
    registration: Registration | None
    _taking: "asyncio.Task[Found] | None" = field(default=None, repr=False)

    async def settle(self) -> None:
        """Raises StateMismatch unless the store gave the launch to this callback, over a
        connection that is still what it was when the launch began."""
        if self._taking is None:
            return
        pending, registration = await asyncio.shield(self._taking)
        if pending is None or registration != self.registration:
            raise StateMismatch("unknown", detail="taken by another callback, or changed since")


@asynccontextmanager
async def claiming(
    underway: Underway,
    store: PendingLaunches,
    registry: IssuerRegistry,
    *,
    answer: CallbackAnswer,
    tenant_id: str,
) -> AsyncIterator[Claim]:
    """The claim of the launch that `answer.state` names. The record is gone from the store when
    this ends, whatever came of it: a state shown at a wrong address is used up all the same."""
    if answer.state is None:
        yield Claim(None, await registry.by_tenant(tenant_id))
        return
    state_hash = hash_secret(answer.state)
    if (earlier := underway.taking.get(state_hash)) is not None:
        await asyncio.wait({earlier})  # of two callbacks with one state, the first has it
    known = underway.recall(state_hash, tenant_id)
    taking = asyncio.create_task(_take(store, state_hash, tenant_id), name="take launch")
    underway.taking[state_hash] = taking
    try:
        found = await asyncio.shield(taking) if known is None else known
        yield Claim(*found, taking)
    finally:
        await asyncio.wait({taking})
        if underway.taking.get(state_hash) is taking:
            del underway.taking[state_hash]
        if not taking.cancelled():
            taking.exception()  # seen: the callback ended before it asked


async def _take(store: PendingLaunches, state_hash: str, tenant_id: str) -> Found:
    return await store.take(state_hash, tenant_id)
