"""The outreach desk: what is planned for a person, planned anew, handed on and finished.

Every change goes through the plan's events, with its audit row, in one transaction; the gate is
asked when something is planned and its receipt is kept. Sends nothing: that is delivery's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.clinical.chart import Chart
from app.outreach.answer import ContactAnswer, evaluate_answer
from app.outreach.request import Contact, Tenant
from app.store.db import Store
from app.store.records.ledger import LedgerEntry
from app.store.records.outreach import Outreach, load_patient_outreach
from app.sync.contact_facts import ContactFacts, build_known, load_contact_facts
from app.sync.contact_judge import Subject
from app.sync.desk import ContactDesk
from app.sync.rule_files import ContactRules
from app.sync.tenant_rules import read_tenant_rules
from app.sync.visits import Visit

SHOWN = 30


@dataclass(frozen=True, slots=True)
class ContactNow:
    """What the panel's first cards need beside the chart: held facts, and every outreach."""

    facts: ContactFacts
    tenant: Tenant
    outreach: tuple[Outreach, ...]


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
        return ContactNow(facts, read_tenant_rules(visit.tenant.settings), planned)

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

    def subject(self, visit: Visit, chart: Chart, now: ContactNow) -> Subject:
        """The person of the visit, ready for questions about one message."""
        known = build_known(chart, now.facts, self.rules, visit.today)
        history: tuple[Contact, ...] = now.facts.history
        return Subject(known, now.tenant, history, self.rules.gate)
