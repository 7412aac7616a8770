"""Which sign-in may carry a saved intent when no page is sending it. Sends by send_intent only.

The user's own, of the launch that saved it or of a later one for the same patient; anybody's who
may, for what nobody saved (a patient's reply). The backend client's only for kinds of intent that
the tenant allows it for. Else the intent waits, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.store.db import Store
from app.store.records.database_time import load_database_time
from app.store.records.due import WAITS_FOR_SIGN_IN
from app.store.records.ledger import LedgerEntry, load_intent
from app.store.records.sessions import load_launches_of
from app.store.records.tenants import load_tenant
from app.sync.intents import WITHDRAWN
from app.sync.reading import Tokens
from app.sync.send_intent import IntentSender

BACKEND_INTENTS = "backend_intents"
"""Tenant setting: kinds of intent that may go out with the backend client's token."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """`backend_for` gives the tokens of a tenant's backend client."""

    store: Store
    sender: IntentSender
    backend_for: Callable[[str], Tokens]

    async def send_intent(self, tenant_id: str, ledger_id: str) -> None:
        """One try with each sign-in that may carry it, until one does; nothing when it is settled
        or somebody else has it. Safe to run again at any point.

        Raises NotFound, StaleWrite, and NotSaved or StoreUnavailable without a database.
        """
        entry = await self._load_due(tenant_id, ledger_id)
        if entry is None:
            return
        result = await self.sender.send_entry(tenant_id, entry)
        if result.reason != WAITS_FOR_SIGN_IN:
            return
        for launch_id in await self._find_later(tenant_id, ledger_id):
            result = await self.sender.send_intent(tenant_id, ledger_id, launch_id=launch_id)
            if result.reason != WAITS_FOR_SIGN_IN:
                return
        if await self._allows_backend(tenant_id, ledger_id):
            tokens = self.backend_for(tenant_id)
            await self.sender.send_intent(tenant_id, ledger_id, tokens=tokens)

    async def _load_due(self, tenant_id: str, ledger_id: str) -> LedgerEntry | None:
        """None for a row that was put off after the job was made: another one comes when it is
        due."""
        async with self.store.read(tenant_id) as tx:
            entry = await load_intent(tx, ledger_id)
            if entry.next_attempt_at is None:
                return entry
            return entry if entry.next_attempt_at <= await load_database_time(tx) else None

    async def _find_later(self, tenant_id: str, ledger_id: str) -> tuple[str, ...]:
        """The author's other launches of this patient, the newest first; everybody's where nobody
        is the author."""
        async with self.store.read(tenant_id) as tx:
            entry = await load_intent(tx, ledger_id)
            found = await load_launches_of(tx, entry.user_id, entry.patient_key)
        return tuple(launch_id for launch_id in found if launch_id != entry.launch_id)

    async def _allows_backend(self, tenant_id: str, ledger_id: str) -> bool:
        async with self.store.read(tenant_id) as tx:
            entry, tenant = await load_intent(tx, ledger_id), await load_tenant(tx)
        has_client = tenant.registration.backend_client_id is not None
        kind = "planned_outreach" if entry.kind == WITHDRAWN else entry.kind
        return has_client and kind in tenant.settings.get(BACKEND_INTENTS, ())
