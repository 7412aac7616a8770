"""Who is at work on which chart: the stored launch, the person's role, the tenant's settings.

Loads and audits; shows nothing. Every page begins here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.security.access import Action, Actor
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.charts import StoredChart, load_chart
from app.store.records.ledger import LedgerEntry, load_ledger
from app.store.records.sessions import Session, load_session, touch_session
from app.store.transactions import TenantTx
from launch.cookies import hash_secret
from launch.errors import SessionInvalid
from launch.models import OpenedLaunch
from launch.session import read_proof, require_proven


@dataclass(frozen=True, slots=True)
class TenantView:
    """What pages and use cases need to know of a tenant. `ehr` is the EHR's name in sentences."""

    tenant_id: str
    ehr: str
    vendor: str
    zone: ZoneInfo
    frame_ancestors: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's right to one chart. `segment` is the launch's part of every link."""

    opened: OpenedLaunch
    segment: str
    session_hash: str
    actor: Actor
    tenant: TenantView
    now: datetime

    @property
    def patient_id(self) -> str:
        """The launch's patient; a launch without one has no chart to visit."""
        if self.opened.patient is None:
            raise SessionInvalid("no_patient")
        return self.opened.patient

    @property
    def today(self) -> date:
        """The calendar day where the staff are."""
        return self.now.astimezone(self.tenant.zone).date()


@dataclass(frozen=True, slots=True)
class OpenedChart:
    """What the store holds of a patient: the last snapshot, and the ledger, newest first."""

    stored: StoredChart | None
    ledger: tuple[LedgerEntry, ...]


@dataclass(slots=True)
class Visits:
    """Turns a proven launch into a visit. `idle` is how long a chart may lie untouched;
    `ehr_names` maps a vendor to its name in sentences; others go by the tenant's own name."""

    store: Store
    idle: timedelta
    ehr_names: Mapping[str, str]

    async def load_visit(self, segment: str, cookies: Mapping[str, str]) -> Visit:
        """The visit behind `/l/<segment>/`: proof, role and tenant as of now, in one look-up.

        Raises SessionInvalid; "idle" when no person did anything for too long, "ended" also when
        the tenant was switched off.
        """
        proof = read_proof(segment, cookies)
        async with self.store.read_wide() as tx:
            found = await load_session(tx, proof.launch_id)
            now = tx.now
        require_proven(found.stored if found else None, proof, now=now)
        if found is None or not found.tenant_enabled:
            raise SessionInvalid("ended")
        if now - found.last_seen > self.idle:
            raise SessionInvalid("idle")
        return self._build(found, segment, hash_secret(proof.secret), now)

    async def load_unattended(self, launch_id: str, *, even_ended: bool = False) -> Visit | None:
        """The launch as work goes on in that nobody waits for: no proof, since no browser is
        answered; role and tenant as of now. None when the launch has ended, unless that does not
        matter because it lends its context only."""
        async with self.store.read_wide() as tx:
            found = await load_session(tx, launch_id)
            now = tx.now
        if found is None or not found.tenant_enabled:
            return None
        is_over = found.stored.held or found.stored.ended or now >= found.opened.expires_at
        if is_over and not even_ended:
            return None
        return self._build(found, "", "", now)

    def _build(self, found: Session, segment: str, session_hash: str, now: datetime) -> Visit:
        tenant = TenantView(
            tenant_id=found.tenant_id,
            ehr=self.ehr_names.get(found.vendor) or found.tenant_name,
            vendor=found.vendor,
            zone=ZoneInfo(found.time_zone),
            frame_ancestors=found.frame_ancestors,
            settings=found.tenant_settings,
        )
        actor = found.actor or Actor(user_id="", tenant_id=found.tenant_id)
        return Visit(found.opened, segment, session_hash, actor, tenant, now)

    async def open_chart(self, visit: Visit, action: Action, *, request_id: str) -> OpenedChart:
        """What is shown of the chart, and in the same transaction the record that it was shown.

        Raises NotSaved: what cannot be recorded is not shown (45 CFR 164.312(b)).
        """
        async with self.store.write(visit.opened.tenant_id) as tx:
            await append_audit(tx, build_entry(tx, visit, str(action), request_id=request_id))
            await touch_session(tx, visit.opened.launch_id)
            stored = await load_chart(tx, visit.patient_id)
            return OpenedChart(stored, await load_ledger(tx, visit.patient_id))

    async def save_act(self, visit: Visit, action: str, *, request_id: str) -> None:
        """Record something done with this chart that is more than showing it.

        Raises NotSaved: what cannot be recorded is not done.
        """
        async with self.store.write(visit.opened.tenant_id) as tx:
            await append_audit(tx, build_entry(tx, visit, action, request_id=request_id))

    async def save_denial(self, visit: Visit, reason: str) -> None:
        """Record a refusal."""
        async with self.store.write(visit.opened.tenant_id) as tx:
            await append_audit(tx, build_entry(tx, visit, str(reason), outcome="denied"))


def build_entry(
    tx: TenantTx, visit: Visit, action: str, *, outcome: str = "success", request_id: str = ""
) -> AuditEntry:
    """An audit row about this visit's chart."""
    patient = visit.opened.patient
    return AuditEntry(
        action=action,
        outcome=outcome,
        actor_id=visit.actor.user_id,
        launch_id=visit.opened.launch_id,
        patient_key=tx.patient_key(patient) if patient else "",
        request_id=request_id,
    )
