"""A text that a machine sent stands in the EHR as a contact made, without anybody's click."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.store.records.ledger import LedgerEntry, load_ledger
from app.store.records.outreach import save_outreach_changes
from tests.flows.mini_browser import MiniBrowser
from tests.flows.running import SOON_S, World
from tests.flows.test_withdrawal import PATIENT, TITLE, let_go, plan_contact
from tests.flows.test_write_plans import effects, tenant, words_of


def rows(world: World, personality: str) -> list[LedgerEntry]:
    async def load() -> list[LedgerEntry]:
        async with world.parts.store.read(tenant(personality)) as tx:
            found = await load_ledger(tx, PATIENT)
        return [r for r in found if r.kind == "completed_contact"]

    return world.run(load())


@pytest.mark.parametrize(
    ("personality", "kind", "state", "word"),
    [
        ("generic", "Communication", "in_ehr", "In EHR"),
        ("meditech", "QuestionnaireResponse", "noted", "Recorded as note"),
    ],
)
def test_a_text_that_was_delivered_is_a_contact_made(
    world: World, browser: MiniBrowser, personality: str, kind: str, state: str, word: str
) -> None:
    planned = plan_contact(world, browser, personality, "text")
    let_go(world, planned)
    at = datetime.now(UTC) - timedelta(minutes=2)

    async def leave() -> None:
        """As delivery leaves it after the provider's report."""
        sent = {
            "state": "sent", "channel": "text", "sent_at": at, "due_at": at,
            "delivery": "delivered",
        }  # fmt: skip
        async with world.parts.store.write(tenant(personality)) as tx:
            await save_outreach_changes(tx, planned.outreach_id, sent, version=2)

    world.run(leave())
    end = time.monotonic() + SOON_S
    while [r.state for r in rows(world, personality)] != [state] and time.monotonic() < end:
        time.sleep(0.1)
    (row,) = rows(world, personality)
    assert (row.state, row.ehr_type, row.user_id) == (state, kind, "")
    (made,) = effects(world, row.ledger_id)
    said = words_of(made)
    assert TITLE in said and "Text message" in said and "Sent" in said
    page = browser.get(planned.panel.url).text
    assert "Message sent" in page and word in page
