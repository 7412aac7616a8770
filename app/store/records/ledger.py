"""The ledger's rows: saved once, moved on by whoever holds the right version. Writes no EHR."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Update, bindparam

from app.errors import KeyReused, NotFound, StaleWrite
from app.store.records.patients import remember_patient
from app.store.tables.ledger import LEDGER
from app.store.transactions import (
    AnyRow,
    TenantTx,
    build_tenant_select,
    build_tenant_update,
)

SETTLED = ("in_ehr", "noted", "cancelled")
"""States that nothing moves on from by itself."""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """What somebody wants the EHR to have. `ledger_id` is a UUID, our identifier on the wire.

    `kind`: contact_detail, contact_preference, planned_outreach, completed_contact. `subject` is
    the part of the page that shows it (a field name). `intent` is any JSON value and is sealed.
    `precondition` is the version that the write names.
    """

    ledger_id: str
    patient_id: str
    kind: str
    idempotency_key: str
    intent: Any
    subject: str = ""
    launch_id: str = ""
    user_id: str = ""
    plan: str = ""
    plan_reason: str = ""
    precondition: str = ""
    state: str = "saved"
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A row of the ledger, opened. `version` is what the next change must name; `fence` grows with
    each claim, so that a worker which lost its claim cannot record anything."""

    ledger_id: str
    patient_key: str
    launch_id: str
    user_id: str
    kind: str
    subject: str
    intent: Any
    plan: str
    plan_reason: str
    precondition: str
    state: str
    error_code: str
    attempts: int
    next_attempt_at: datetime | None
    ehr_type: str
    ehr_id: str
    ehr_version: str
    read_back: str
    read_back_at: datetime | None
    detail: Mapping[str, Any]
    claimed_by: str
    claimed_until: datetime | None
    fence: int
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Changes to an entry; what is left UNSET stays as it is.

    `read_back`: matched, differs, not_readable. `detail` (codes, never PHI) replaces the whole.
    """

    state: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    plan_reason: str | UnsetType = UNSET
    precondition: str | UnsetType = UNSET
    next_attempt_at: datetime | UnsetType | None = UNSET
    ehr_type: str | UnsetType = UNSET
    ehr_id: str | UnsetType = UNSET
    ehr_version: str | UnsetType = UNSET
    read_back: str | UnsetType = UNSET
    read_back_at: datetime | UnsetType | None = UNSET
    detail: Mapping[str, Any] | UnsetType = UNSET


NO_PROGRESS = Progress()

_ONE = build_tenant_select(LEDGER).where(LEDGER.c.ledger_id == bindparam("ledger"))
_OF_PATIENT = (
    build_tenant_select(LEDGER)
    .where(LEDGER.c.patient_key == bindparam("patient"))
    .order_by(LEDGER.c.created_at.desc(), LEDGER.c.ledger_id)
    .limit(bindparam("most"))
)
_OF_KEY = build_tenant_select(LEDGER).where(LEDGER.c.idempotency_key == bindparam("key"))


async def save_intent(tx: TenantTx, new: NewIntent) -> tuple[LedgerEntry, bool]:
    """The entry, and whether it is new. The same idempotency key gives the first entry again.

    Raises KeyReused when the key comes back with another intent or another patient.
    """
    patient_key = await remember_patient(tx, new.patient_id)
    content = msgspec.json.encode(new.intent, order="sorted")
    mac = _build_intent_mac(tx, new, patient_key, content)
    values = {name: getattr(new, name) for name in _GIVEN}
    added = await tx.insert_new(
        LEDGER,
        {
            **values,
            "patient_key": patient_key,
            "detail": dict(new.detail),
            "intent_mac": mac,
            "intent_sealed": tx.seal(LEDGER, "intent_sealed", new.ledger_id, content),
            **_fresh(tx.now),
        },
    )
    row = await tx.first(_OF_KEY, {"tenant": tx.tenant_id, "key": new.idempotency_key})
    if row is None or row.intent_mac != mac:
        raise KeyReused
    return await _open(tx, row), added


async def load_intent(tx: TenantTx, ledger_id: str) -> LedgerEntry:
    """Raises NotFound for an id that this tenant does not have."""
    row = await tx.first(_ONE, {"tenant": tx.tenant_id, "ledger": ledger_id})
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_ledger(
    tx: TenantTx, patient_id: str, *, limit: int = 100
) -> tuple[LedgerEntry, ...]:
    """A patient's entries, newest first."""
    rows = await tx.all(_OF_PATIENT, tx.of_patient(patient_id, most=limit))
    return tuple([await _open(tx, row) for row in rows])


async def load_tenant_ledger(
    tx: TenantTx, *, states: tuple[str, ...] = (), limit: int = 200
) -> tuple[LedgerEntry, ...]:
    """A tenant's entries, newest first; only those in `states` if any are named."""
    query = tx.select(LEDGER).order_by(LEDGER.c.created_at.desc(), LEDGER.c.ledger_id)
    if states:
        query = query.where(LEDGER.c.state.in_(states))
    return tuple([await _open(tx, row) for row in await tx.all(query.limit(limit))])


