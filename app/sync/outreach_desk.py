"""The outreach desk: what is planned for a person, planned anew, handed on and finished.

Every change goes through the plan's events, with its audit row, in one transaction; the gate is
asked when something is planned and its receipt is kept. Sends nothing: that is delivery's.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.clinical.chart import Chart
from app.outreach.answer import ContactAnswer, evaluate_answer
from app.outreach.request import Contact, Tenant
from app.security.access import Action, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.inbound import Inbound, load_inbound
from app.store.records.ledger import LedgerEntry
from app.store.records.outreach import (
    NewOutreach,
    Outreach,
    load_patient_outreach,
    save_outreach,
    save_outreach_changes,
)
from app.store.records.receipts import save_receipt
from app.store.transactions import TenantTx
from app.sync.contact_facts import ContactFacts, build_known, load_contact_facts
from app.sync.contact_judge import Subject
from app.sync.desk import ContactDesk
from app.sync.intents import CompletedContact, PlannedOutreach
from app.sync.outreach_draft import QUEUE, Ask, Draft, Frame, build_draft, build_values, find_visit
from app.sync.outreach_intents import build_outreach_intent, save_outreach_intent
from app.sync.outreach_steps import build_steps, find_sequence_for
from app.sync.own_rules import load_tenant_rules
from app.sync.rule_files import ContactRules
from app.sync.tenant_rules import read_clinic, read_tenant_rules
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT

SHOWN = 30
REPLIES = 5
FORMS = uuid.UUID("0b5c6a3e-0b0a-4a43-8e8a-6f2f2a4c9b7d")
"""The namespace of outreach ids: the same form gives the same contact."""
BY_PEOPLE = ("call", "letter", "portal")
"""Channels that are work for a person."""


@dataclass(frozen=True, slots=True)
class ContactNow:
    """What the panel's first cards need beside the chart: held facts, every outreach, and what
    they last wrote back."""

    facts: ContactFacts
    tenant: Tenant
    outreach: tuple[Outreach, ...]
    replies: tuple[Inbound, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One contact to keep; `sequence` and `number` where it is part of one."""

    draft: Draft
    sequence: str = ""
    version: int = 0
    number: int = 0


