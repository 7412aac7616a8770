"""A conflict keeps both values for good and is chosen once."""

import pytest

from app.errors import NotFound, StaleWrite
from app.store.db import Store
from app.store.records.conflicts import (
    NewConflict,
    choose_conflict,
    load_conflict,
    load_conflicts,
    save_conflict,
)

pytestmark = pytest.mark.anyio
NEW = NewConflict("led1", "p1", "phone", base="1", ours="2", theirs=["3"], ehr_version="7")


async def open_conflict(store: Store) -> str:
    async with store.write("north") as tx:
        return await save_conflict(tx, NEW)


async def test_both_values_and_what_they_began_from_are_kept(store: Store) -> None:
    conflict_id = await open_conflict(store)
    async with store.read("north") as tx:
        found = await load_conflict(tx, conflict_id)
        assert (found.base, found.ours, found.theirs) == ("1", "2", ["3"])
        assert (found.ledger_id, found.field, found.ehr_version) == ("led1", "phone", "7")
        assert found.choice == "" and found.chosen_at is None
        assert await load_conflicts(tx, "p1") == (found,)
        assert await load_conflicts(tx, "p1", ledger_id="led1") == (found,)
        assert await load_conflicts(tx, "p1", ledger_id="led2") == ()
        assert await load_conflicts(tx, "p2") == ()


@pytest.mark.parametrize(
    ("choice", "chosen", "expected"),
    [("ours", None, "2"), ("theirs", None, ["3"]), ("other", "4", "4")],
)
async def test_a_choice_is_recorded_once(
    store: Store, choice: str, chosen: str | None, expected: object
) -> None:
    conflict_id = await open_conflict(store)
    async with store.write("north") as tx:
        done = await choose_conflict(tx, conflict_id, choice, chosen_by="u1", chosen=chosen)
        assert (done.choice, done.chosen, done.chosen_by) == (choice, expected, "u1")
        assert (done.base, done.ours, done.theirs) == ("1", "2", ["3"])
        assert done.chosen_at == tx.now
        with pytest.raises(StaleWrite):
            await choose_conflict(tx, conflict_id, "ours", chosen_by="u2")
        assert await load_conflicts(tx, "p1") == ()
        assert await load_conflicts(tx, "p1", settled=True) == (done,)


async def test_another_tenant_does_not_know_it(store: Store) -> None:
    conflict_id = await open_conflict(store)
    async with store.write("south") as tx:
        with pytest.raises(NotFound):
            await choose_conflict(tx, conflict_id, "ours", chosen_by="u")
