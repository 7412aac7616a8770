"""Carries one saved intent into the EHR and records, step by step, what became of it.

A worker that lost its claim records nothing (the ledger's fence). A state is only ever what the
last read showed; without a living sign-in the intent stays where it is and says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from app.clinical.facts import Patient
from app.errors import FhirUnauthorized
from app.fhir.client import FhirClient
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.attempts import Attempt, save_attempt
from app.store.records.conflicts import NewConflict, save_conflict
from app.store.records.ledger import (
    LedgerEntry,
    Progress,
    claim_intent,
    release_intent,
    save_state,
)
from app.store.transactions import TenantTx
from app.sync.contact_payload import Json
from app.sync.intents import parse_intent
from app.sync.patient_write import ContactWrite, Identity, Route, WriteResult
from app.sync.reading import Tokens
from app.sync.visits import Visit

LEASE = timedelta(seconds=120)
"""Longer than a whole write with its reads may take, so a living worker never loses its claim."""

OUTCOMES = {"in_ehr": "done", "conflict": "conflict", "attention": "refused", "unknown": "unknown"}


@dataclass(slots=True)
class WriteBack:
    """`identity` names the person on the visit's screen, from the stored chart; `kept` is called
    with the Patient that the EHR has now, so that the page shows it."""

    store: Store
    client_for: Callable[[Visit, str], FhirClient]
    tokens_for: Callable[[Visit], Tokens]
    parse_for: Callable[[Visit], Callable[[bytes], Patient | None]]
    identity: Callable[[Visit], Awaitable[Identity]]
    kept: Callable[[Visit, Patient], Awaitable[None]]
    clock: Callable[[], datetime]
    worker: str

    async def send(self, visit: Visit, ledger_id: str) -> WriteResult:
        """One claimed attempt, from "saved" to what a read shows. Safe to call again at any time:
        it begins with a read, and what the EHR already has is adopted."""
        entry = await self._claim(visit, ledger_id)
        if entry is None:
            return NOT_CLAIMED
        started = self.clock()
        token = await self.tokens_for(visit).current()
        result, facts = await self._write(visit, entry, token) if token else (SIGN_IN_ENDED, None)
        await self._record(visit, entry, result, started)
        if facts is not None:
            await self.kept(visit, facts)
        return result

    async def _claim(self, visit: Visit, ledger_id: str) -> LedgerEntry | None:
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = await claim_intent(tx, ledger_id, worker=self.worker, until=tx.now + LEASE)
            if entry is None or not is_for(tx, visit, entry):
                return None
            await save_state(
                tx,
                ledger_id,
                Progress(state="sending", error_code=""),
                version=entry.version,
                fence=entry.fence,
            )
        return entry

    async def _write(
        self, visit: Visit, entry: LedgerEntry, token: str
    ) -> tuple[WriteResult, Patient | None]:
        identity = await self.identity(visit)
        for attempt in range(2):
            write = ContactWrite(
                client=self.client_for(visit, token),
                identity=identity,
                changes=parse_intent(entry.intent),
                route=cast(Route, entry.plan),
                parse=self.parse_for(visit),
                today=visit.today,
            )
            try:
                return await write.apply(), write.facts
            except FhirUnauthorized:
                token = "" if attempt else await self.tokens_for(visit).renew(token)
                if not token:
                    break
        return SIGN_IN_ENDED, None

    async def _record(
        self, visit: Visit, entry: LedgerEntry, result: WriteResult, started: datetime
    ) -> None:
        """What became of it, in one transaction: state, attempt, conflicts, audit."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            attempt = Attempt(
                kind="write",
                outcome=OUTCOMES.get(result.state, "unavailable"),
                started_at=started,
                ended_at=self.clock(),
                status=result.status,
                error_code=result.reason,
                precondition=result.precondition,
            )
            progress = build_progress(result, tx.now)
            # The claim's own change was the first, so ours names the version after it.
            await save_state(
                tx, entry.ledger_id, progress, version=entry.version + 1, fence=entry.fence
            )
            await save_attempt(tx, entry.ledger_id, attempt, fence=entry.fence)
            await release_intent(tx, entry.ledger_id, fence=entry.fence)
            await self._save_conflicts(tx, visit, entry, result)
            await append_audit(tx, build_audit(tx, visit, entry, result))

    async def _save_conflicts(
        self, tx: TenantTx, visit: Visit, entry: LedgerEntry, result: WriteResult
    ) -> None:
        for clash in result.clashes:
            await save_conflict(
                tx,
                NewConflict(
                    ledger_id=entry.ledger_id,
                    patient_id=visit.patient_id,
                    field=clash.field,
                    base=clash.before,
                    ours=clash.ours,
                    theirs=clash.theirs,
                    ehr_version=result.version,
                ),
            )


SIGN_IN_ENDED = WriteResult("waiting", "sign_in_ended")
NOT_CLAIMED = WriteResult("waiting", "not_claimed")
"""Another worker has it, it is settled, or it is not this launch's to send: nothing was done."""


def is_for(tx: TenantTx, visit: Visit, entry: LedgerEntry) -> bool:
    """Whether the intent is for this launch's patient: a launch never writes for another."""
    return entry.patient_key == tx.patient_key(visit.patient_id)


def build_progress(result: WriteResult, now: datetime) -> Progress:
    """The ledger's change for a result."""
    state = "saved" if result.state == "waiting" else result.state
    done = result.state in ("in_ehr", "conflict")
    detail: Json = {"fields": [f for f, _v in result.read_back], "rounds": result.rounds}
    return Progress(
        state=state,
        error_code=result.reason,
        precondition=result.precondition,
        ehr_type="Patient",
        ehr_version=result.version,
        read_back="matched" if result.state == "in_ehr" else "differs" if done else "",
        read_back_at=now if done else None,
        detail=detail,
    )


def build_audit(tx: TenantTx, visit: Visit, entry: LedgerEntry, result: WriteResult) -> AuditEntry:
    """The audit row of an attempt: codes, never values."""
    return AuditEntry(
        action="contact.written",
        outcome="success" if result.state == "in_ehr" else "failure",
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=tx.patient_key(visit.patient_id),
        detail={
            "ledger": entry.ledger_id,
            "state": result.state,
            "reason": result.reason,
            "version": result.version,
        },
    )
