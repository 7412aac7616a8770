"""The consent ledger only grows, tells what was said, and finds people by an address."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.errors import SealBroken
from app.outreach.consent import ConsentEntry, Proxy
from app.store.db import Store
from app.store.records.consents import load_consents, load_patients_at, save_consents
from app.store.rotation import rotate_data_key
from app.store.tables.outreach import CONSENT
from tests.app.store.conftest import T0

pytestmark = pytest.mark.anyio
NUMBER = "+16025550148"
AGREED = ConsentEntry(
    id="e1",
    action="agreed",
    recorded_at=T0,
    recorded_by="R. Patel, MA",
    how="spoken",
    purpose="treatment",
    channel="text",
    address=NUMBER,
    wording="May we text you?",
    wording_version="4",
    proxy=Proxy(name="Daniel Vargas", relationship="representative", purposes=("treatment",)),
)
REVOKED = ConsentEntry(
    id="e2",
    action="revoked",
    recorded_at=T0 + timedelta(days=1),
    recorded_by="system",
    how="reply",
    address=NUMBER,
)


async def save_both(store: Store) -> None:
    async with store.write("north") as tx:
        await save_consents(tx, "p1", [REVOKED, AGREED], user_id="u1", launch_id="l1")


async def test_entries_come_back_as_they_were_said_oldest_first(store: Store) -> None:
    await save_both(store)
    await rotate_data_key(store, "north")
    async with store.read("north") as tx:
        assert await load_consents(tx, "p1") == (AGREED, REVOKED)
        assert await load_consents(tx, "p2") == ()
        assert await load_patients_at(tx, NUMBER) == (tx.patient_key("p1"),)
        assert await load_patients_at(tx, "+16025550149") == ()
    async with store.read("south") as tx:
        assert await load_consents(tx, "p1") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_entries SET action = 'agreed'",
        "UPDATE consent_entries SET recorded_at = recorded_at",
        "DELETE FROM consent_entries",
    ],
)
async def test_the_database_refuses_to_change_an_entry(store: Store, statement: str) -> None:
    await save_both(store)
    with pytest.raises(Exception, match="never changed"):
        async with store.engine.begin() as connection:
            await connection.execute(text(statement))
    async with store.read("north") as tx:
        assert len(await load_consents(tx, "p1")) == 2


async def test_a_body_sealed_anew_with_other_words_is_not_believed(store: Store) -> None:
    await save_both(store)
    with pytest.raises(SealBroken):
        async with store.write("north") as tx:
            forged = tx.seal(CONSENT, "body_sealed", "e2", b'{"id": "' + uuid.uuid4().hex.encode())
            change = tx.update(CONSENT).where(CONSENT.c.entry_id == "e2")
            await tx.run(change.values(body_sealed=forged))
            await load_consents(tx, "p1")
