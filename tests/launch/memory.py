"""The launch's ports in memory, for tests: each as strict as a database would be."""

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from launch.issuers import canonical_iss
from launch.jwks import generate_key
from launch.models import (
    ClientKey,
    LaunchEvent,
    OpenedLaunch,
    PendingLaunch,
    Registration,
    StoredLaunch,
    StoredTokens,
    TokenSet,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class MovableClock:
    """Stands still until moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)


def real_clock() -> datetime:
    return datetime.now(UTC)


def random_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass
class MemoryRegistry:
    registrations: list[Registration] = field(default_factory=list)

    async def find(self, iss: str) -> Registration | None:
        for registration in self.registrations:
            if canonical_iss(registration.iss, allow_http=True) == iss:
                return registration
        return None

    async def by_tenant(self, tenant_id: str) -> Registration | None:
        for registration in self.registrations:
            if registration.tenant_id == tenant_id:
                return registration
        return None


@dataclass
class MemoryPins:
    pinned: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def load_pins(self, tenant_id: str) -> tuple[str, ...] | None:
        return self.pinned.get(tenant_id)

    async def save_pins(self, tenant_id: str, hosts: tuple[str, ...]) -> None:
        self.pinned.setdefault(tenant_id, hosts)


@dataclass
class MemoryAudit:
    events: list[LaunchEvent] = field(default_factory=list)

    async def record(self, event: LaunchEvent) -> None:
        self.events.append(event)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@dataclass
class MemoryPending:
    registry: MemoryRegistry
    records: dict[str, PendingLaunch] = field(default_factory=dict)

    async def save(self, pending: PendingLaunch) -> None:
        self.records[pending.state_hash] = pending

    async def take(
        self, state_hash: str, tenant_id: str
    ) -> tuple[PendingLaunch | None, Registration | None]:
        await asyncio.sleep(0)
        pending = self.records.pop(state_hash, None)
        return pending, await self.registry.by_tenant(tenant_id)


@dataclass
class Lease:
    holder: str
    until: datetime


@dataclass
class MemoryStore:
    """LaunchStore and TokenStore over the same rows, as the real one is."""

    audit: MemoryAudit
    launches: dict[str, StoredLaunch] = field(default_factory=dict)
    tokens: dict[str, StoredTokens] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)

    async def save_launch(
        self,
        opened: OpenedLaunch,
        tokens: TokenSet,
        *,
        session_hash: str,
        held: bool,
        audit: LaunchEvent,
    ) -> None:
        assert opened.launch_id not in self.launches
        await self.audit.record(audit)
        self.launches[opened.launch_id] = StoredLaunch(opened, session_hash, held=held)
        self.tokens[opened.launch_id] = StoredTokens(tokens, 1)

    async def load_launch(self, launch_id: str) -> StoredLaunch | None:
        return self.launches.get(launch_id)

    async def claim_launch(
        self, launch_id: str, *, held_hash: str, session_hash: str, audit: LaunchEvent
    ) -> bool:
        stored = self.launches.get(launch_id)
        if stored is None or not stored.held or stored.ended or stored.session_hash != held_hash:
            return False
        self.launches[launch_id] = replace(stored, session_hash=session_hash, held=False)
        await self.audit.record(audit)
        return True

    async def end_launch(self, launch_id: str, *, audit: LaunchEvent) -> None:
        self.launches[launch_id] = replace(self.launches[launch_id], ended=True)
        self.tokens.pop(launch_id, None)
        await self.audit.record(audit)

    async def load_tokens(self, launch_id: str) -> StoredTokens | None:
        await asyncio.sleep(0)
        return self.tokens.get(launch_id)

    async def acquire_refresh(
        self, launch_id: str, *, version: int, holder: str, now: datetime, until: datetime
    ) -> bool:
        stored, lease = self.tokens.get(launch_id), self.leases.get(launch_id)
        if stored is None or stored.version != version:
            return False
        if lease is not None and lease.until > now and lease.holder != holder:
            return False
        self.leases[launch_id] = Lease(holder, until)
        return True

    async def swap_tokens(
        self, launch_id: str, *, version: int, tokens: TokenSet, audit: LaunchEvent
    ) -> bool:
        stored = self.tokens.get(launch_id)
        if stored is None or stored.version != version:
            return False
        self.tokens[launch_id] = StoredTokens(tokens, version + 1)
        self.leases.pop(launch_id, None)
        await self.audit.record(audit)
        return True

    async def release_refresh(self, launch_id: str, *, holder: str) -> None:
        lease = self.leases.get(launch_id)
        if lease is not None and lease.holder == holder:
            del self.leases[launch_id]


@dataclass
class MemoryKeys:
    keys: tuple[ClientKey, ...]

    async def load_keys(self) -> tuple[ClientKey, ...]:
        return self.keys


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CLIENT_KEYS = (
    generate_key("ES384", kid="es-1", active_from=LONG_AGO),
    generate_key("RS384", kid="rs-1", active_from=LONG_AGO),
)