async def save_state(
    tx: TenantTx, ledger_id: str, progress: Progress, *, version: int, fence: int | None = None
) -> int:
    """Applies `progress`; the new version.

    Raises StaleWrite when the entry has moved on from `version`, or is claimed beyond `fence`.
    """
    values = _build_values(tx, ledger_id, progress) | {"version": version + 1}
    seen = {"version": version} | ({} if fence is None else {"fence": fence})
    if not await _change(tx, ledger_id, values, seen):
        raise StaleWrite
    return version + 1


async def save_outcome(tx: TenantTx, claimed: LedgerEntry, progress: Progress) -> None:
    """Applies `progress` to what was claimed, counts the attempt and gives the claim back.

    Raises StaleWrite when the entry has moved on since, or somebody else claimed it.
    """
    values = _build_values(tx, claimed.ledger_id, progress) | {
        "attempts": claimed.attempts + 1,
        "claimed_by": "",
        "claimed_until": None,
        "version": claimed.version + 1,
    }
    seen = {"version": claimed.version, "fence": claimed.fence}
    if not await _change(tx, claimed.ledger_id, values, seen):
        raise StaleWrite


async def claim_intent(
    tx: TenantTx,
    ledger_id: str,
    *,
    worker: str,
    until: datetime,
    now: datetime | None = None,
    progress: Progress = NO_PROGRESS,
) -> LedgerEntry | None:
    """Takes the entry for `worker` until then; None while another's claim lives or it is settled.

    The entry comes back with its new fence, which every later change should name, and else as it
    was: `progress` is what the claim itself makes of the row. `now` is what claims are measured
    by; workers on several machines give the database's time.
    """
    row = await tx.first(_ONE, {"tenant": tx.tenant_id, "ledger": ledger_id})
    if row is None or row.state in SETTLED:
        return None
    is_held = row.claimed_until is not None and row.claimed_until > (now or tx.now)
    if is_held and row.claimed_by != worker:
        return None
    seen = {"version": row.version, "fence": row.fence}
    claim: dict[str, Any] = {"claimed_by": worker, "claimed_until": until}
    claim |= {"fence": row.fence + 1, "version": row.version + 1}
    if not await _change(tx, ledger_id, _build_values(tx, ledger_id, progress) | claim, seen):
        return None  # somebody was faster
    return replace(await _open(tx, row), **claim)


def _build_values(tx: TenantTx, ledger_id: str, progress: Progress) -> dict[str, Any]:
    """The columns that `progress` changes, and the moment that it does."""
    changes = {f.name: getattr(progress, f.name) for f in fields(progress)}
    values = {name: value for name, value in changes.items() if value is not UNSET}
    if "ehr_id" in values:
        ehr_id = str(values.pop("ehr_id")).encode()
        values["ehr_id_sealed"] = tx.seal(LEDGER, "ehr_id_sealed", ledger_id, ehr_id)
    return values | {"updated_at": tx.now}


async def _change(
    tx: TenantTx, ledger_id: str, values: Mapping[str, Any], seen: Mapping[str, int]
) -> bool:
    """Gives the row these values if it still is as it was `seen`; whether it was."""
    given = {f"new_{name}": value for name, value in values.items()}
    given |= {f"seen_{name}": value for name, value in seen.items()}
    mine = {"tenant": tx.tenant_id, "ledger": ledger_id}
    return await tx.run(_build_change(tuple(values), tuple(seen)), given | mine) == 1


@cache
def _build_change(names: tuple[str, ...], seen: tuple[str, ...]) -> Update:
    """Built once for the same columns: there are a handful of such sets."""
    column = LEDGER.c
    mine = [column.ledger_id == bindparam("ledger")]
    mine += [column[name] == bindparam(f"seen_{name}") for name in seen]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return build_tenant_update(LEDGER).where(*mine).values(values)


_GIVEN = tuple(
    f.name for f in fields(NewIntent) if f.name not in ("patient_id", "intent", "detail")
)
"""Columns that take a NewIntent's value as it is."""


def _fresh(now: datetime) -> dict[str, Any]:
    empty = {name: "" for name in ("error_code", "ehr_type", "ehr_version", "read_back")}
    return {
        **empty,
        "attempts": 0,
        "claimed_by": "",
        "fence": 0,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _build_intent_mac(tx: TenantTx, new: NewIntent, patient_key: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return tx.blind("ledger", "intent", f"{patient_key} {new.kind} {new.subject} {digest}")


async def _open(tx: TenantTx, row: AnyRow) -> LedgerEntry:
    intent = await tx.open(LEDGER, "intent_sealed", row.ledger_id, row.intent_sealed)
    ehr_id = b""
    if row.ehr_id_sealed is not None:
        ehr_id = await tx.open(LEDGER, "ehr_id_sealed", row.ledger_id, row.ehr_id_sealed)
    found = row._mapping
    plain = {f.name: found[f.name] for f in fields(LedgerEntry) if f.name in found}
    return LedgerEntry(**plain, intent=msgspec.json.decode(intent), ehr_id=ehr_id.decode())
