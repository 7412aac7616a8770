"""Other rows of the ledger that a row's send depends on. Reads the store; decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import NotFound
from app.store.records.database_time import load_database_time
from app.store.records.due import OPEN
from app.store.records.ledger import LedgerEntry, load_intent, load_ledger
from app.store.records.ledger_keys import has_key
from app.store.records.patients import load_patient_id
from app.store.transactions import TenantTx
from app.sync.intents import CONSENT, WITHDRAWN

CONSENT_PLAN = "consent"


@dataclass(frozen=True, slots=True)
class ConsentKin:
    """A patient's consents are one resource, which the newest row writes whole. `ehr_id` names it,
    "" while there is none. `is_newest` False: a newer row says all that this one says. `waits`: an
    older row is on its way; `is_lost`: one may have created it and nobody can tell."""

    ehr_id: str = ""
    is_newest: bool = True
    waits: bool = False
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Kin:
    """`origin`: the plan that a withdrawal takes back, None when the ledger has none.
    `is_taken_back`: this very plan was taken back since, so that nothing is created for it."""

    origin: LedgerEntry | None = None
    is_taken_back: bool = False
    consent: ConsentKin | None = None


ALONE = Kin()


def has_kin(entry: LedgerEntry) -> bool:
    """Whether the send depends on other rows at all: most depend on none."""
    return entry.kind in ("planned_outreach", CONSENT, WITHDRAWN)


async def load_kin(tx: TenantTx, entry: LedgerEntry) -> Kin:
    if entry.kind == "planned_outreach":
        return Kin(is_taken_back=await has_key(tx, build_withdrawal_key(entry.ledger_id)))
    if entry.kind == CONSENT and entry.plan == CONSENT_PLAN:
        patient_id = await load_patient_id(tx, entry.patient_key)
        rows = await load_ledger(tx, patient_id)
        return Kin(consent=find_consent_kin(entry, rows, await load_database_time(tx)))
    if entry.kind != WITHDRAWN:
        return ALONE
    try:
        return Kin(origin=await load_intent(tx, str(entry.intent.get("planned", ""))))
    except NotFound:
        return ALONE


def build_withdrawal_key(planned: str) -> str:
    """The idempotency key of the withdrawal of the plan in that row: a plan is taken back once."""
    return f"withdraw:{planned}"


def find_consent_kin(entry: LedgerEntry, rows: Sequence[LedgerEntry], now: datetime) -> ConsentKin:
    """`rows` are the patient's, newest first."""
    own = [r for r in rows if (r.kind, r.plan) == (CONSENT, CONSENT_PLAN)]
    place = next((n for n, r in enumerate(own) if r.ledger_id == entry.ledger_id), 0)
    older = own[place + 1 :]
    ehr_id = next((r.ehr_id for r in older if r.ehr_id), "")
    return ConsentKin(
        ehr_id=ehr_id,
        is_newest=place == 0,
        waits=any(_may_be_there(r, now) for r in older),
        is_lost=not ehr_id and any(r.error_code == "outcome_unknown" for r in older),
    )


def _may_be_there(row: LedgerEntry, now: datetime) -> bool:
    """On its way, or sent without an answer."""
    is_held = row.claimed_until is not None and row.claimed_until > now
    return row.state in OPEN and (is_held or row.state != "saved")
