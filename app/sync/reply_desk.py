"""The reply desk: what patients wrote back and needs a person, taken, answered for and closed.

Every look is on record, with whom it showed. Opens no chart: a row says who and what, as the
worklist does. Sends nothing; an answer to a patient is an outreach of its own, judged like any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.clinical.facts import Patient
from app.errors import InvalidInput, NotFound
from app.outreach import plan
from app.outreach.reply_work import find_missing
from app.security.access import Action, may, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.records.charts import load_chart
from app.store.records.inbound import (
    HANDLED,
    OPEN,
    Inbound,
    count_work,
    load_inbound,
    load_inbound_row,
    load_work,
    mark_seen,
    save_inbound_changes,
)
from app.store.records.outreach import Outreach, load_outreach, load_outreach_at
from app.store.records.patients import load_patient_id
from app.store.records.sessions import touch_session
from app.store.transactions import TenantTx
from app.sync.inbound import ANSWERS, answer, find_patients
from app.sync.outreach_desk import OutreachDesk
from app.sync.reply_call import plan_call_back
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT

SHOWN = 25
SHOWS = ("open", "mine", "here", "handled")
ACTS = ("claim", "hand_back", "belongs", "call_back", "handle")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`show`: those that need a person, the ones with me, all of the patient on screen, or those
    that were handled. `page` counts from 0."""

    show: str = "open"
    page: int = 0


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """`patient` None when nobody, or more than one, has the number, or no chart is kept.

    `about` is what we had sent; `sharers` are those who have the number, while nobody has said
    whose words they are. `is_here`: this launch shows their chart.
    """

    inbound: Inbound
    patient: Patient | None
    is_here: bool
    about: Outreach | None = None
    sharers: tuple[tuple[str, Patient | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Replies:
    """`waiting` and `urgent` count what needs a person in the whole tenant."""

    rows: tuple[ReplyRow, ...]
    has_more: bool
    waiting: int
    urgent: int


@dataclass(frozen=True, slots=True)
class ReplyOutcome:
    """`errors`: field → words, when nothing was changed."""

    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ReplyDesk:
    outreach: OutreachDesk

    async def load(self, visit: Visit, wanted: Wanted, *, request_id: str) -> Replies:
        """The list, on record row by row. Raises AccessDenied."""
        require_may(visit.actor, Action.REPLY_VIEW)
        async with self.outreach.store.write(visit.opened.tenant_id) as tx:
            found = await _find(tx, visit, wanted)
            rows = tuple([await build_reply_row(tx, visit, kept) for kept in found[:SHOWN]])
            waiting, urgent = await count_work(tx)
            await mark_seen(tx, [row.inbound.inbound_id for row in rows], visit.actor.user_id)
            await touch_session(tx, visit.opened.launch_id)
            await record_looks(tx, visit, [row.inbound for row in rows], request_id=request_id)
        return Replies(rows, len(found) > SHOWN, waiting, urgent)

    async def count(self, visit: Visit) -> tuple[int, int]:
        """(replies that need a person, urgent ones among them); (0, 0) for who may not see them."""
        if not may(visit.actor, Action.REPLY_VIEW):
            return 0, 0
        async with self.outreach.store.read(visit.opened.tenant_id) as tx:
            return await count_work(tx)

    async def act(
        self, visit: Visit, reply_id: str, version: int, form: Mapping[str, str]
    ) -> ReplyOutcome:
        """Take it, hand it back, say whose it is, plan a call, close it.

        Raises AccessDenied, NotFound, InvalidInput, plan.NotPossible (somebody was first).
        """
        require_may(visit.actor, Action.REPLY_HANDLE)
        act = form.get("act", "")
        if act not in ACTS:
            raise InvalidInput("This form cannot be read.")
        if act == "call_back":
            await self._call_back(visit, reply_id, version)
            return ReplyOutcome()
        async with self.outreach.store.write(visit.opened.tenant_id) as tx:
            row = await load_open(tx, visit, reply_id, version)
            if act == "handle":
                return await close(tx, visit, row, form)
            if act == "belongs":
                await give_to(tx, visit, row, form.get("patient", ""))
            else:
                held = visit.actor.user_id if act == "claim" else ""
                await change(tx, visit, row, act, {"claimed_by": held})
        return ReplyOutcome()

    async def _call_back(self, visit: Visit, reply_id: str, version: int) -> None:
        """A call for the person at work; the EHR hears of it where the chart is open here."""
        route = ("", "")
        if visit.opened.patient is not None:
            route = await self.outreach.desk.plan(visit, "planned_outreach")
        async with self.outreach.store.write(visit.opened.tenant_id) as tx:
            row = await load_open(tx, visit, reply_id, version)
            if not row.patient_key:
                raise InvalidInput("Say first whose words they are.")
            task_id, entry = await plan_call_back(tx, self.outreach, visit, row, route)
            taken = {"claimed_by": visit.actor.user_id, "task_id": task_id}
            await change(tx, visit, row, "call_back", taken)
        if entry is not None and entry.plan not in NOT_SENT:
            await self.outreach.desk.start_and_wait(visit, [entry])


async def _find(tx: TenantTx, visit: Visit, wanted: Wanted) -> tuple[Inbound, ...]:
    """One more than is shown."""
    offset, limit = wanted.page * SHOWN, SHOWN + 1
    if wanted.show == "here":
        if visit.opened.patient is None:
            return ()
        return (await load_inbound(tx, visit.patient_id, limit=offset + limit))[offset:]
    work = HANDLED if wanted.show == "handled" else OPEN
    mine = visit.actor.user_id if wanted.show == "mine" else ""
    return await load_work(tx, work=work, claimed_by=mine, offset=offset, limit=limit)


async def build_reply_row(tx: TenantTx, visit: Visit, kept: Inbound) -> ReplyRow:
    about = await load_outreach(tx, kept.outreach_id) if kept.outreach_id else None
    if kept.patient_key:
        patient_id, patient = await load_named(tx, kept.patient_key)
        return ReplyRow(kept, patient, patient_id == visit.opened.patient, about)
    keys = await find_patients(tx, kept.address) if kept.sharers else ()
    sharers = tuple([(key, (await load_named(tx, key))[1]) for key in keys])
    return ReplyRow(kept, None, is_here=False, sharers=sharers)


async def load_named(tx: TenantTx, patient_key: str) -> tuple[str | None, Patient | None]:
    """(the patient's id, who they are); None where no chart of theirs is kept."""
    try:
        patient_id = await load_patient_id(tx, patient_key)
    except NotFound:
        return None, None
    stored = await load_chart(tx, patient_id)
    return patient_id, stored.chart.patient if stored else None


async def load_open(tx: TenantTx, visit: Visit, reply_id: str, version: int) -> Inbound:
    """The reply, if it is open, is as the form shows it, and no colleague has taken it. Raises
    NotFound, plan.NotPossible."""
    row = await load_inbound_row(tx, reply_id)
    if row.claimed_by not in ("", visit.actor.user_id):
        raise plan.NotPossible("A colleague has taken this one.")
    if row.work != OPEN:
        raise plan.NotPossible("This one is handled already.")
    if row.version != version:
        raise plan.NotPossible("Somebody changed this one meanwhile. Open the list again.")
    return row


async def change(
    tx: TenantTx,
    visit: Visit,
    row: Inbound,
    act: str,
    changes: Mapping[str, object],
    *,
    note: str = "",
) -> None:
    """One change with its audit row."""
    await save_inbound_changes(tx, row.inbound_id, changes, version=row.version, note=note)
    detail = {"reply": row.inbound_id}
    if "result" in changes:
        detail["result"] = str(changes["result"])
    entry = AuditEntry(
        action=f"reply.{act}",
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=str(changes.get("patient_key", row.patient_key)),
        detail=detail,
    )
    await append_audit(tx, entry)


async def close(tx: TenantTx, visit: Visit, row: Inbound, form: Mapping[str, str]) -> ReplyOutcome:
    """Handled, with how and a note; or what is missing to say so."""
    result, note = form.get("result", ""), form.get("note", "").strip()[:1000]
    errors = find_missing(result, note, is_urgent=row.is_urgent)
    if errors:
        return ReplyOutcome(errors)
    user = visit.actor.user_id
    done = {"work": HANDLED, "handled_by": user, "handled_at": tx.now, "result": result,
            "claimed_by": user}  # fmt: skip
    await change(tx, visit, row, "handle", done, note=note)
    return ReplyOutcome()


async def give_to(tx: TenantTx, visit: Visit, row: Inbound, patient_key: str) -> None:
    """A person says whose words they are: one of those who have the number. From now on it is
    theirs, and answers what they were sent."""
    if row.patient_key or patient_key not in await find_patients(tx, row.address):
        raise InvalidInput("Choose whose words they are.", field="patient")
    rows = [r for r in await load_outreach_at(tx, row.address) if r.patient_key == patient_key]
    sent = [r for r in rows if r.sent_at is not None]
    latest = max(sent, key=lambda r: (r.sent_at or r.created_at).timestamp(), default=None)
    changes: dict[str, object] = {"patient_key": patient_key}
    if latest is not None and row.meaning in ANSWERS:
        ended = await answer(tx, latest, rows)
        changes |= {"outreach_id": latest.outreach_id, "did": "answered", "ended": ended}
    await change(tx, visit, row, "belongs", changes)


async def record_looks(tx: TenantTx, visit: Visit, rows: list[Inbound], *, request_id: str) -> None:
    """Who saw whose words: one audit row for the list and one for each reply in it."""
    looks: list[tuple[str, dict[str, str | int | bool]]] = [("", {"rows": len(rows)})]
    looks += [(row.patient_key, {"reply": row.inbound_id}) for row in rows]
    for patient_key, detail in looks:
        entry = AuditEntry(
            action=str(Action.REPLY_VIEW),
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            patient_key=patient_key,
            request_id=request_id,
            detail=detail,
        )
        await append_audit(tx, entry)
