"""What each tenant's own EHR says it can do: read when connected and daily, kept, known to plans.

Plans ask `load`, which looks at the store and never at the EHR. Reads the two public documents;
decides nothing about them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.errors import AppError, DataError, FhirNotFound
from app.fhir.client import FhirClient
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.capabilities import (
    Document,
    load_document,
    load_stamps,
    save_document,
)
from app.store.records.tenants import load_settings
from app.store.transactions import TenantTx
from app.vendors.capability import Capability, parse_capability
from app.vendors.capability_change import digest_capability, digest_offer
from app.vendors.site import NO_RULES, SiteRules, parse_site_rules
from app.vendors.smart import SmartOffer, parse_smart_offer

LOG = logging.getLogger(__name__)
STATEMENT = "capability_statement"
SMART = "smart_configuration"
FRESH_FOR = timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(minutes=10)
LOOK_EVERY_S = 1800.0

Stamps = dict[str, tuple[str, datetime]]
ListTenants = Callable[[], Awaitable[list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Site:
    """One tenant as its plans need it. `capability` None: never read. `read_at`: the last time."""

    capability: Capability | None = None
    offer: SmartOffer | None = None
    read_at: datetime | None = None
    rules: SiteRules = NO_RULES


@dataclass(slots=True)
class Sites:
    """One per process. `client_for(iss)` is a client without a token: both documents are public.
    `settings_of` answers a tenant's settings as they were at start.

    What another process read or an administrator changed is in force with the next `load`."""

    store: Store
    client_for: Callable[[str], FhirClient]
    clock: Callable[[], datetime]
    settings_of: Callable[[str], Mapping[str, Any]] = lambda _tenant_id: {}
    _rules: dict[str, SiteRules] = field(default_factory=dict)
    _known: dict[str, tuple[Stamps, Site]] = field(default_factory=dict)
    _tried: dict[str, datetime] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def load(self, tenant_id: str) -> Site:
        """As stored now; asks no EHR. Raises StoreUnavailable."""
        async with self.store.read(tenant_id) as tx:
            rules = parse_site_rules(await load_settings(tx))
            stamps = await load_stamps(tx)
            known = self._known.get(tenant_id)
            is_known = known is not None and known[0] == stamps
            documents = (None, None) if is_known else await load_documents(tx)
        if known is None or not is_known:
            # Half a megabyte is common; other requests need not stand still for it.
            known = (stamps, await asyncio.to_thread(build_site, *documents))
            self._known[tenant_id] = known
        self._rules[tenant_id] = rules
        return replace(known[1], rules=rules)

    def rules_of(self, tenant_id: str) -> SiteRules:
        """The site's own rules as last loaded by this process."""
        found = self._rules.get(tenant_id)
        return parse_site_rules(self.settings_of(tenant_id)) if found is None else found

    async def load_and_renew(self, tenant_id: str, iss: str) -> Site:
        """As `load`; what is missing or a day old is read again beside it, waited for by nobody."""
        site = await self.load(tenant_id)
        if self._is_due(tenant_id, site):
            self._start(tenant_id, iss)
        return site

    async def load_or_read(self, tenant_id: str, iss: str) -> Site:
        """As `load_and_renew`, but where nothing was ever read the EHR is waited for: a write is
        planned on what it says, not on nothing."""
        site = await self.load_and_renew(tenant_id, iss)
        if site.capability is not None or tenant_id not in self._reading:
            return site
        await self.settle(tenant_id)
        return await self.load(tenant_id)

    async def settle(self, tenant_id: str) -> None:
        """Wait for the reading of this tenant that is under way, if one is."""
        if task := self._reading.get(tenant_id):
            await asyncio.wait({task})

    async def refresh(self, tenant_id: str, iss: str) -> None:
        """Read both documents now and keep them. Raises FhirError, DataError, NotSaved; what was
        kept before stays."""
        now = self.clock()
        self._tried[tenant_id] = now
        client = self.client_for(iss)
        statement = (await client.fetch("metadata")).body
        capability = parse_capability(statement, asked=iss)
        smart, offer = await _fetch_smart(client)
        async with self.store.write(tenant_id) as tx:
            changed = await save_document(
                tx, STATEMENT, statement, digest=digest_capability(capability), read_at=now
            )
            if offer is not None:
                await save_document(tx, SMART, smart, digest=digest_offer(offer), read_at=now)
            if changed:
                await append_audit(tx, AuditEntry(action="capability.changed"))

    async def drain(self) -> None:
        """Stop what is being read, for a clean shutdown."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_due(self, tenant_id: str, site: Site) -> bool:
        now = self.clock()
        tried = self._tried.get(tenant_id)
        if tried is not None and now - tried < TRY_AGAIN_AFTER:
            return False
        return site.read_at is None or now - site.read_at >= FRESH_FOR

    def _start(self, tenant_id: str, iss: str) -> None:
        if tenant_id in self._reading:
            return
        task = asyncio.create_task(self._refresh_quietly(tenant_id, iss), name="read capability")
        self._reading[tenant_id] = task
        task.add_done_callback(lambda _done: self._reading.pop(tenant_id, None))

    async def _refresh_quietly(self, tenant_id: str, iss: str) -> None:
        try:
            await self.refresh(tenant_id, iss)
        except AppError as exc:
            LOG.warning("no CapabilityStatement of %s: %s", tenant_id, exc.code)


async def run_daily(
    sites: Sites,
    list_tenants: ListTenants,
    *,
    also: Callable[[str], Awaitable[None]] | None = None,
    every_s: float = LOOK_EVERY_S,
) -> None:
    """Until cancelled: each (tenant id, iss) whose documents are missing or a day old is read,
    one after the other; `also` is done for each tenant in the same round."""
    while True:
        try:
            for tenant_id, iss in await list_tenants():
                await sites.load_and_renew(tenant_id, iss)
                await sites.settle(tenant_id)
                if also is not None:
                    await also(tenant_id)
        except AppError as exc:
            LOG.warning("capability: %s", exc.code)
        await asyncio.sleep(every_s)


async def load_documents(tx: TenantTx) -> tuple[Document | None, Document | None]:
    """(CapabilityStatement, smart-configuration) as kept."""
    return await load_document(tx, STATEMENT), await load_document(tx, SMART)


def build_site(statement: Document | None, smart: Document | None) -> Site:
    """The kept documents as plans take them."""
    if statement is None:
        return Site()
    try:
        capability = parse_capability(statement.body)
        offer = parse_smart_offer(smart.body) if smart else None
    except DataError:
        # Kept by code that read it differently; the next reading replaces it.
        return Site()
    return Site(capability, offer, statement.read_at)


async def _fetch_smart(client: FhirClient) -> tuple[bytes, SmartOffer | None]:
    """An EHR without the document, or with an empty one (some answer 200 and nothing), has none."""
    try:
        body = (
            await client.fetch(".well-known/smart-configuration", accept="application/json")
        ).body
    except FhirNotFound:
        return b"", None
    return (body, parse_smart_offer(body)) if body.strip() else (b"", None)
