"""Patients behind their blind indexes: the one way back from a key to an id."""

from app.errors import NotFound
from app.store.tables.charts import PATIENT_REF
from app.store.transactions import TenantTx


async def remember_patient(tx: TenantTx, patient_id: str) -> str:
    """The patient's key; from now on it leads back to the id."""
    key = tx.patient_key(patient_id)
    sealed = tx.seal(PATIENT_REF, "patient_id_sealed", key, patient_id.encode())
    values = {"patient_key": key, "patient_id_sealed": sealed, "first_seen": tx.now}
    await tx.insert_new(PATIENT_REF, values)
    return key


async def load_patient_id(tx: TenantTx, patient_key: str) -> str:
    """The patient's id in the EHR. Raises NotFound for a key that was never remembered."""
    row = await tx.first(tx.select(PATIENT_REF).where(PATIENT_REF.c.patient_key == patient_key))
    if row is None:
        raise NotFound
    opened = await tx.open(PATIENT_REF, "patient_id_sealed", patient_key, row.patient_id_sealed)
    return opened.decode()
