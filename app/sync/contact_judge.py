"""The gate asked about what is stored: one content, one planned contact, the moment of the
transaction. The only way from rows to a receipt; sends and saves nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from app.clinical.chart import Chart
from app.outreach.gate import evaluate_gate
from app.outreach.gate_rules import GateRules
from app.outreach.known import KnownPerson, Way
from app.outreach.message import Template, find_template
from app.outreach.person import build_question, find_way
from app.outreach.request import Channel, Contact, Message, Receipt, Tenant
from app.store.records.charts import load_chart
from app.store.records.outreach import Content, Outreach
from app.store.records.patients import load_patient_id
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.contact_facts import build_known, load_contact_facts
from app.sync.own_rules import load_tenant_rules
from app.sync.rule_files import ContactRules
from app.sync.tenant_rules import read_tenant_rules

NOTHING = Chart(normalizer_version="")


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as of one moment, with the tenant's own rules."""

    known: KnownPerson
    tenant: Tenant
    history: tuple[Contact, ...]
    rules: GateRules

    def judge(
        self, way: Way | None, *, channel: Channel, purpose: str, at: datetime, message: Message
    ) -> Receipt:
        """The gate's receipt for one message by one way."""
        question = build_question(
            self.known,
            way,
            channel=channel,
            purpose=purpose,
            at=at,
            tenant=self.tenant,
            history=self.history,
            message=message,
        )
        return evaluate_gate(question, self.rules)


@dataclass(frozen=True, slots=True)
class ContactJudge:
    """deliver.Judge over the stored chart, ledger and settings."""

    rules: ContactRules

    async def __call__(self, tx: TenantTx, row: Outreach, content: Content) -> Receipt:
        patient_id = await load_patient_id(tx, row.patient_key)
        subject = await load_subject(tx, patient_id, self.rules)
        channel = cast(Channel, row.channel)
        way = find_way(subject.known, channel, content.address)
        rules = await load_tenant_rules(tx, self.rules) if row.template_id else self.rules
        message = build_message(content, row.template_id, row.template_version, rules)
        return subject.judge(way, channel=channel, purpose=row.purpose, at=tx.now, message=message)


async def load_subject(tx: TenantTx, patient_id: str, rules: ContactRules) -> Subject:
    """The person as everything stored of them says now. Without a chart nothing is known of them,
    and the gate's rules about what is not known hold."""
    stored = await load_chart(tx, patient_id)
    facts = await load_contact_facts(tx, patient_id)
    tenant = await load_tenant(tx)
    today: date = tx.now.astimezone(ZoneInfo(tenant.time_zone)).date()
    known = build_known(stored.chart if stored else NOTHING, facts, rules, today)
    return Subject(known, read_tenant_rules(tenant.settings), facts.history, rules.gate)


def build_message(
    content: Content, template_id: str, template_version: str, rules: ContactRules
) -> Message:
    """What the gate reads of a content: all that the patient would."""
    template = load_template(template_id, template_version, rules)
    return Message(
        text="\n".join(part for part in (content.subject, content.body) if part),
        language=content.language,
        part2=template.part2 if template else False,
    )


def load_template(key: str, version: str, rules: ContactRules) -> Template | None:
    """That version of a template; None for words that a person wrote."""
    if not key or not version.isdigit():
        return None
    return find_template(rules.templates, key, int(version))
