"""Work items that a person typed into the EHR, found there when a chart is kept.

In EHR when every field of the row stands in the Patient as it was meant; else the row is left as it
is. What no Patient carries stays a person's word. Writes nothing to the EHR.
"""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from app.clinical.chart import Chart
from app.clinical.facts import Patient
from app.errors import StaleWrite
from app.outreach.contact import read_contact
from app.store.audit import AuditEntry, append_audit
from app.store.records.attempts import Attempt, save_attempt
from app.store.records.ledger import LedgerEntry, Progress, load_ledger, save_state
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.charts import OnKept
from app.sync.intents import parse_intent
from app.sync.payloads.work_item import can_check
from app.sync.write_route import PERSON

SYSTEM = "system:typed-in"
KINDS = ("contact_detail", "contact_preference")


async def keep_typed_in(tx: TenantTx, chart: Chart) -> None:
    """`charts.OnKept`: in the transaction that keeps the chart."""
    patient = chart.patient
    if patient is None or any(k.type == "replaced-by" for k in patient.links):
        return
    rows = [r for r in await load_ledger(tx, patient.id) if is_for_person(r, tx.now)]
    if not rows:
        return
    tenant = await load_tenant(tx)
    today = tx.now.astimezone(ZoneInfo(tenant.time_zone)).date()
    values = read_contact(patient, today=today)
    for row in rows:
        meant = all(values.get(c.field, "") == c.after for c in parse_intent(row.intent))
        if meant and patient.source.read.read_at >= row.created_at:
            await settle(tx, row, patient)


def is_for_person(row: LedgerEntry, now: datetime) -> bool:
    """A row that waits for a person, that can be read, and that nobody reads this moment."""
    is_held = row.claimed_until is not None and row.claimed_until > now
    waits = row.state == "saved" and row.plan == PERSON and row.kind in KINDS
    return waits and not is_held and can_check(parse_intent(row.intent))


async def settle(tx: TenantTx, row: LedgerEntry, patient: Patient) -> None:
    """What a press of the button would have come to."""
    read_at = patient.source.read.read_at
    done = Progress(
        state="in_ehr",
        error_code="",
        ehr_type="Patient",
        ehr_id=patient.id,
        ehr_version=patient.source.version_id,
        read_back="matched",
        read_back_at=read_at,
    )
    with suppress(StaleWrite):  # somebody else moved it on just now
        await save_state(tx, row.ledger_id, done, version=row.version)
        attempt = Attempt(kind="read_back", outcome="done", started_at=read_at, ended_at=tx.now)
        await save_attempt(tx, row.ledger_id, attempt)
        detail = {"ledger": row.ledger_id, "state": "in_ehr"}
        entry = AuditEntry(
            action="write.found", actor_id=SYSTEM, patient_key=row.patient_key, detail=detail
        )
        await append_audit(tx, entry)


def join_kept(*parts: OnKept) -> OnKept:
    """All of them, in order, told of each chart that is kept."""

    async def keep(tx: TenantTx, chart: Chart) -> None:
        for part in parts:
            await part(tx, chart)

    return keep