@dataclass(slots=True)
class OutreachDesk:
    """`desk` carries what is planned and done to the EHR, through the ledger; `store` goes by the
    clock by which patients are contacted."""

    store: Store
    rules: ContactRules
    desk: ContactDesk

    async def load_now(
        self, visit: Visit, *, ledger: Sequence[LedgerEntry] | None = None
    ) -> ContactNow:
        """One look at the store. Raises ConfigError for settings that cannot be read."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            facts = await load_contact_facts(tx, visit.patient_id, ledger=ledger)
            planned = await load_patient_outreach(tx, visit.patient_id, limit=SHOWN)
            replies = await load_inbound(tx, visit.patient_id, limit=REPLIES)
        return ContactNow(facts, read_tenant_rules(visit.tenant.settings), planned, replies)

    def answer(
        self, visit: Visit, chart: Chart, now: ContactNow, *, purpose: str = "treatment"
    ) -> ContactAnswer:
        """Can they be contacted at the visit's moment, channel by channel."""
        known = build_known(chart, now.facts, self.rules, visit.today)
        return evaluate_answer(
            known,
            self.rules.gate,
            at=self.store.clock(),
            zone_here=visit.tenant.zone.key,
            tenant=now.tenant,
            purpose=purpose,
            history=now.facts.history,
        )

    async def load_rules(self, visit: Visit) -> ContactRules:
        """The rules with the practice's own templates and sequences."""
        async with self.store.read(visit.opened.tenant_id) as tx:
            return await load_tenant_rules(tx, self.rules)

    def frame(
        self,
        visit: Visit,
        chart: Chart,
        now: ContactNow,
        ask: Ask,
        title: str,
        rules: ContactRules | None = None,
    ) -> Frame:
        """What drafts of this ask are made from; `rules` are the practice's own, where they were
        loaded. Raises InvalidInput for a visit that is gone."""
        known = build_known(chart, now.facts, self.rules, visit.today)
        history: tuple[Contact, ...] = now.facts.history
        booked = find_visit(chart, ask.reason)
        user = visit.opened.user
        values: dict[str, str] = {}
        if chart.patient is not None:
            clinic = read_clinic(visit.tenant.settings)
            there = ZoneInfo(self._zone_of(visit, chart, now))
            staff = user.name if user and user.name else ""
            values = build_values(clinic, chart.patient, staff, booked, there)
        return Frame(
            subject=Subject(known, now.tenant, history, self.rules.gate),
            rules=rules or self.rules,
            now=self.store.clock(),
            here=visit.tenant.zone,
            values=values,
            title=title,
            visit=booked,
        )

    def _zone_of(self, visit: Visit, chart: Chart, now: ContactNow) -> str:
        zones = self.answer(visit, chart, now).zones_there
        return zones[0] if zones else visit.tenant.zone.key

    def draft(self, ask: Ask, frame: Frame) -> tuple[Step, ...]:
        """The contact, or the contacts of the sequence, that `ask` would plan; never empty."""
        sequence = find_sequence_for(ask.reason, frame) if ask.is_sequence else None
        if sequence is None:
            return (Step(build_draft(ask, frame)),)
        steps = build_steps(ask, sequence, frame)
        found = tuple(Step(d, sequence.key, sequence.version, p.step) for p, d in steps)
        return found or (Step(build_draft(ask, frame)),)

    async def save(self, visit: Visit, steps: Sequence[Step], *, key: str) -> tuple[str, ...]:
        """Plans them; their ids. The same `key` plans them once. Raises AccessDenied."""
        require_may(visit.actor, Action.OUTREACH_PLAN)
        route = await self.desk.plan(visit, "planned_outreach")
        entries: list[LedgerEntry] = []
        ids = []
        sequence_id = str(uuid.uuid5(FORMS, f"{visit.opened.launch_id}:{key}"))
        async with self.store.write(visit.opened.tenant_id) as tx:
            for step in steps:
                new = build_new(visit, step, key, sequence_id)
                ids.append(new.outreach_id)
                if await save_outreach(tx, new):
                    entries.append(await self._keep(tx, visit, step, new, route))
        await self.desk.start_and_wait(visit, [e for e in entries if e.plan not in NOT_SENT])
        return tuple(ids)

    async def save_intent(
        self,
        tx: TenantTx,
        visit: Visit,
        intent: PlannedOutreach | CompletedContact,
        route: tuple[str, str],
    ) -> LedgerEntry:
        """The ledger row, and its job in the same transaction where it goes to the EHR."""
        entry = await save_outreach_intent(tx, build_outreach_intent(visit, intent, route))
        if entry.plan not in NOT_SENT:
            await self.desk.enqueue(tx, entry.ledger_id)
        return entry

    async def _keep(
        self, tx: TenantTx, visit: Visit, step: Step, new: NewOutreach, route: tuple[str, str]
    ) -> LedgerEntry:
        """The receipt, the intent for the EHR and the audit row of a new contact."""
        draft = step.draft
        await save_receipt(
            tx,
            new.outreach_id,
            draft.receipt,
            channel=new.channel,
            purpose=new.purpose,
            content=draft.content,
        )
        intent = PlannedOutreach(
            outreach_id=new.outreach_id,
            channel=draft.ask.channel,
            purpose=new.purpose,
            title=draft.content.title,
            due_at=draft.due_at,
        )
        entry = await self.save_intent(tx, visit, intent, route)
        await save_outreach_changes(tx, new.outreach_id, {"ledger_id": entry.ledger_id}, version=1)
        await append_audit(
            tx,
            AuditEntry(
                action="outreach.planned",
                actor_id=visit.actor.user_id,
                launch_id=visit.opened.launch_id,
                patient_key=tx.patient_key(visit.patient_id),
                detail={"outreach": new.outreach_id, "channel": new.channel},
            ),
        )
        return entry


def build_new(visit: Visit, step: Step, key: str, sequence_id: str) -> NewOutreach:
    draft, ask = step.draft, step.draft.ask
    assigned = ""
    if ask.channel in BY_PEOPLE:
        assigned = visit.actor.user_id if ask.is_mine else QUEUE
    name = f"{visit.opened.launch_id}:{key}:{step.number}"
    return NewOutreach(
        outreach_id=str(uuid.uuid5(FORMS, name)),
        patient_id=visit.patient_id,
        state="scheduled",
        purpose=ask.purpose,
        channel=ask.channel,
        content=draft.content,
        created_by=visit.actor.user_id,
        due_at=draft.due_at,
        zone=draft.zone,
        reason_kind=ask.reason.kind,
        reason_key=ask.reason.key,
        sequence_id=sequence_id if step.sequence else "",
        sequence=step.sequence,
        sequence_version=step.version,
        step=step.number,
        assigned_to=assigned,
        template_id=ask.template_key if draft.template_version else "",
        template_version=draft.template_version,
        launch_id=visit.opened.launch_id,
    )
