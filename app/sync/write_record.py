"""What an attempt to write leaves behind: its line, the row's change, its audit row. Pure; the
result says what the EHR did, the step what follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET

from app.store.audit import AuditEntry
from app.store.records.attempts import Attempt
from app.store.records.ledger import LedgerEntry, Progress
from app.store.transactions import TenantTx
from app.sync.contact_payload import Json
from app.sync.dispatch_retry import NextStep
from app.sync.patient_write import WriteResult
from app.sync.visits import Visit
from app.sync.write_route import PERSON

KEPT = ("since", "after")
"""What an attempt leaves in a row's detail: when it was sent on again, and after which conflict."""

OUTCOMES = {
    "in_ehr": "done",
    "noted": "done",
    "conflict": "conflict",
    "attention": "refused",
    "unknown": "unknown",
}


def build_attempt(kind: str, result: WriteResult, started: datetime, ended: datetime) -> Attempt:
    """The ledger's line about one try: codes and times."""
    return Attempt(
        kind=kind,
        outcome=OUTCOMES.get(result.state, "unavailable"),
        started_at=started,
        ended_at=ended,
        status=result.status,
        error_code=result.reason,
        precondition=result.precondition,
    )


def build_progress(
    result: WriteResult, step: NextStep, before: Mapping[str, Any], now: datetime
) -> Progress:
    """The ledger's change for a result; `before` is the entry's detail."""
    written = result.state in ("in_ehr", "noted")
    read = bool(result.read_back) and (written or result.state == "conflict")
    detail: Json = {"fields": [f for f, _v in result.read_back], "rounds": result.rounds}
    detail |= {"tries": step.tries} | {n: before[n] for n in KEPT if n in before}
    if result.dropped:
        detail["dropped"] = list(result.dropped)
    return Progress(
        state=step.state,
        error_code=step.error_code,
        plan=PERSON if result.by_hand else UNSET,
        plan_reason=result.reason if result.by_hand else UNSET,
        precondition=result.precondition,
        next_attempt_at=step.again_at,
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


def build_audit(
    tx: TenantTx, visit: Visit, entry: LedgerEntry, result: WriteResult, step: NextStep
) -> AuditEntry:
    """The audit row of an attempt: codes, never values."""
    return AuditEntry(
        action="contact.written" if entry.kind.startswith("contact_") else "outreach.written",
        outcome="success" if result.state in ("in_ehr", "noted", "cancelled") else "failure",
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=tx.patient_key(visit.patient_id),
        detail={
            "ledger": entry.ledger_id,
            "state": step.state,
            "reason": step.error_code,
            "version": result.version,
        },
    )
