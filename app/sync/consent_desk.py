"""The consent desk: what a person agreed to or refused, as staff record it in seconds.

Ledger entries, preferences, our intent for the EHR and the audit row are one transaction.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from app.clinical.facts import Patient
from app.errors import NotFound
from app.outreach.consent import ConsentEntry
from app.outreach.contact import CHANNELS, FieldChange, read_contact
from app.outreach.known import Held, HeldProxy
from app.outreach.request import Channel, Preferences
from app.security.access import Action, require_may
from app.store.audit import AuditEntry, append_audit
from app.store.db import Store
from app.store.records.consents import load_consents, save_consents
from app.store.records.contacts import load_contact_values
from app.store.records.ledger import LedgerEntry, NewIntent, load_intent, load_ledger, save_intent
from app.store.records.standing import (
    read_held,
    read_preferences,
    save_held,
    save_preferences,
)
from app.store.transactions import TenantTx
from app.sync.consent_cells import (
    Cell,
    CellState,
    Place,
    Saying,
    build_entries,
    find_states,
)
from app.sync.consent_form import ConsentForm, parse_consent_form
from app.sync.consent_told import build_places, build_recorded, say_change
from app.sync.desk import ContactDesk
from app.sync.intents import CONSENT, RecordedConsent, build_content
from app.sync.visits import Visit
from app.sync.write_route import NOT_SENT

KIND = CONSENT
NOT_PLANNED = ("here", "kept_here")
FORMS = uuid.UUID("5a4ad6ab-6d8b-4d4e-9d0c-0f4b7b3f4f11")
"""The namespace of our forms' ids."""


@dataclass(frozen=True, slots=True)
class ConsentSheet:
    """All that the page shows. `seen` changes with every save; a form that names another one was
    filled in over something older. `place` is the tab in front, `states` its cells."""

    places: tuple[Place, ...]
    place: Place
    entries: tuple[ConsentEntry, ...]
    states: Mapping[Cell, CellState]
    preferences: Preferences
    held: Held
    language: str
    seen: str
    write: LedgerEntry | None = None

    @property
    def ways(self) -> dict[str, tuple[Channel, str]]:
        """Where a confidential request may lead, by the name of its box on the form."""
        return build_ways(self.places)


@dataclass(frozen=True, slots=True)
class ConsentOutcome:
    """`errors` or `is_stale` when nothing was saved."""

    errors: Mapping[str, str]
    is_stale: bool = False
    changed: int = 0


@dataclass(slots=True)
class ConsentDesk:
    """Loads and saves the sheet of one patient. `desk` carries it to the EHR, through the ledger;
    without one it stays here."""

    store: Store
    desk: ContactDesk | None = None

    async def load(self, visit: Visit, patient: Patient, tab: str) -> ConsentSheet:
        async with self.store.read(visit.opened.tenant_id) as tx:
            return await load_sheet(tx, visit, patient, tab)

    async def save(
        self, visit: Visit, patient: Patient, form: Mapping[str, str], *, key: str
    ) -> ConsentOutcome:
        """Saves what changed. A form sent twice changes nothing the second time.

        Raises AccessDenied, InvalidInput, KeyReused.
        """
        require_may(visit.actor, Action.CONSENT_EDIT)
        plan = await self.desk.plan(visit, KIND) if self.desk else NOT_PLANNED
        async with self.store.write(visit.opened.tenant_id) as tx:
            sheet = await load_sheet(tx, visit, patient, form.get("tab", ""))
            if form.get("seen") != sheet.seen:
                return ConsentOutcome({}, is_stale=not await was_saved(tx, visit, key))
            parsed = parse_consent_form(
                form, sheet.place, sheet.states, sheet.preferences, sheet.ways
            )
            if parsed.errors:
                return ConsentOutcome(parsed.errors)
            changed, entry = await save_sheet(tx, visit, sheet, parsed, key, plan)
            if self.desk and entry and entry.plan not in NOT_SENT:
                await self.desk.enqueue(tx, entry.ledger_id)
        if self.desk and entry and entry.plan not in NOT_SENT:
            await self.desk.start_and_wait(visit, [entry])
        return ConsentOutcome({}, changed=changed)


async def load_sheet(tx: TenantTx, visit: Visit, patient: Patient, tab: str) -> ConsentSheet:
    entries = await load_consents(tx, visit.patient_id)
    values = await load_contact_values(tx, visit.patient_id)
    places = build_places(patient, visit.today)
    place = next((p for p in places if p.key == tab), places[0])
    newest = max((v.saved_at for v in values), default=None)
    return ConsentSheet(
        places=places,
        place=place,
        entries=entries,
        states=find_states(entries, place, tx.now),
        preferences=read_preferences(values),
        held=read_held(values),
        language=read_contact(patient, today=visit.today)["language"],
        write=next((r for r in await load_ledger(tx, visit.patient_id) if r.kind == KIND), None),
        seen=f"{len(entries)}.{newest.timestamp() if newest else 0}",
    )


def build_ways(places: tuple[Place, ...]) -> dict[str, tuple[Channel, str]]:
    found: dict[str, tuple[Channel, str]] = {}
    for place in places:
        for name, address in place.channels.items():
            for channel in _CHANNELS:
                if channel == name:
                    found[f"only_{place.key}_{channel}"] = (channel, address)
    return found


_CHANNELS: tuple[Channel, ...] = ("text", "call", "email", "letter", "portal")


