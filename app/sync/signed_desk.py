"""Signed authorizations and Part 2 consents: recorded in the consent ledger, revoked there.

Entries and the audit row are one transaction; the gate reads the same ledger. Sends nothing.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from app.clinical.facts import Patient
from app.errors import AccessDenied, InvalidInput
from app.outreach.case import find_adult_from
from app.outreach.consent import ConsentEntry, Proxy, Question, Standing, fold_consents
from app.outreach.person import latest_birth
from app.outreach.signed_form import KINDS, Signed, SignedKind, parse_signed
from app.security.access import Action, Section, require_may, visible_sections
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.consents import load_consents, save_consents
from app.store.transactions import TenantTx
from app.sync.consent_desk import FORMS
from app.sync.visits import Visit

COVERS: Mapping[SignedKind, tuple[str, ...]] = {
    "authorization": ("marketing",),
    "part2": ("treatment", "operations", "payment"),
}
"""What a representative's signature reaches; the ledger asks it of every proxy."""
HOWS = ("written", "spoken")


@dataclass(frozen=True, slots=True)
class SignedSheet:
    """`standings`: what holds now, for the kinds that this person may see; `entries` of those
    kinds, the latest first."""

    standings: Mapping[SignedKind, Standing]
    entries: tuple[ConsentEntry, ...]


@dataclass(frozen=True, slots=True)
class SignedOutcome:
    """`errors`: field → words, when nothing was saved."""

    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SignedDesk:
    store: Store

    async def load(self, visit: Visit, patient: Patient) -> SignedSheet:
        kinds = list_kinds(visit)
        born = latest_birth(patient.birth_date)
        async with self.store.read(visit.opened.tenant_id) as tx:
            entries = await load_consents(tx, visit.patient_id)
            adult = find_adult_from(born, (visit.tenant.zone.key,), tx.now) if born else None
            standings = {kind: find_signed(entries, kind, tx.now, adult) for kind in kinds}
        mine = tuple(e for e in reversed(entries) if e.kind in kinds)
        return SignedSheet(standings, mine)

    async def save(self, visit: Visit, form: Mapping[str, str], *, key: str) -> SignedOutcome:
        """A paper with every element, or what is missing of it. The same `key` saves once.

        Raises AccessDenied, InvalidInput.
        """
        require_may(visit.actor, Action.CONSENT_EDIT)
        kind = parse_kind(form.get("kind", ""), visit)
        signed, errors = parse_signed(kind, form, visit.today)
        if signed is None:
            return SignedOutcome(errors)
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = build_signed_entry(visit, signed, key, tx.now)
            await keep(tx, visit, entry)
        return SignedOutcome()

    async def revoke(self, visit: Visit, form: Mapping[str, str], *, key: str) -> None:
        """They take it back, however they said it: it counts from this moment."""
        require_may(visit.actor, Action.CONSENT_EDIT)
        kind, said = parse_kind(form.get("kind", ""), visit), form.get("said", "").strip()[:500]
        how = form.get("how", "")
        if how not in HOWS:
            raise InvalidInput("This form cannot be read.")
        async with self.store.write(visit.opened.tenant_id) as tx:
            entry = ConsentEntry(
                id=build_entry_id(visit, key),
                kind=kind,
                action="revoked",
                recorded_at=tx.now,
                recorded_by=name_of(visit),
                how="written" if how == "written" else "spoken",
                wording=said,
            )
            await keep(tx, visit, entry)


def list_kinds(visit: Visit) -> tuple[SignedKind, ...]:
    """Part 2 only for who sees conditions: that there is such a consent tells of treatment."""
    clinical = Section.CONDITIONS in visible_sections(visit.actor.role)
    return KINDS if clinical else ("authorization",)


def parse_kind(text: str, visit: Visit) -> SignedKind:
    for kind in KINDS:
        if kind == text:
            if kind not in list_kinds(visit):
                raise AccessDenied
            return kind
    raise InvalidInput("This form cannot be read.")


def find_signed(
    entries: Sequence[ConsentEntry], kind: SignedKind, at: datetime, adult_from: datetime | None
) -> Standing:
    """What the gate finds of it, for the first purpose that it covers; `adult_from` ends what a
    parent or guardian signed."""
    asked = Question(kind=kind, purpose=COVERS[kind][0], adult_from=adult_from)
    return fold_consents(entries, asked, at)


def build_signed_entry(visit: Visit, signed: Signed, key: str, now: datetime) -> ConsentEntry:
    """Counts through its last day where the practice is."""
    after = datetime.combine(signed.last_day + timedelta(days=1), time(0), visit.tenant.zone)
    proxy = None
    if signed.relationship:
        name, covers = signed.form.signed_by, COVERS[signed.kind]
        proxy = Proxy(name=name, relationship=signed.relationship, purposes=covers)
    return ConsentEntry(
        id=build_entry_id(visit, key),
        kind=signed.kind,
        action="agreed",
        recorded_at=now,
        recorded_by=name_of(visit),
        how="signed",
        purpose="marketing" if signed.kind == "authorization" else "",
        wording=signed.wording,
        wording_version=signed.wording_version,
        proxy=proxy,
        expires_at=after.astimezone(UTC),
        form=signed.form,
    )


def build_entry_id(visit: Visit, key: str) -> str:
    """The same for the same form of the same launch."""
    return uuid.uuid5(FORMS, f"{visit.opened.launch_id}:{key}:signed").hex


def name_of(visit: Visit) -> str:
    user = visit.opened.user
    return user.name if user and user.name else "staff"


async def keep(tx: TenantTx, visit: Visit, entry: ConsentEntry) -> None:
    """The entry and its audit row, unless this very form was kept before."""
    if any(e.id == entry.id for e in await load_consents(tx, visit.patient_id)):
        return
    user, launch = visit.actor.user_id, visit.opened.launch_id
    await save_consents(tx, visit.patient_id, [entry], user_id=user, launch_id=launch)
    await append_audit(
        tx,
        AuditEntry(
            action="consent.signed" if entry.action == "agreed" else "consent.revoked",
            actor_id=user,
            launch_id=launch,
            patient_key=tx.patient_key(visit.patient_id),
            detail={"kind": entry.kind, "entry": entry.id},
        ),
    )
