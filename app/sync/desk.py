"""The contact desk: what a person saves here, and its way into the EHR.

One intent per save and destination, in one transaction with our own values and the audit row; then
the write. The screen says what the ledger says, and the ledger what a fresh read showed.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from app.clinical.facts import Patient
from app.errors import AppError
from app.outreach.contact import FieldChange, ParsedForm, parse_contact_form, read_contact
from app.settings import Patience
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.contacts import load_contact_values, save_contact_value
from app.store.records.database_time import load_database_time
from app.store.records.due import OPEN, WAITS_FOR_SIGN_IN
from app.store.records.ledger import (
    LedgerEntry,
    NewIntent,
    load_intent,
    load_ledger,
    save_intent,
)
from app.store.transactions import TenantTx
from app.sync.contact_payload import KEPT_HERE, is_writable
from app.sync.intents import build_changes
from app.sync.send_intent import may_send
from app.sync.visits import Visit
from app.sync.write_back import NOT_CLAIMED
from app.sync.write_route import NOT_SENT

LOG = logging.getLogger(__name__)
LOOK_EVERY_S = 0.1
Send = Callable[[Visit, str], Awaitable[object]]
PlanRoute = Callable[[Visit, str], Awaitable[tuple[str, str]]]
Enqueue = Callable[[TenantTx, str], Awaitable[None]]
"""Makes the job of a ledger row, in the transaction that saves the row."""


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """`errors` when nothing was saved; `ledger_ids` of what was, in the form's order."""

    errors: Mapping[str, str] = field(default_factory=dict)
    ledger_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class ContactDesk:
    """`send` carries one intent to the EHR (write_back.WriteBack.send); `plan` answers an intent
    kind's plan and the reason for it (write_route.WriteRoutes.plan_intent); `enqueue` sees to it
    that the intent is sent even if this process ends; `wait_s` is how long a page waits for it."""

    store: Store
    send: Send
    plan: PlanRoute
    enqueue: Enqueue
    wait_s: float = Patience().save_s
    _sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def save(
        self, visit: Visit, *, form: Mapping[str, str], base: Mapping[str, str], key: str
    ) -> SaveOutcome:
        """Save what was edited and start its write; waits a moment for the EHR, not for long.

        `key` makes it idempotent: a double click or a resubmitted form finds the first intent.
        Raises KeyReused when the key comes back with other values.
        """
        parsed = parse_contact_form(form, base)
        if parsed.errors:
            return SaveOutcome(errors=parsed.errors)
        if not parsed.changes:
            return SaveOutcome()
        entries = await self._save_all(visit, parsed, key)
        await self.start_and_wait(visit, [e for e in entries if e.plan not in NOT_SENT])
        return SaveOutcome(ledger_ids=tuple(e.ledger_id for e in entries))

    async def _save_all(self, visit: Visit, parsed: ParsedForm, key: str) -> list[LedgerEntry]:
        groups = (
            ("contact_detail", [c for c in parsed.changes if is_writable(c)]),
            ("contact_preference", [c for c in parsed.changes if not is_writable(c)]),
        )
        planned = [(k, c, *await self.plan(visit, k)) for k, c in groups if c]
        entries: list[LedgerEntry] = []
        async with self.store.write(visit.opened.tenant_id) as tx:
            for kind, changes, plan, why in planned:
                intent = build_intent(visit, kind, changes, plan, why, key)
                entries.append(await self.save_changes(tx, visit, intent, changes))
        return entries

    async def save_changes(
        self, tx: TenantTx, visit: Visit, intent: NewIntent, changes: list[FieldChange]
    ) -> LedgerEntry:
        """Ledger row, our own values, the audit row and the job, all in the caller's
        transaction."""
        entry, is_new = await save_intent(tx, intent)
        if not is_new:
            return entry
        for change in changes:
            await save_contact_value(
                tx,
                visit.patient_id,
                change.field,
                change.after,
                saved_by=visit.actor.user_id,
                ledger_id=entry.ledger_id,
            )
        await append_audit(tx, build_saved(tx, visit, entry, intent))
        if entry.plan not in NOT_SENT:
            await self.enqueue(tx, entry.ledger_id)
        return entry

    async def start_own(self, visit: Visit, entry: LedgerEntry) -> None:
        """As `start_and_wait`, if this sign-in may carry the row; else the author's will."""
        if may_send(visit, entry):
            saved = replace(entry, state="saved")
            await self.start_and_wait(visit, [saved])

    async def start_and_wait(self, visit: Visit, entries: list[LedgerEntry]) -> None:
        tasks = [self._begin(visit, e.ledger_id) for e in entries if e.state in OPEN]
        if tasks:
            await asyncio.wait(tasks, timeout=self.wait_s)

    def _begin(self, visit: Visit, ledger_id: str) -> asyncio.Task[None]:
        running = self._sending.get(ledger_id)
        if running is None:
            running = asyncio.create_task(self._send(visit, ledger_id), name="write back")
            self._sending[ledger_id] = running
            running.add_done_callback(lambda _t: self._sending.pop(ledger_id, None))
        return running

    async def _send(self, visit: Visit, ledger_id: str) -> None:
        try:
            if await self.send(visit, ledger_id) == NOT_CLAIMED:
                await self._wait_for_another(visit, ledger_id)
        except AppError as exc:
            LOG.warning("write left for later: %s", exc.code)
        except Exception as exc:
            LOG.error("write left for later: %s", type(exc).__name__)

    async def _wait_for_another(self, visit: Visit, ledger_id: str) -> None:
        """The row's own job may have been faster: a page that looked now would say "Sending" of
        what the EHR is about to take."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.wait_s):
                while await self._is_held(visit, ledger_id):
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _is_held(self, visit: Visit, ledger_id: str) -> bool:
        async with self.store.read(visit.opened.tenant_id) as tx:
            entry = await load_intent(tx, ledger_id)
            until = entry.claimed_until
            return until is not None and until > await load_database_time(tx)

    async def load_values(self, visit: Visit, patient: Patient) -> dict[str, str]:
        """Every field as the EHR holds it; our own for those that no EHR element carries."""
        values = read_contact(patient, today=visit.today)
        async with self.store.read(visit.opened.tenant_id) as tx:
            saved = await load_contact_values(tx, visit.patient_id)
        return values | {v.field: str(v.value) for v in saved if v.field in KEPT_HERE}

    async def load_rows(self, visit: Visit) -> tuple[LedgerEntry, ...]:
        """This patient's ledger, newest first."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            return await load_ledger(tx, visit.patient_id)

    def resume(self, visit: Visit, rows: tuple[LedgerEntry, ...]) -> tuple[LedgerEntry, ...]:
        """Go on with what an ended sign-in or a stopped process left behind, in the background.
        The rows as they are from now on: what begins is on its way, unless it is this launch's own
        sign-in that has ended.

        Only a person's own edits, and only while they still may edit: the EHR writes down whose
        token it was. Sending again is safe: it begins with a read, and what the EHR already has
        is adopted.
        """
        return tuple([self._resume_one(visit, row) for row in rows])

    def _resume_one(self, visit: Visit, row: LedgerEntry) -> LedgerEntry:
        is_due = row.next_attempt_at is None or row.next_attempt_at <= visit.now
        waits = row.state in OPEN and row.plan not in NOT_SENT and is_due
        if not (waits and may_send(visit, row)):
            return row
        self._begin(visit, row.ledger_id)
        is_own = row.launch_id == visit.opened.launch_id
        if row.state != "saved" or (is_own and row.error_code == WAITS_FOR_SIGN_IN):
            return row
        return replace(row, state="sending", error_code="", updated_at=visit.now)

    async def drain(self, timeout_s: float = 20.0) -> None:
        """For a clean shutdown: let writes that have begun come to an end."""
        if self._sending:
            await asyncio.wait(set(self._sending.values()), timeout=timeout_s)


def build_intent(
    visit: Visit, kind: str, changes: list[FieldChange], plan: str, reason: str, key: str
) -> NewIntent:
    """The ledger's row for one group of changes of one save."""
    return NewIntent(
        ledger_id=str(uuid.uuid4()),
        patient_id=visit.patient_id,
        kind=kind,
        idempotency_key=f"{visit.opened.launch_id}:{key}:{kind}",
        intent=build_changes(changes),
        subject=",".join(c.field for c in changes),
        launch_id=visit.opened.launch_id,
        user_id=visit.actor.user_id,
        plan=plan,
        plan_reason=reason,
    )


def build_saved(tx: TenantTx, visit: Visit, entry: LedgerEntry, intent: NewIntent) -> AuditEntry:
    """The audit row of a save: which fields, never values."""
    return AuditEntry(
        action="contact.saved",
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=tx.patient_key(visit.patient_id),
        detail={"ledger": entry.ledger_id, "fields": intent.subject, "plan": intent.plan},
    )