async def was_saved(tx: TenantTx, visit: Visit, key: str) -> bool:
    """Whether this very form was saved before, so that its return is no conflict."""
    try:
        await load_intent(tx, build_ledger_id(visit, key))
    except NotFound:
        return False
    return True


def build_ledger_id(visit: Visit, key: str) -> str:
    """The same for the same form of the same launch."""
    return str(uuid.uuid5(FORMS, f"{visit.opened.launch_id}:{key}:{KIND}"))


async def save_sheet(
    tx: TenantTx,
    visit: Visit,
    sheet: ConsentSheet,
    form: ConsentForm,
    key: str,
    plan: tuple[str, str],
) -> tuple[int, LedgerEntry | None]:
    """How many things changed, and the ledger row about them."""
    saying = build_saying(visit, sheet, form, tx.now)
    ids = [uuid.uuid4().hex for _ in sheet.place.cells]
    entries = build_entries(sheet.place, sheet.states, form.states, saying, ids)
    held = build_held(sheet, form, entries, tx.now)
    changes = build_changes(sheet, form, entries, held)
    if not changes:
        return 0, None
    recorded = build_recorded(
        sheet.places,
        (*sheet.entries, *entries),
        form.preferences,
        [say_change(change) for change in changes],
        tx.now,
    )
    entry = await save_preference_intent(tx, visit, recorded, changes, key, plan)
    user = visit.actor.user_id
    await save_consents(
        tx, visit.patient_id, entries, user_id=user, launch_id=visit.opened.launch_id
    )
    if form.preferences != sheet.preferences:
        await save_preferences(
            tx, visit.patient_id, form.preferences, saved_by=user, ledger_id=entry.ledger_id
        )
    if held != sheet.held:
        await save_held(tx, visit.patient_id, held, saved_by=user)
    return len(changes), entry


def build_saying(visit: Visit, sheet: ConsentSheet, form: ConsentForm, now: datetime) -> Saying:
    user = visit.opened.user
    return Saying(
        at=now,
        recorded_by=(user.name if user and user.name else "staff"),
        how=form.how,
        said=form.said,
        language=sheet.language,
        proxy=form.proxy if form.proxy_speaks else None,
        shared_known=form.shared_known,
    )


def build_held(
    sheet: ConsentSheet, form: ConsentForm, entries: tuple[ConsentEntry, ...], now: datetime
) -> Held:
    """Their own yes to a number also says that it is theirs, as of now."""
    spoke = form.how in ("spoken", "signed", "written") and not form.proxy_speaks
    own = {e.address for e in entries if e.action == "agreed" and e.address and spoke}
    checked = {**sheet.held.checked, **dict.fromkeys(sorted(own), now)}
    proxies: tuple[HeldProxy, ...] = ()
    if form.proxy is not None:
        name = form.proxy.name
        known = next((p for p in sheet.held.proxies if p.proxy.name == name), None)
        proxies = (replace(known or HeldProxy(proxy=form.proxy), proxy=form.proxy),)
    reassigned = sheet.held.reassigned - own
    return replace(sheet.held, checked=checked, reassigned=reassigned, proxies=proxies)


def build_changes(
    sheet: ConsentSheet, form: ConsentForm, entries: tuple[ConsentEntry, ...], held: Held
) -> list[FieldChange]:
    """What changed, in words that an EHR's note may carry: no number, no reason."""
    changes = [
        FieldChange(
            "consent",
            sheet.states[(e.purpose, e.channel)],
            f"{CHANNELS.get(e.channel, e.channel)} about {e.purpose}: {e.action}",
        )
        for e in entries
    ]
    before, after = sheet.preferences, form.preferences
    if before.do_not_contact != after.do_not_contact:
        changes.append(FieldChange("do_not_contact", *map(_word, _pair(before, after))))
    if before.confidential != after.confidential:
        changes.append(FieldChange("confidential", "", _word(after.confidential is not None)))
    rest = (before.spans, before.do_not_contact_until) != (after.spans, after.do_not_contact_until)
    if rest:
        changes.append(FieldChange("hours", "", "changed"))
    if held.proxies != sheet.held.proxies:
        changes.append(FieldChange("proxy", "", "changed"))
    return changes


def _pair(before: Preferences, after: Preferences) -> tuple[bool, bool]:
    return before.do_not_contact, after.do_not_contact


def _word(state: bool) -> str:
    return "yes" if state else "no"


async def save_preference_intent(
    tx: TenantTx,
    visit: Visit,
    recorded: RecordedConsent,
    changes: list[FieldChange],
    key: str,
    plan: tuple[str, str],
) -> LedgerEntry:
    """The ledger row and the audit row."""
    intent = NewIntent(
        ledger_id=build_ledger_id(visit, key),
        patient_id=visit.patient_id,
        kind=KIND,
        idempotency_key=f"{visit.opened.launch_id}:{key}:{KIND}",
        intent=build_content(recorded),
        subject=",".join(sorted({c.field for c in changes})),
        launch_id=visit.opened.launch_id,
        user_id=visit.actor.user_id,
        plan=plan[0],
        plan_reason=plan[1],
    )
    entry, _new = await save_intent(tx, intent)
    await append_audit(
        tx,
        AuditEntry(
            action="consent.saved",
            actor_id=visit.actor.user_id,
            launch_id=visit.opened.launch_id,
            patient_key=tx.patient_key(visit.patient_id),
            detail={"ledger": entry.ledger_id, "fields": intent.subject, "changes": len(changes)},
        ),
    )
    return entry
