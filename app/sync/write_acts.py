"""What a person may do about one write: send it again, hand it over, say that it is entered.

Each is one audited change of the ledger row, refused while a worker has the row in hand. It never
says that the EHR has something because somebody said so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.errors import NotFound, StaleWrite
from app.security.access import Action, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.attempts import Attempt, load_attempts
from app.store.records.ledger import (
    SETTLED,
    LedgerEntry,
    Progress,
    load_intent,
    load_tenant_ledger,
    save_state,
)
from app.store.records.ledger_counts import count_states
from app.store.transactions import TenantTx
from app.sync.desk import ContactDesk
from app.sync.intents import parse_content
from app.sync.payloads.work_item import can_check
from app.sync.resolve import AFTER
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT, PERSON

Check = Callable[[Visit, str], Awaitable[object]]
LOOKED = "looked"
"""In the row's detail: a person looked into the EHR and found nothing, so it may be sent again."""

HANDED = Progress(state="saved", error_code="", plan=PERSON, plan_reason="handed_over")
SHOWN = 100
"""Rows of the tenant's ledger on one page."""


@dataclass(frozen=True, slots=True)
class WriteActs:
    """`check` reads the EHR for one row and records what it shows (write_back.WriteBack.check)."""

    store: Store
    desk: ContactDesk
    check: Check

    async def load(self, visit: Visit, ledger_id: str) -> tuple[LedgerEntry, tuple[Attempt, ...]]:
        """One write of this launch's patient. Raises NotFound for another's."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            entry = await _load_own(tx, visit, ledger_id)
            return entry, await load_attempts(tx, ledger_id)

    async def send_again(self, visit: Visit, ledger_id: str) -> None:
        """Back to the start, with the author's own sign-in as ever. Where the outcome could not
        be found out, this is the person's word that the EHR does not have it."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = await _load_free(tx, visit, ledger_id)
            if entry.plan in NOT_SENT:
                raise NotFound
            looked: dict[str, object] = (
                {LOOKED: True} if entry.error_code == "outcome_unknown" else {}
            )
            after = {AFTER: entry.detail[AFTER]} if AFTER in entry.detail else {}
            detail = looked | after | {"since": tx.now.isoformat()}
            progress = Progress(state="saved", error_code="", next_attempt_at=None, detail=detail)
            await _change(tx, visit, entry, progress, "write.sent_again")
        await self.desk.start_own(visit, entry)

    async def hand_over(self, visit: Visit, ledger_id: str) -> None:
        """Nothing is sent any more: a person enters it."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = await _load_free(tx, visit, ledger_id)
            await _change(tx, visit, entry, HANDED, "write.handed_over")

    async def hand_over_any(self, visit: Visit, ledger_id: str) -> None:
        """As `hand_over`, for any row of the tenant: for those who look after the ledger."""
        require_may(visit.actor, Action.LEDGER_VIEW)
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = require_free(tx, await load_intent(tx, ledger_id))
            await _change(tx, visit, entry, HANDED, "write.handed_over")

    async def load_tenant(
        self, visit: Visit, state: str
    ) -> tuple[tuple[LedgerEntry, ...], dict[str, int]]:
        """The newest rows of the whole tenant, in `state` unless "", and how many each has;
        that they were shown is recorded."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            await append_audit(
                tx,
                AuditEntry(
                    action="ledger.view",
                    actor_id=visit.actor.user_id,
                    launch_id=visit.opened.launch_id,
                    detail={"state": state},
                ),
            )
            states = (state,) if state else ()
            return await load_tenant_ledger(tx, states=states, limit=SHOWN), await count_states(tx)

    async def confirm(self, visit: Visit, ledger_id: str) -> None:
        """A person says that it is entered. Where the EHR can be read it is read, and only that
        decides; else their word is kept as their word."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = await _load_free(tx, visit, ledger_id)
            if entry.plan not in NOT_SENT:
                raise NotFound
            checkable = can_check(parse_content(entry.kind, entry.intent))
            progress = Progress(
                error_code="" if checkable else "entered_by_person",
                detail={"entered_by": visit.actor.user_id, "entered_at": tx.now.isoformat()},
            )
            await _change(tx, visit, entry, progress, "write.entered")
        if checkable:
            await self.check(visit, ledger_id)


async def _load_own(tx: TenantTx, visit: Visit, ledger_id: str) -> LedgerEntry:
    entry = await load_intent(tx, ledger_id)
    if entry.patient_key != tx.patient_key(visit.patient_id):
        raise NotFound
    return entry


async def _load_free(tx: TenantTx, visit: Visit, ledger_id: str) -> LedgerEntry:
    return require_free(tx, await _load_own(tx, visit, ledger_id))


def require_free(tx: TenantTx, entry: LedgerEntry) -> LedgerEntry:
    """Raises StaleWrite when it is being sent this moment, NotFound when it is over."""
    if entry.state in SETTLED or entry.state == "conflict":
        raise NotFound
    if entry.claimed_until is not None and entry.claimed_until > tx.now:
        raise StaleWrite
    return entry


async def _change(
    tx: TenantTx, visit: Visit, entry: LedgerEntry, progress: Progress, action: str
) -> None:
    await save_state(tx, entry.ledger_id, progress, version=entry.version)
    await append_audit(
        tx,
        AuditEntry(
            action=action,
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            patient_key=entry.patient_key,
            detail={"ledger": entry.ledger_id, "state": entry.state, "reason": entry.error_code},
        ),
    )
