"""Conflicts: both values of a field that changed on both sides, and what a person chose."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app.errors import NotFound, StaleWrite
from app.store.records.patients import remember_patient
from app.store.tables.ledger import CONFLICT
from app.store.transactions import AnyRow, TenantTx


@dataclass(frozen=True, slots=True)
class NewConflict:
    """`base` is what both sides started from; the three values are any JSON and are sealed, as is
    who changed it in the EHR. `theirs_is_exact` False: it was there by `theirs_at`, perhaps
    longer."""

    ledger_id: str
    patient_id: str
    field: str
    base: Any
    ours: Any
    theirs: Any
    ehr_version: str = ""
    theirs_by: str = ""
    theirs_at: datetime | None = None
    theirs_is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """`choice` is "" while open, then ours, theirs or other (with `chosen` what was typed)."""

    conflict_id: str
    ledger_id: str
    patient_key: str
    field: str
    base: Any
    ours: Any
    theirs: Any
    chosen: Any
    ehr_version: str
    choice: str
    chosen_by: str
    opened_at: datetime
    chosen_at: datetime | None
    theirs_by: str = ""
    theirs_at: datetime | None = None
    theirs_is_exact: bool = False


async def save_conflict(tx: TenantTx, new: NewConflict) -> str:
    """Opens a conflict; its id."""
    conflict_id = uuid.uuid4().hex
    values = {name: getattr(new, name) for name in ("base", "ours", "theirs", *_THERE)}
    values["chosen"] = None
    sealed = tx.seal(CONFLICT, "values_sealed", conflict_id, msgspec.json.encode(values))
    row = {
        "conflict_id": conflict_id,
        "ledger_id": new.ledger_id,
        "patient_key": await remember_patient(tx, new.patient_id),
        "field": new.field,
        "values_sealed": sealed,
        "ehr_version": new.ehr_version,
        "choice": "",
        "chosen_by": "",
        "opened_at": tx.now,
    }
    await tx.insert(CONFLICT, row)
    return conflict_id


async def load_conflict(tx: TenantTx, conflict_id: str) -> Conflict:
    """Raises NotFound for an id that this tenant does not have."""
    row = await tx.first(tx.select(CONFLICT).where(CONFLICT.c.conflict_id == conflict_id))
    if row is None:
        raise NotFound
    return await _open(tx, row)


async def load_conflicts(
    tx: TenantTx, patient_id: str, *, ledger_id: str = "", settled: bool = False
) -> tuple[Conflict, ...]:
    """A patient's open conflicts, oldest first; with `settled` the chosen ones too."""
    query = tx.select(CONFLICT).where(CONFLICT.c.patient_key == tx.patient_key(patient_id))
    if ledger_id:
        query = query.where(CONFLICT.c.ledger_id == ledger_id)
    if not settled:
        query = query.where(CONFLICT.c.choice == "")
    rows = await tx.all(query.order_by(CONFLICT.c.opened_at, CONFLICT.c.conflict_id))
    return tuple([await _open(tx, row) for row in rows])


async def choose_conflict(
    tx: TenantTx, conflict_id: str, choice: str, *, chosen_by: str, chosen: Any = None
) -> Conflict:
    """Records a person's choice once; all values stay.

    Raises StaleWrite when somebody chose before, NotFound for an unknown id.
    """
    conflict = await load_conflict(tx, conflict_id)
    values = {name: getattr(conflict, name) for name in ("base", "ours", "theirs", *_THERE)}
    values["chosen"] = chosen if choice == "other" else values.get(choice)
    sealed = tx.seal(CONFLICT, "values_sealed", conflict_id, msgspec.json.encode(values))
    still_open = (CONFLICT.c.conflict_id == conflict_id, CONFLICT.c.choice == "")
    change = tx.update(CONFLICT).where(*still_open)
    changes = {"choice": choice, "chosen_by": chosen_by, "chosen_at": tx.now}
    if await tx.run(change.values(**changes, values_sealed=sealed)) != 1:
        raise StaleWrite
    return await load_conflict(tx, conflict_id)


async def _open(tx: TenantTx, row: AnyRow) -> Conflict:
    body = await tx.open(CONFLICT, "values_sealed", row.conflict_id, row.values_sealed)
    values = msgspec.json.decode(body)
    return Conflict(
        conflict_id=row.conflict_id,
        ledger_id=row.ledger_id,
        patient_key=row.patient_key,
        field=row.field,
        base=values["base"],
        ours=values["ours"],
        theirs=values["theirs"],
        chosen=values["chosen"],
        ehr_version=row.ehr_version,
        choice=row.choice,
        chosen_by=row.chosen_by,
        opened_at=row.opened_at,
        chosen_at=row.chosen_at,
        theirs_by=values.get("theirs_by", ""),
        theirs_at=_parse_moment(values.get("theirs_at")),
        theirs_is_exact=values.get("theirs_is_exact", False),
    )


_THERE = ("theirs_by", "theirs_at", "theirs_is_exact")


def _parse_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
