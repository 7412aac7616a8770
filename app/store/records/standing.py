"""What Chartside holds of a person beside the consent ledger: preferences and what is known of
their addresses. Kept as contact values, so the former ones stay as history. Judges nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from app.errors import DataError
from app.outreach.consent import Proxy
from app.outreach.request import Preferences
from app.store.records.contacts import ContactValue, load_contact_values, save_contact_value
from app.store.transactions import TenantTx

T = TypeVar("T")


class HeldProxy(Struct, frozen=True, kw_only=True):
    """A proxy recorded here, and at which canonical addresses they are reached."""

    proxy: Proxy
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Suspicion(Struct, frozen=True):
    """Someone says that the person may have died."""

    kind: str
    at: datetime
    by: str


class HeldFacts(Struct, frozen=True, kw_only=True):
    """`checked`: address → when the patient, or a look-up, last confirmed that it is theirs.
    `reassigned`: addresses that turned out to be somebody else's. `alive_at` answers suspicions."""

    checked: Mapping[str, datetime] = {}
    reassigned: frozenset[str] = frozenset()
    letters_back: bool = False
    proxies: tuple[HeldProxy, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    alive_at: datetime | None = None
    portal: str = "unknown"


PREFERENCES = "preferences"
HELD = "held"


def read_preferences(values: tuple[ContactValue, ...]) -> Preferences:
    """The current preferences among a patient's contact values."""
    return _read(values, PREFERENCES, Preferences) or Preferences()


def read_held(values: tuple[ContactValue, ...]) -> HeldFacts:
    """The current held facts among a patient's contact values."""
    return _read(values, HELD, HeldFacts) or HeldFacts()


async def load_standing(tx: TenantTx, patient_id: str) -> tuple[Preferences, HeldFacts]:
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


async def save_held(tx: TenantTx, patient_id: str, held: HeldFacts, *, saved_by: str) -> None:
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
