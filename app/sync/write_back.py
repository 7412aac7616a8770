"""Carries one saved intent into the EHR and records, step by step, what became of it.

A worker that lost its claim records nothing (the ledger's fence). A state is only ever what the
last read showed; without a living sign-in the intent stays where it is and says so.
"""

import asyncio
import logging
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.clinical.facts import Patient
from app.errors import AppError, DataError, FhirUnauthorized, FhirUnavailable, NotFound, NotSaved
from app.store.audit import append_audit
from app.store.db import Store
from app.store.records.attempts import add_attempt
from app.store.records.conflicts import NewConflict, save_conflict
from app.store.records.database_time import load_database_time
from app.store.records.due import OPEN
from app.store.records.ledger import (
    LedgerEntry,
    Progress,
    claim_intent,
    load_intent,
    save_outcome,
    save_state,
)
from app.store.records.pace import StoredPace, load_pace, save_pace
from app.store.transactions import TenantTx
from app.sync.change_there import Looking, fetch_changes
from app.sync.dispatch_retry import FAULT, NextStep, plan_next, read_heard
from app.sync.intent_jobs import NO_ROUTE, IntentJobs
from app.sync.ledger_kin import ALONE, has_kin, load_kin
from app.sync.patient_write import ContactWrite, ThereChange, WriteResult
from app.sync.provenance_write import may_send_provenance, send_provenance
from app.sync.reading import Tokens
from app.sync.throttle import plan_pace, plan_turn
from app.sync.visits import Visit
from app.sync.write_record import build_attempt, build_audit, build_progress
from app.sync.write_route import Terms

LOG = logging.getLogger(__name__)
SPREAD_S = 5.0
"""Over how long those that waited for the same pause come back."""

SENDING = Progress(state="sending", error_code="")
"""What a claim makes of the row; the attempt itself still sees the state that it was in."""

RECORD_PAUSES_S = (0.2, 0.5, 1.0, 2.0)
LEASE = timedelta(seconds=60)
ATTEMPT_S = 45.0
"""A whole attempt with all its reads ends before its claim does."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A claimed attempt: `failures` in a row that were known when it began, `at` by our clock."""

    entry: LedgerEntry
    failures: int
    at: datetime


