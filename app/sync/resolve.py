"""Conflicts after a person has looked: records the choice, and sends ours again if ours it is.

Both values stay in history. Nothing is overwritten that the person did not choose to overwrite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.errors import NotFound
from app.outreach.contact import FieldChange
from app.store.audit import AuditEntry, append_audit
from app.store.records.conflicts import Conflict, choose_conflict, load_conflicts
from app.store.records.contacts import save_contact_value
from app.store.records.ledger import LedgerEntry, Progress, load_intent, save_state
from app.store.transactions import TenantTx
from app.sync.desk import ContactDesk, build_intent
from app.sync.intents import parse_intent
from app.sync.visits import Visit

Choice = Literal["ours", "theirs"]


@dataclass(slots=True)
class Resolver:
    """Works on one patient's conflicts at a time; a launch sees only its own patient's."""

    desk: ContactDesk

    async def load_open(self, visit: Visit, ledger_id: str) -> tuple[Conflict, ...]:
        """The open conflicts of one write of this patient. Raises NotFound for another's."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            await require_entry_of(tx, visit, ledger_id)
            return await load_conflicts(tx, visit.patient_id, ledger_id=ledger_id)

    async def count_clear(self, visit: Visit, ledger_id: str) -> int:
        """How many fields of the same save had no clash."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            entry = await require_entry_of(tx, visit, ledger_id)
            conflicts = await load_conflicts(
                tx, visit.patient_id, ledger_id=ledger_id, settled=True
            )
        return len(parse_intent(entry.intent)) - len({c.field for c in conflicts})

    async def choose(self, visit: Visit, ledger_id: str, choices: Mapping[str, Choice]) -> None:
        """Settle the write; what was chosen as ours goes out as a new write over what the EHR
        had when the person looked, so that a third change is a new conflict."""
        async with self.desk.store.write(visit.opened.tenant_id) as tx:
            entry = await require_entry_of(tx, visit, ledger_id)
            again: list[FieldChange] = []
            for conflict in await load_conflicts(tx, visit.patient_id, ledger_id=ledger_id):
                choice = choices[conflict.field]
                await choose_conflict(
                    tx, conflict.conflict_id, choice, chosen_by=visit.actor.user_id
                )
                if choice == "ours":
                    change = FieldChange(conflict.field, str(conflict.theirs), str(conflict.ours))
                    again.append(change)
                else:
                    await keep_theirs(tx, visit, conflict)
            await settle(tx, visit, entry)
            following = await self._follow(tx, visit, entry, again)
        if following is not None:
            await self.desk.start_and_wait(visit, [following])

    async def _follow(
        self, tx: TenantTx, visit: Visit, entry: LedgerEntry, again: list[FieldChange]
    ) -> LedgerEntry | None:
        if not again:
            return None
        key = f"after:{entry.ledger_id}:{entry.version}"
        intent = build_intent(visit, entry.kind, again, entry.plan, entry.plan_reason, key)
        return await self.desk.save_changes(tx, visit, intent, again)


async def require_entry_of(tx: TenantTx, visit: Visit, ledger_id: str) -> LedgerEntry:
    """The entry, if it is about this launch's patient. Raises NotFound otherwise."""
    entry = await load_intent(tx, ledger_id)
    if entry.patient_key != tx.patient_key(visit.patient_id):
        raise NotFound
    return entry


async def keep_theirs(tx: TenantTx, visit: Visit, conflict: Conflict) -> None:
    """Our value gives way; it stays in history."""
    await save_contact_value(
        tx,
        visit.patient_id,
        conflict.field,
        conflict.theirs,
        saved_by=visit.actor.user_id,
        ledger_id=conflict.ledger_id,
    )


async def settle(tx: TenantTx, visit: Visit, entry: LedgerEntry) -> None:
    """The conflicting write is over; the audit row says who chose."""
    await save_state(
        tx, entry.ledger_id, Progress(state="cancelled", error_code="chosen"), version=entry.version
    )
    await append_audit(
        tx,
        AuditEntry(
            action="conflict.chosen",
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            patient_key=tx.patient_key(visit.patient_id),
            detail={"ledger": entry.ledger_id},
        ),
    )
