"""Carries one saved intent into the EHR and records, step by step, what became of it.

A worker that lost its claim records nothing (the ledger's fence). A state is only ever what the
last read showed; without a living sign-in the intent stays where it is and says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import UNSET

from app.clinical.facts import Patient
from app.errors import DataError, FhirUnauthorized
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
from app.sync.intent_jobs import NO_ROUTE, IntentJobs
from app.sync.patient_write import ContactWrite, WriteResult
from app.sync.provenance_write import may_send_provenance, send_provenance
from app.sync.reading import Tokens
from app.sync.visits import Visit
from app.sync.write_route import Terms

LEASE = timedelta(seconds=120)
"""Longer than a whole write with its reads may take, so a living worker never loses its claim."""

OUTCOMES = {
    "in_ehr": "done",
    "noted": "done",
    "conflict": "conflict",
    "attention": "refused",
    "unknown": "unknown",
}


@dataclass(slots=True)
class WriteBack:
    """`kept` is called with the Patient that the EHR has now, so that the page shows it."""

    store: Store
    jobs: IntentJobs
    tokens_for: Callable[[Visit], Tokens]
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
        carried = await self._carry(visit, entry, self._apply)
        await self._record(visit, entry, carried.result, started)
        if carried.patient is not None:
            await self.kept(visit, carried.patient)
        if carried.terms and may_send_provenance(carried.terms, entry, carried.result):
            client = self.jobs.client_for(visit, carried.token)
            await send_provenance(client, visit, entry, carried.terms, carried.result)
        return carried.result

    async def check(self, visit: Visit, ledger_id: str) -> WriteResult:
        """Reads the EHR for a row of field changes that a person enters there; writes nothing.
        In EHR when every field is as it was meant, else the row stays and says why."""
        entry = await self._claim(visit, ledger_id)
        if entry is None:
            return NOT_CLAIMED
        started = self.clock()
        carried = await self._carry(visit, entry, self._look)
        await self._record(visit, entry, carried.result, started, kind="read_back")
        if carried.patient is not None:
            await self.kept(visit, carried.patient)
        return carried.result

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

    async def _carry(self, visit: Visit, entry: LedgerEntry, use: "_Use") -> "_Carried":
        """With the launch's token, renewed once when the EHR no longer takes it."""
        tokens = self.tokens_for(visit)
        token = await tokens.current()
        terms = await self.jobs.terms_for(visit) if token else None
        for attempt in range(2):
            if not token or terms is None:
                break
            try:
                result, patient = await use(visit, entry, token, terms)
            except FhirUnauthorized:
                token = "" if attempt else await tokens.renew(token)
                continue
            except DataError:
                return _Carried(NOT_BUILT)
            return _Carried(result, patient, token, terms)
        return _Carried(SIGN_IN_ENDED)

    async def _apply(
        self, visit: Visit, entry: LedgerEntry, token: str, terms: Terms
    ) -> tuple[WriteResult, Patient | None]:
        job = await self.jobs.build(visit, entry, token, terms)
        result = await job.apply() if job else NO_ROUTE
        return result, job.facts if isinstance(job, ContactWrite) else None

    async def _look(
        self, visit: Visit, entry: LedgerEntry, token: str, terms: Terms
    ) -> tuple[WriteResult, Patient | None]:
        job = await self.jobs.build_contact_write(visit, entry, token, terms)
        return await job.look(), job.facts

    async def _record(
        self,
        visit: Visit,
        entry: LedgerEntry,
        result: WriteResult,
        started: datetime,
        *,
        kind: str = "write",
    ) -> None:
        """What became of it, in one transaction: state, attempt, conflicts, audit."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            attempt = Attempt(
                kind=kind,
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


_Use = Callable[[Visit, LedgerEntry, str, Terms], Awaitable[tuple[WriteResult, Patient | None]]]
"""What to do with a token and the terms: apply the row, or only look."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """How an attempt ended, and with what it was made."""

    result: WriteResult
    patient: Patient | None = None
    token: str = ""
    terms: Terms | None = None


SIGN_IN_ENDED = WriteResult("waiting", "sign_in_ended")
NOT_BUILT = WriteResult("attention", "not_built")
NOT_CLAIMED = WriteResult("waiting", "not_claimed")
"""Another worker has it, it is settled, or it is not this launch's to send: nothing was done."""


def is_for(tx: TenantTx, visit: Visit, entry: LedgerEntry) -> bool:
    """Whether the intent is for this launch's patient: a launch never writes for another."""
    return entry.patient_key == tx.patient_key(visit.patient_id)


def build_progress(result: WriteResult, now: datetime) -> Progress:
    """The ledger's change for a result."""
    written = result.state in ("in_ehr", "noted")
    read = bool(result.read_back) and (written or result.state == "conflict")
    detail: Json = {"fields": [f for f, _v in result.read_back], "rounds": result.rounds}
    if result.dropped:
        detail["dropped"] = list(result.dropped)
    later = UNSET if result.retry_after_s is None else now + timedelta(seconds=result.retry_after_s)
    return Progress(
        state="saved" if result.state == "waiting" else result.state,
        error_code=result.reason,
        precondition=result.precondition,
        next_attempt_at=later,
        ehr_type=result.resource_type,
        ehr_id=result.resource_id or UNSET,
        ehr_version=result.version,
        read_back=_read_back(written=written, read=read),
        read_back_at=now if read else None,
        detail=detail,
    )


def _read_back(*, written: bool, read: bool) -> str:
    if written:
        return "matched" if read else "not_readable"
    return "differs" if read else ""


def build_audit(tx: TenantTx, visit: Visit, entry: LedgerEntry, result: WriteResult) -> AuditEntry:
    """The audit row of an attempt: codes, never values."""
    return AuditEntry(
        action="contact.written" if entry.kind.startswith("contact_") else "outreach.written",
        outcome="success" if result.state in ("in_ehr", "noted") else "failure",
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