@dataclass(slots=True)
class WriteBack:
    """`kept` is called with the Patient that the EHR has now, so that the page shows it."""

    store: Store
    jobs: IntentJobs
    tokens_for: Callable[[Visit], Tokens]
    kept: Callable[[Visit, Patient], Awaitable[None]]
    clock: Callable[[], datetime]
    worker: str
    attempt_s: float = ATTEMPT_S
    lease: timedelta = LEASE

    async def send(
        self, visit: Visit, ledger_id: str, *, tokens: Tokens | None = None
    ) -> WriteResult:
        """One claimed attempt, from "saved" to what a read shows; else NOT_CLAIMED.
        Safe to call again at any time: it begins with a read, and what the EHR already has is
        adopted. `tokens` other than the visit's own are the caller's decision."""
        begun = await self._claim(visit, ledger_id)
        if begun is None:
            return NOT_CLAIMED
        entry = begun.entry
        own = tokens or self.tokens_for(visit)
        carried = await self._attempt(visit, entry, own, self._apply)
        if carried.patient is not None:
            await self._show(visit, carried.patient)
        await self._keep(visit, begun, carried.result)
        if carried.terms and may_send_provenance(carried.terms, entry, carried.result):
            client = self.jobs.client_for(visit, carried.token)
            await send_provenance(client, visit, entry, carried.terms, carried.result)
        return carried.result

    async def _show(self, visit: Visit, patient: Patient) -> None:
        """Before the ledger says "In EHR": no page shows that beside the old value. What cannot
        be kept now comes with the next reading."""
        try:
            await self.kept(visit, patient)
        except AppError as exc:
            LOG.warning("patient not kept: %s", exc.code)

    async def check(self, visit: Visit, ledger_id: str) -> WriteResult:
        """Reads the EHR for a row of field changes that a person enters there; writes nothing.
        In EHR when every field is as it was meant, else the row stays and says why."""
        begun = await self._claim(visit, ledger_id)
        if begun is None:
            return NOT_CLAIMED
        entry = begun.entry
        carried = await self._attempt(visit, entry, self.tokens_for(visit), self._look)
        await self._keep(visit, begun, carried.result, kind="read_back")
        if carried.patient is not None:
            await self.kept(visit, carried.patient)
        return carried.result

    async def _claim(self, visit: Visit, ledger_id: str) -> _Begun | None:
        """The entry, ours for one lease by the database's time; None while another has it or the
        EHR asked to be left alone."""
        holder = f"{self.worker}/{uuid.uuid4().hex[:12]}"
        async with self.store.write(visit.opened.tenant_id) as tx:
            now = await load_database_time(tx)
            pace = await load_pace(tx)
            turn = plan_turn(pace, now)
            if turn.until is not None:
                await postpone(tx, ledger_id, pace, turn.until, now)
                return None
            if turn.pace != pace:
                await save_pace(tx, turn.pace)
            until = now + self.lease
            entry = await claim_intent(
                tx, ledger_id, worker=holder, until=until, now=now, progress=SENDING
            )
            if entry is None:
                return None
            if not is_for(tx, visit, entry):
                raise NotFound
        return _Begun(entry, turn.pace.failures, self.clock())

    async def _attempt(
        self, visit: Visit, entry: LedgerEntry, tokens: Tokens, use: "_Use"
    ) -> "_Carried":
        """Never longer than the claim lasts. A fault of ours is an outcome too: the intent is
        tried again a few times and then set aside, so that it cannot hold up others."""
        try:
            async with asyncio.timeout(self.attempt_s):
                return await self._carry(visit, entry, tokens, use)
        except TimeoutError:
            return _Carried(WriteResult("unknown", "fhir_unavailable"))
        except FhirUnavailable as exc:
            return _Carried(WriteResult("waiting", exc.code, exc.status))
        except AppError:
            raise
        except Exception as exc:
            LOG.error("write of %s failed: %s", entry.kind, type(exc).__name__)
            return _Carried(WriteResult("unknown", FAULT))

    async def _carry(
        self, visit: Visit, entry: LedgerEntry, tokens: Tokens, use: "_Use"
    ) -> "_Carried":
        """With the given tokens, renewed once when the EHR no longer takes the first."""
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
        kin = ALONE
        if has_kin(entry):
            async with self.store.read(visit.opened.tenant_id) as tx:
                kin = await load_kin(tx, entry)
        job = await self.jobs.build(visit, entry, token, terms, kin)
        result = await job.apply() if job else NO_ROUTE
        if not isinstance(job, ContactWrite):
            return result, None
        if result.clashes and job.first is not None:
            looking = Looking(job.client, visit.patient_id, job.parse, job.first, visit.today)
            found = await fetch_changes(result.clashes, looking, terms)
            result = replace(result, changes=found)
        return result, job.facts

    async def _look(
        self, visit: Visit, entry: LedgerEntry, token: str, terms: Terms
    ) -> tuple[WriteResult, Patient | None]:
        job = await self.jobs.build_contact_write(visit, entry, token, terms)
        return await job.look(), job.facts

    async def _keep(
        self,
        visit: Visit,
        begun: _Begun,
        result: WriteResult,
        *,
        kind: str = "write",
    ) -> None:
        """Record it, also if the database does not take it at first: what the EHR did is known
        here and nowhere else. A commit whose answer was lost shows as StaleWrite."""
        for pause in RECORD_PAUSES_S:
            try:
                return await self._record(visit, begun, result, kind=kind)
            except NotSaved:
                await asyncio.sleep(pause)
        await self._record(visit, begun, result, kind=kind)

    async def _record(
        self,
        visit: Visit,
        begun: _Begun,
        result: WriteResult,
        *,
        kind: str = "write",
    ) -> None:
        """What became of it, in one transaction: state, attempt, conflicts, pace, audit."""
        entry = begun.entry
        async with self.store.write(visit.opened.tenant_id) as tx:
            now = await load_database_time(tx)
            step = plan_next(result, entry.detail, entry.created_at, now, random.random())
            if kind == "read_back":  # a person asked; nothing is tried by itself
                state = "saved" if result.state == "waiting" else result.state
                step = NextStep(state, result.reason)
            await save_outcome(tx, entry, build_progress(result, step, entry.detail, tx.now))
            attempt = build_attempt(kind, result, begun.at, self.clock())
            await add_attempt(tx, entry.ledger_id, attempt, fence=entry.fence)
            await self._save_conflicts(tx, visit, entry, result)
            await self._save_pace(tx, result, now, begun.failures)
            await append_audit(tx, build_audit(tx, visit, entry, result, step))

    async def _save_pace(self, tx: TenantTx, result: WriteResult, now: datetime, seen: int) -> None:
        pace = await load_pace(tx)
        heard, wish = read_heard(result), result.retry_after_s
        after = plan_pace(pace, heard, now, seen=seen, retry_after_s=wish, spread=random.random())
        if after != pace:
            await save_pace(tx, after)

    async def _save_conflicts(
        self, tx: TenantTx, visit: Visit, entry: LedgerEntry, result: WriteResult
    ) -> None:
        for clash in result.clashes:
            there = result.changes.get(clash.field, ThereChange())
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
                    theirs_by=there.by,
                    theirs_at=there.at,
                    theirs_is_exact=there.is_exact,
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


async def postpone(
    tx: TenantTx, ledger_id: str, pace: StoredPace, until: datetime, now: datetime
) -> None:
    """Come back after the pause, not all in the same moment; a living claim is left alone."""
    entry = await load_intent(tx, ledger_id)
    is_claimed = entry.claimed_until is not None and entry.claimed_until > now
    if entry.state not in OPEN or is_claimed:
        return
    later = until + timedelta(seconds=random.random() * SPREAD_S)
    wait = Progress(next_attempt_at=later, error_code=pace.reason)
    await save_state(tx, ledger_id, wait, version=entry.version)
