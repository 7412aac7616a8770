"""Who needs a contact that nobody has planned: across the kept charts of a tenant, taken and
handed back. Opens no chart and plans nothing: that begins with the chart in the EHR."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.clinical.facts import Patient
from app.errors import InvalidInput, NotFound
from app.outreach.answer import ContactAnswer, evaluate_answer
from app.outreach.plan import NotPossible
from app.security.access import Action, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.charts import load_chart
from app.store.records.need_lists import NeedFilter, Standing, load_need_page
from app.store.records.needs import assign
from app.store.records.patients import load_patient_id
from app.store.records.sessions import touch_session
from app.store.transactions import TenantTx
from app.sync.contact_facts import build_known, load_contact_facts
from app.sync.outreach_desk import OutreachDesk
from app.sync.tenant_rules import read_tenant_rules
from app.sync.visits import Visit

SHOWN = 25
HOLDERS = ("all", "mine", "nobody")


@dataclass(frozen=True, slots=True)
class NeedAsk:
    """What a page asks for: see NeedFilter. `whose` is one of HOLDERS; `page` counts from 0."""

    kind: str = ""
    key: str = ""
    within: str = ""
    whose: str = "all"
    page: int = 0


@dataclass(frozen=True, slots=True)
class NeedyPatient:
    """One patient. `patient` and `answer` None when no chart of theirs can be read; `is_here`:
    this launch shows their chart."""

    standing: Standing
    patient: Patient | None
    answer: ContactAnswer | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class NeedList:
    rows: tuple[NeedyPatient, ...]
    has_more: bool


@dataclass(slots=True)
class NeedDesk:
    """`outreach` lends its rules, and the clock by which patients are contacted."""

    store: Store
    outreach: OutreachDesk

    async def load(self, visit: Visit, ask: NeedAsk, *, request_id: str) -> NeedList:
        """A page of patients, the most urgent first, on record as looked at."""
        require_may(visit.actor, Action.WORKLIST_VIEW)
        holders = {"mine": (visit.actor.user_id,), "nobody": ("",)}.get(ask.whose, ())
        wanted = NeedFilter(kind=ask.kind, key=ask.key, within=ask.within, holders=holders)
        async with self.store.read(visit.opened.tenant_id) as tx:
            found = await load_need_page(
                tx, wanted, today=visit.today, offset=ask.page * SHOWN, limit=SHOWN + 1
            )
            rows = tuple([await self._build(tx, visit, one) for one in found[:SHOWN]])
        detail: dict[str, str | int] = {"list": "needs", "rows": len(rows), "page": ask.page}
        entry = _entry(visit, str(Action.WORKLIST_VIEW), detail, request_id=request_id)
        async with self.store.write(visit.opened.tenant_id) as tx:
            await append_audit(tx, entry)
            await touch_session(tx, visit.opened.launch_id)
        return NeedList(rows, len(found) > SHOWN)

    async def act(self, visit: Visit, patient_key: str, act: str) -> None:
        """Take the planning, or hand it back. Raises AccessDenied, NotFound, NotPossible."""
        require_may(visit.actor, Action.OUTREACH_PLAN)
        user = visit.actor.user_id
        if act not in ("claim", "hand_back"):
            raise InvalidInput("This form cannot be read.")
        to, held_by = (user, ("", user)) if act == "claim" else ("", (user,))
        async with self.store.write(visit.opened.tenant_id) as tx:
            if not await assign(tx, patient_key, to=to, held_by=held_by):
                raise NotPossible("A colleague has taken this one.")
            await append_audit(tx, _entry(visit, f"need.{act}", {}, patient_key=patient_key))

    async def _build(self, tx: TenantTx, visit: Visit, standing: Standing) -> NeedyPatient:
        try:
            patient_id = await load_patient_id(tx, standing.patient_key)
        except NotFound:
            return NeedyPatient(standing, None, None, is_here=False)
        is_here = patient_id == visit.opened.patient
        stored = await load_chart(tx, patient_id)
        if stored is None or stored.chart.patient is None:
            return NeedyPatient(standing, None, None, is_here=is_here)
        facts = await load_contact_facts(tx, patient_id)
        rules = self.outreach.rules
        answer = evaluate_answer(
            build_known(stored.chart, facts, rules, visit.today),
            rules.gate,
            at=self.outreach.store.clock(),
            zone_here=visit.tenant.zone.key,
            tenant=read_tenant_rules(visit.tenant.settings),
            history=facts.history,
        )
        return NeedyPatient(standing, stored.chart.patient, answer, is_here=is_here)


def _entry(
    visit: Visit,
    action: str,
    detail: Mapping[str, str | int],
    *,
    patient_key: str = "",
    request_id: str = "",
) -> AuditEntry:
    return AuditEntry(
        action=action,
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=patient_key,
        request_id=request_id,
        detail=dict(detail),
    )
