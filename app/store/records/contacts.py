"""Contact details and preferences as people saved them here. Says nothing of the EHR's values."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam

from app.store.records.patients import remember_patient
from app.store.tables.charts import CONTACT
from app.store.transactions import AnyRow, TenantTx, build_tenant_select

_EVER = (
    build_tenant_select(CONTACT)
    .where(CONTACT.c.patient_key == bindparam("patient"))
    .order_by(CONTACT.c.saved_at, CONTACT.c.value_id)
)
_CURRENT = _EVER.where(CONTACT.c.superseded_at.is_(None))


@dataclass(frozen=True, slots=True)
class ContactValue:
    """One saved value. `field` as the form names it, `value` whatever JSON the caller gave.

    `ledger_id` leads to the write that carries it to the EHR; `superseded_at` None = current.
    """

    value_id: str
    field: str
    value: Any
    ledger_id: str
    saved_by: str
    saved_at: datetime
    superseded_at: datetime | None = None


async def save_contact_value(
    tx: TenantTx, patient_id: str, field: str, value: Any, *, saved_by: str, ledger_id: str = ""
) -> ContactValue:
    """Saves `value` as the current one of its field; the former one stays as history."""
    key = await remember_patient(tx, patient_id)
    value_id = uuid.uuid4().hex
    same = (CONTACT.c.patient_key == key, CONTACT.c.field == field)
    current = tx.update(CONTACT).where(*same, CONTACT.c.superseded_at.is_(None))
    await tx.run(current.values(superseded_at=tx.now))
    sealed = tx.seal(CONTACT, "value_sealed", value_id, msgspec.json.encode(value))
    values = {
        "value_id": value_id,
        "patient_key": key,
        "field": field,
        "value_sealed": sealed,
        "ledger_id": ledger_id,
        "saved_by": saved_by,
        "saved_at": tx.now,
    }
    await tx.insert(CONTACT, values)
    return ContactValue(value_id, field, value, ledger_id, saved_by, tx.now)


async def load_contact_values(
    tx: TenantTx, patient_id: str, *, history: bool = False
) -> tuple[ContactValue, ...]:
    """The current value of each field, oldest first; with `history` the superseded ones too."""
    rows = await tx.all(_EVER if history else _CURRENT, tx.of_patient(patient_id))
    return tuple([await _open(tx, row) for row in rows])


async def _open(tx: TenantTx, row: AnyRow) -> ContactValue:
    body = await tx.open(CONTACT, "value_sealed", row.value_id, row.value_sealed)
    value = msgspec.json.decode(body)
    return ContactValue(
        row.value_id,
        row.field,
        value,
        row.ledger_id,
        row.saved_by,
        row.saved_at,
        row.superseded_at,
    )
