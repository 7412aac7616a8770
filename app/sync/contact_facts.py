"""What is stored of a person as far as contact goes, joined with their chart for the gate.

Loads and joins; judges nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from app.clinical.chart import Chart
from app.outreach.consent import ConsentEntry
from app.outreach.known import Held, KnownPerson
from app.outreach.person import build_person
from app.outreach.request import Contact, Preferences
from app.store.records.consents import load_consents, load_shared
from app.store.records.contact_history import load_contacts
from app.store.records.contacts import load_contact_values
from app.store.records.inbound import load_unread
from app.store.records.ledger import LedgerEntry, load_ledger
from app.store.records.standing import read_held, read_preferences
from app.store.transactions import TenantTx
from app.sync.intents import parse_intent
from app.sync.rule_files import ContactRules

HISTORY = timedelta(days=31)
"""As far back as any frequency limit counts."""
OURS = ("saved", "sending", "unknown", "conflict", "attention", "noted")
"""Ledger states in which our value stands in the place of the EHR's."""


class ContactFacts(Struct, frozen=True):
    """What Chartside holds. `held` with pending edits, conflicts, shared numbers and unread
    replies found."""

    consents: tuple[ConsentEntry, ...] = ()
    preferences: Preferences = Preferences()
    held: Held = Held()
    history: tuple[Contact, ...] = ()


async def load_contact_facts(
    tx: TenantTx, patient_id: str, *, ledger: Sequence[LedgerEntry] | None = None
) -> ContactFacts:
    """`ledger` if it is at hand."""
    consents = await load_consents(tx, patient_id)
    values = await load_contact_values(tx, patient_id)
    entries = await load_ledger(tx, patient_id) if ledger is None else ledger
    pending, conflicts = find_pending(entries)
    addresses = sorted({e.address for e in consents if e.address} | set(pending.values()))
    held = replace(
        read_held(values),
        pending=pending,
        conflicts=conflicts,
        shared=await load_shared(tx, patient_id, addresses) if addresses else frozenset(),
        unread=await load_unread(tx, patient_id),
        language=next((str(v.value) for v in values if v.field == "language"), ""),
    )
    since = tx.now - HISTORY
    return ContactFacts(
        consents, read_preferences(values), held, await load_contacts(tx, patient_id, since=since)
    )


def find_pending(entries: Sequence[LedgerEntry]) -> tuple[dict[str, str], frozenset[str]]:
    """Our values that the EHR does not show yet, the newest of each field; fields in conflict."""
    pending: dict[str, str] = {}
    conflicts: set[str] = set()
    settled: set[str] = set()
    for entry in entries:
        if entry.kind != "contact_detail":
            continue
        for change in parse_intent(entry.intent):
            if change.field in settled:
                continue
            settled.add(change.field)
            if entry.state in OURS:
                pending[change.field] = change.after
            if entry.state == "conflict":
                conflicts.add(change.field)
    return pending, frozenset(conflicts)


def build_known(chart: Chart, facts: ContactFacts, rules: ContactRules, today: date) -> KnownPerson:
    """The person as the gate is asked about them."""
    return build_person(chart, facts.consents, facts.preferences, facts.held, rules.signs, today)
