"""The worklist: contacts to make, across patients, taken and handed back. Opens no chart: a row
says who and what, its chart is opened from the EHR."""

from dataclasses import dataclass
from datetime import timedelta

from app.clinical.facts import Patient
from app.errors import InvalidInput, NotFound
from app.outreach import plan
from app.security.access import Action, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.charts import load_chart
from app.store.records.outreach import Outreach, load_outreach, load_tenant_outreach
from app.store.records.patients import load_patient_id
from app.store.records.sessions import touch_session
from app.store.transactions import TenantTx
from app.sync.outreach_draft import QUEUE
from app.sync.outreach_events import apply_event
from app.sync.visits import Visit

AHEAD = timedelta(hours=24)
SHOWN = 25
STATES = ("scheduled", "due")
WHOSE = ("all", "mine", "queue")


@dataclass(frozen=True, slots=True)
class Filter:
    """`whose` is one of WHOSE; empty `channel` = all; `page` counts from 0."""

    whose: str = "all"
    channel: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class WorkRow:
    """`patient` None when no chart of theirs is kept; `is_here`: this launch shows their chart."""

    outreach: Outreach
    patient: Patient | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Worklist:
    rows: tuple[WorkRow, ...]
    has_more: bool


@dataclass(slots=True)
class WorklistDesk:
    store: Store

    async def load(self, visit: Visit, wanted: Filter, *, request_id: str) -> Worklist:
        """What is due within a day, the earliest first, on record as looked at."""
        require_may(visit.actor, Action.WORKLIST_VIEW)
        async with self.store.write(visit.opened.tenant_id) as tx:
            holders = {"mine": (visit.actor.user_id,), "queue": (QUEUE, "")}.get(wanted.whose, ())
            found = await load_tenant_outreach(
                tx,
                states=STATES,
                assigned_to=holders,
                channel=wanted.channel,
                due_before=tx.now + AHEAD,
                offset=wanted.page * SHOWN,
                limit=SHOWN + 1,
            )
            rows = tuple([await load_row(tx, visit, row) for row in found[:SHOWN]])
            await touch_session(tx, visit.opened.launch_id)
            await append_audit(
                tx,
                AuditEntry(
                    action=str(Action.WORKLIST_VIEW),
                    actor_id=visit.actor.user_id,
                    launch_id=visit.opened.launch_id,
                    request_id=request_id,
                    detail={"rows": len(rows), "page": wanted.page},
                ),
            )
        return Worklist(rows, len(found) > SHOWN)

    async def act(self, visit: Visit, outreach_id: str, act: str) -> None:
        """Take it, or hand it back. Raises AccessDenied, NotFound, NotPossible."""
        require_may(visit.actor, Action.OUTREACH_PLAN)
        user = visit.actor.user_id
        events: dict[str, tuple[plan.Event, ...]] = {
            "claim": (plan.Assign(user), plan.Claim(user)),
            "hand_back": (plan.HandBack(user, QUEUE),),
        }
        if act not in events:
            raise InvalidInput("This form cannot be read.")
        async with self.store.write(visit.opened.tenant_id) as tx:
            row = await load_outreach(tx, outreach_id)
            if act == "claim" and row.claimed_by not in ("", user):
                raise plan.NotPossible("A colleague has taken this one.")
            for event in events[act]:
                row = await apply_event(
                    tx, row, event, actor_id=user, launch_id=visit.opened.launch_id
                )


async def load_row(tx: TenantTx, visit: Visit, row: Outreach) -> WorkRow:
    try:
        patient_id = await load_patient_id(tx, row.patient_key)
    except NotFound:
        return WorkRow(row, None, is_here=False)
    stored = await load_chart(tx, patient_id)
    patient = stored.chart.patient if stored else None
    return WorkRow(row, patient, is_here=patient_id == visit.opened.patient)
