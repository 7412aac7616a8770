"""A revocation that came as a reply, on its way to the EHR: saved as a ledger row beside the
revocation, given its job. Sends nothing itself.

Nobody saved it, so it has no author (lending): a refusal that stays behind would be acted on.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.outreach.consent import ConsentEntry
from app.store.audit import AuditEntry, append_audit
from app.store.records.charts import load_chart
from app.store.records.consents import load_consents
from app.store.records.ledger import LedgerEntry, NewIntent, save_intent
from app.store.records.standing import load_standing
from app.store.records.tenants import load_tenant
from app.store.transactions import TenantTx
from app.sync.consent_told import build_places, build_recorded, say_revoked
from app.sync.desk import Enqueue
from app.sync.intents import CONSENT, RecordedConsent, build_content
from app.sync.lending import Lending, Way
from app.sync.write_route import NOT_SENT, PERSON

SUBJECT = "consent_reply"
SUBJECT_LINK = "consent_link"
REPLIES = uuid.UUID("2a2c29f3-8f5e-4f0b-a6a5-0f1f5e1b2b77")
"""The namespace of these rows' ids."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One patient's entries, just saved, and the reply that they came by."""

    patient_id: str
    inbound_id: str
    entries: tuple[ConsentEntry, ...]
    wrong_person: bool = False


Tell = Callable[[TenantTx, Revoked], Awaitable[None]]


async def tell_nobody(_tx: TenantTx, _revoked: Revoked) -> None:
    """Where there is no EHR to tell."""


@dataclass(frozen=True, slots=True)
class ConsentTeller:
    """`lending` says how, before the transaction; `enqueue` makes the job within it."""

    lending: Lending
    enqueue: Enqueue

    async def find_ways(self, tenant_id: str, keys: Sequence[str]) -> Mapping[str, Way]:
        """Patient key → how the EHR would be told. Never raises for an EHR that is away."""
        return {key: await self.lending.find_way(tenant_id, key, CONSENT) for key in keys}

    async def tell(self, tx: TenantTx, revoked: Revoked, way: Way) -> LedgerEntry:
        """The ledger row, its audit row and its job, in the transaction of the revocation."""
        recorded = await build_told(tx, revoked)
        if recorded is None:
            way = Way(way.launch_id, PERSON, "no_chart")
            said = say_revoked(revoked.entries, (), wrong_person=revoked.wrong_person)
            recorded = RecordedConsent(changes=said)
        entry, is_new = await save_intent(tx, build_intent(tx, revoked, recorded, way))
        if not is_new:
            return entry
        await append_audit(tx, build_audit(tx, revoked, entry))
        if entry.plan not in NOT_SENT:
            await self.enqueue(tx, entry.ledger_id)
        return entry


async def build_told(tx: TenantTx, revoked: Revoked) -> RecordedConsent | None:
    """All that stands now; None where no chart is kept that names their numbers: what is told
    replaces what the EHR has, so it is told whole or by a person."""
    stored = await load_chart(tx, revoked.patient_id)
    if stored is None or stored.chart.patient is None:
        return None
    zone = ZoneInfo((await load_tenant(tx)).time_zone)
    places = build_places(stored.chart.patient, tx.now.astimezone(zone).date())
    preferences, _held = await load_standing(tx, revoked.patient_id)
    entries = await load_consents(tx, revoked.patient_id)
    changes = say_revoked(revoked.entries, places, wrong_person=revoked.wrong_person)
    return build_recorded(places, entries, preferences, changes, tx.now)


def build_intent(tx: TenantTx, revoked: Revoked, recorded: RecordedConsent, way: Way) -> NewIntent:
    """The same row for the same reply, however often the provider tells of it."""
    key = f"reply:{revoked.inbound_id}:{tx.patient_key(revoked.patient_id)}:{CONSENT}"
    return NewIntent(
        ledger_id=str(uuid.uuid5(REPLIES, f"{tx.tenant_id}:{key}")),
        patient_id=revoked.patient_id,
        kind=CONSENT,
        idempotency_key=key,
        intent=build_content(recorded),
        subject=find_subject(revoked),
        launch_id=way.launch_id,
        plan=way.plan,
        plan_reason=way.reason,
    )


def find_subject(revoked: Revoked) -> str:
    """What the row is called."""
    return SUBJECT_LINK if any(e.how == "link" for e in revoked.entries) else SUBJECT


def build_audit(tx: TenantTx, revoked: Revoked, entry: LedgerEntry) -> AuditEntry:
    return AuditEntry(
        action="consent.saved",
        actor_id="system:replies",
        patient_key=tx.patient_key(revoked.patient_id),
        purpose="PATRQT",
        detail={
            "ledger": entry.ledger_id,
            "fields": find_subject(revoked),
            "changes": len(revoked.entries),
        },
    )
