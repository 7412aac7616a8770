"""What the log says about one patient, and its rows for export. Adds and judges nothing."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.store.tables.audit import AUDIT
from app.store.transactions import AnyRow, TenantTx

EXEMPT = frozenset({"TREAT", "HPAYMT", "HOPERAT", "PATRQT"})
"""Purposes outside the accounting of 45 CFR 164.528(a)(1): treatment, payment, operations, and
what went to the individual."""
YEARS = 6
"""How far back a patient may ask, 45 CFR 164.528(a)(1)."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A row of the log as it stands there."""

    tenant_id: str
    seq: int
    at: datetime
    actor_id: str
    launch_id: str
    patient_key: str
    action: str
    outcome: str
    purpose: str
    request_id: str
    detail: Mapping[str, str | int | bool]

    @property
    def is_exempt(self) -> bool:
        """Whether the accounting may leave it out."""
        return self.purpose in EXEMPT


async def load_patient_history(
    tx: TenantTx, patient_id: str, *, with_exempt: bool = True
) -> tuple[AuditRecord, ...]:
    """Who did what with this patient's record in the last six years, oldest first."""
    since = _years_before(tx.now, YEARS)
    mine = (AUDIT.c.patient_key == tx.patient_key(patient_id), AUDIT.c.at >= since)
    rows = await tx.all(tx.select(AUDIT).where(*mine).order_by(AUDIT.c.seq))
    records = tuple(_read(row) for row in rows)
    return tuple(record for record in records if with_exempt or not record.is_exempt)


async def load_records(tx: TenantTx, *, after: int = 0) -> AsyncIterator[AuditRecord]:
    """The tenant's whole log from the entry after `after` on, in order, a batch at a time."""
    query = tx.select(AUDIT).order_by(AUDIT.c.seq).limit(BATCH)
    while batch := await tx.all(query.where(AUDIT.c.seq > after)):
        for row in batch:
            yield _read(row)
        after = batch[-1].seq


def _years_before(now: datetime, years: int) -> datetime:
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=now.year - years, day=day)


def _read(row: AnyRow) -> AuditRecord:
    return AuditRecord(
        tenant_id=row.tenant_id,
        seq=row.seq,
        at=row.at,
        actor_id=row.actor_id,
        launch_id=row.launch_id,
        patient_key=row.patient_key,
        action=row.action,
        outcome=row.outcome,
        purpose=row.purpose,
        request_id=row.request_id,
        detail=row.detail,
    )
