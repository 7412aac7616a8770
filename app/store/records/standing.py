"""What Chartside holds of a person beside the consent ledger: preferences and what is known of
their addresses. Kept as contact values, so the former ones stay as history. Judges nothing.

Of `Held` only what was told is kept; pending edits, conflicts and shared numbers are found anew.
"""

from typing import TypeVar

import msgspec

from app.errors import DataError
from app.outreach.known import Held
from app.outreach.request import Preferences
from app.store.records.contacts import ContactValue, load_contact_values, save_contact_value
from app.store.transactions import TenantTx

T = TypeVar("T")


PREFERENCES = "preferences"
HELD = "held"


def read_preferences(values: tuple[ContactValue, ...]) -> Preferences:
    """The current preferences among a patient's contact values."""
    return _read(values, PREFERENCES, Preferences) or Preferences()


def read_held(values: tuple[ContactValue, ...]) -> Held:
    """The current held facts among a patient's contact values."""
    return _read(values, HELD, Held) or Held()


async def load_standing(tx: TenantTx, patient_id: str) -> tuple[Preferences, Held]:
    """Both, as they stand now."""
    values = await load_contact_values(tx, patient_id)
    return read_preferences(values), read_held(values)


async def save_preferences(
    tx: TenantTx, patient_id: str, preferences: Preferences, *, saved_by: str, ledger_id: str = ""
) -> None:
    value = msgspec.to_builtins(preferences)
    await save_contact_value(
        tx, patient_id, PREFERENCES, value, saved_by=saved_by, ledger_id=ledger_id
    )


async def save_held(tx: TenantTx, patient_id: str, held: Held, *, saved_by: str) -> None:
    value = msgspec.to_builtins(held)
    await save_contact_value(tx, patient_id, HELD, value, saved_by=saved_by)


def _read(values: tuple[ContactValue, ...], field: str, kind: type[T]) -> T | None:
    found = next((v for v in values if v.field == field), None)
    if found is None:
        return None
    try:
        return msgspec.convert(found.value, kind)
    except msgspec.ValidationError as exc:
        # Read as nothing it would lift a refusal: it must not be read at all.
        raise DataError("A saved preference cannot be read any more.") from exc
