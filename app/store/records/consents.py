"""The consent ledger's rows: added, never changed. Folds nothing; app.outreach.consent does."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam

from app.errors import SealBroken
from app.outreach.consent import ConsentEntry
from app.store.records.patients import remember_patient
from app.store.tables.outreach import CONSENT
from app.store.transactions import TenantTx, build_tenant_select

_OF_PATIENT = (
    build_tenant_select(CONSENT)
    .where(CONSENT.c.patient_key == bindparam("patient"))
    .order_by(CONSENT.c.recorded_at, CONSENT.c.entry_id)
)


def build_address_key(tx: TenantTx, address: str) -> str:
    """What stands for a canonical address (E.164, lower-case e-mail) beside sealed cells."""
    return tx.blind("address", "value", address) if address else ""


async def save_consents(
    tx: TenantTx,
    patient_id: str,
    entries: Sequence[ConsentEntry],
    *,
    user_id: str,
    launch_id: str = "",
) -> None:
    """Adds entries. `user_id` recorded them; an entry's own `recorded_by` is the name as shown."""
    key = await remember_patient(tx, patient_id)
    for entry in entries:
        body = msgspec.json.encode(entry)
        values = {
            "entry_id": entry.id,
            "patient_key": key,
            "kind": entry.kind,
            "action": entry.action,
            "purpose": entry.purpose,
            "channel": entry.channel,
            "address_key": build_address_key(tx, entry.address),
            "recorded_at": entry.recorded_at,
            "recorded_by": user_id,
            "launch_id": launch_id,
            "body_sealed": tx.seal(CONSENT, "body_sealed", entry.id, body),
            "body_mac": _build_mac(tx, body),
        }
        await tx.insert(CONSENT, values)


async def load_consents(tx: TenantTx, patient_id: str) -> tuple[ConsentEntry, ...]:
    """A patient's entries, oldest first. Raises SealBroken for one that is not as it was added."""
    entries = []
    for row in await tx.all(_OF_PATIENT, tx.of_patient(patient_id)):
        body = await tx.open(CONSENT, "body_sealed", row.entry_id, row.body_sealed)
        if _build_mac(tx, body) != row.body_mac:
            raise SealBroken
        entries.append(msgspec.json.decode(body, type=ConsentEntry))
    return tuple(entries)


async def load_shared(tx: TenantTx, patient_id: str, addresses: Sequence[str]) -> frozenset[str]:
    """Those of the addresses about which another patient of this tenant has entries too."""
    keys = {build_address_key(tx, address): address for address in addresses if address}
    others = CONSENT.c.patient_key != tx.patient_key(patient_id)
    query = tx.select(CONSENT, CONSENT.c.address_key).where(others)
    rows = await tx.all(query.where(CONSENT.c.address_key.in_(list(keys))).distinct())
    return frozenset(keys[row.address_key] for row in rows)


async def load_patients_at(tx: TenantTx, address: str) -> tuple[str, ...]:
    """Keys of the patients with an entry about this address: whom a reply from it may mean."""
    query = tx.select(CONSENT, CONSENT.c.patient_key)
    mine = CONSENT.c.address_key == build_address_key(tx, address)
    rows = await tx.all(query.where(mine).distinct().order_by(CONSENT.c.patient_key))
    return tuple(row.patient_key for row in rows)


def _build_mac(tx: TenantTx, body: bytes) -> str:
    return tx.blind("consent_entries", "body", body.decode())
