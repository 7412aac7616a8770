"""Conflicts after a person has looked: records the choice, and sends ours again if ours it is.

Both values stay in history. Nothing is overwritten that the person did not choose to overwrite.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.errors import NotFound
from app.outreach.contact import FieldChange
from app.store.audit import AuditEntry, append_audit
from app.store.records.conflicts import Conflict, choose_conflict, load_conflicts
from app.store.records.contacts import save_contact_value
from app.store.records.ledger import LedgerEntry, Progress, load_intent, save_state
from app.store.records.users import load_user
from app.store.transactions import TenantTx
from app.sync.desk import ContactDesk, build_intent
from app.sync.intents import parse_intent
from app.sync.visits import Visit

Choice = Literal["ours", "theirs"]
AFTER = "after"
"""In a row's detail: the ledger id of the write whose conflict it settles."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Who did something here, by name ("" when the EHR gave none), and when; `is_mine`: whoever
    looks at it now."""

    by: str
    at: datetime | None
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """A conflict that somebody settled: both values, who saved ours, and who chose."""

    conflict: Conflict
    typed: Typed
    chosen: Typed


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

    async def load_typed(self, visit: Visit, ledger_id: str) -> Typed:
        """Whose our values are. Raises NotFound for another patient's."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            entry = await require_entry_of(tx, visit, ledger_id)
            return await load_typed_of(tx, visit, entry.user_id, entry.created_at)

    async def load_past(self, visit: Visit, ledger_id: str) -> tuple[Past, ...]:
        """What was chosen before this write, or in it. Raises NotFound for another patient's."""
        async with self.desk.store.read(visit.opened.tenant_id) as tx:
            entry = await require_entry_of(tx, visit, ledger_id)
            clashed = str(entry.detail.get(AFTER) or ledger_id)
            first = await require_entry_of(tx, visit, clashed)
            typed = await load_typed_of(tx, visit, first.user_id, first.created_at)
            found = await load_conflicts(tx, visit.patient_id, ledger_id=clashed, settled=True)
            return tuple(
                [
                    Past(c, typed, await load_typed_of(tx, visit, c.chosen_by, c.chosen_at))
                    for c in found
                    if c.choice
                ]
            )

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
        intent = replace(intent, detail={AFTER: entry.ledger_id})
        return await self.desk.save_changes(tx, visit, intent, again)


async def load_typed_of(tx: TenantTx, visit: Visit, user_id: str, at: datetime | None) -> Typed:
    name = ""
    with suppress(NotFound):
        name = (await load_user(tx, user_id)).name
    return Typed(name, at, is_mine=user_id == visit.actor.user_id)


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
