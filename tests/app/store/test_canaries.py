"""What identifies a person, and every secret, is found in no file and in no log of the store."""

import logging
from pathlib import Path

import pytest

from app.clinical.chart import Chart
from app.clinical.elements import Name, ReadInfo, Source
from app.clinical.facts import Patient
from app.store.db import Store
from app.store.ports.client_keys import StoredClientKeys
from app.store.ports.launches import StoredLaunches
from app.store.ports.pending import StoredPendings
from app.store.records.charts import save_chart
from app.store.records.conflicts import NewConflict, choose_conflict, save_conflict
from app.store.records.contacts import save_contact_value
from app.store.records.ledger import NewIntent, Progress, save_intent, save_state
from app.store.tables import METADATA
from launch.models import LaunchUser
from tests.app.store.cast import NORTH, add_tenants, event_of, opened_of, pending_of, tokens_of
from tests.app.store.conftest import T0

pytestmark = pytest.mark.anyio
PATIENT = "patient-canary-7391"
CANARIES = (
    PATIENT,
    "Family-canary",
    "Person-canary",
    "phone-canary",
    "theirs-canary",
    "chosen-canary",
    "ehr-id-canary",
    "verifier-canary",
    "nonce-canary",
    "access-canary",
    "refresh-canary",
    "the secret of",
)


async def drive(store: Store) -> None:
    """Every record that holds what must not be read."""
    await add_tenants(store)
    await StoredPendings(store).save(pending_of("s1"))
    person = LaunchUser(iss="https://id.example", sub="9", name="Person-canary")
    await StoredLaunches(store).save_launch(
        opened_of("l1", patient=PATIENT, user=person),
        tokens_of("canary"),
        session_hash="h",
        held=False,
        audit=event_of("launch_opened"),
    )
    source = Source(ReadInfo("s", T0, "generic", "1"), "Patient", PATIENT)
    chart = Chart(patient=Patient(id=PATIENT, source=source, names=(Name(family="Family-canary"),)))
    async with store.write(NORTH) as tx:
        await save_chart(tx, PATIENT, chart, read_at=T0)
        await save_contact_value(tx, PATIENT, "phone", "phone-canary", saved_by="u")
        new = NewIntent("led1", PATIENT, "contact_detail", "k", {"v": "phone-canary"})
        await save_intent(tx, new)
        await save_state(tx, "led1", Progress(ehr_id="ehr-id-canary"), version=1)
        conflict = NewConflict("led1", PATIENT, "phone", "", "phone-canary", "theirs-canary")
        conflict_id = await save_conflict(tx, conflict)
        await choose_conflict(tx, conflict_id, "other", chosen_by="u", chosen="chosen-canary")


async def test_no_canary_in_any_column_or_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await drive(store)
    async with store.engine.connect() as connection:
        for name, table in METADATA.tables.items():
            rows = (await connection.execute(table.select())).all()
            content = b"".join(
                bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
                for row in rows
                for value in row
            )
            assert [c for c in CANARIES if c.encode() in content] == [], name
    assert [c for c in CANARIES if c in caplog.text] == []


async def test_no_canary_in_any_file_while_open_and_afterwards(
    store: Store, tmp_path: Path
) -> None:
    if not store.is_sqlite:
        pytest.skip("the files of PostgreSQL are the server's")
    await drive(store)
    private = [key.private_jwk["d"] for key in await StoredClientKeys(store).load_keys()]
    folder = tmp_path / "data"
    names = {file.name for file in folder.iterdir()}
    assert {"chartside.db", "chartside.db-wal", "chartside.db-shm"} <= names
    for look in ("open", "closed"):
        if look == "closed":
            await store.close()
        for file in folder.iterdir():
            content = file.read_bytes()
            found = [c for c in (*CANARIES, *private) if c.encode() in content]
            assert found == [], (look, file.name)
