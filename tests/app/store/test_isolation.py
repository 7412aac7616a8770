"""Two tenants never see each other's rows, whatever they do; and few modules may cross them."""

import ast
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clinical.chart import Chart
from app.errors import AppError
from app.store.db import Store, open_store
from app.store.records.charts import load_chart, save_chart
from app.store.records.conflicts import (
    NewConflict,
    choose_conflict,
    load_conflicts,
    save_conflict,
)
from app.store.records.contacts import load_contact_values, save_contact_value
from app.store.records.ledger import (
    NewIntent,
    Progress,
    claim_intent,
    load_ledger,
    load_tenant_ledger,
    save_intent,
    save_state,
)
from app.store.transactions import TenantTx
from tests.app.store.conftest import T0, MovableClock

TENANTS = ("north", "south")
PATIENTS = ("p1", "p2")
ROOT = Path(__file__).resolve().parents[3]
MAY_CROSS = {
    "app/store/db.py",
    "app/store/transactions.py",
    "app/store/audit_chain.py",
    "app/store/rotation.py",
    "app/store/records/ledger.py",
    "app/store/records/outbound.py",
    "app/store/records/outreach.py",
    "app/store/records/database_time.py",
    "app/store/records/due.py",
    "app/store/records/needs_due.py",
    "app/store/records/workers.py",
    "app/store/records/sessions.py",
    "app/store/records/tenants.py",
    "app/store/ports/launches.py",
    "app/store/ports/pending.py",
    "app/store/ports/registry.py",
    "app/store/ports/tokens.py",
}

steps = st.lists(
    st.tuples(
        st.sampled_from(TENANTS),
        st.sampled_from(PATIENTS),
        st.sampled_from(["chart", "contact", "intent", "state", "claim", "conflict", "choose"]),
        st.sampled_from(["k1", "k2", "k3"]),
    ),
    max_size=25,
)


async def act(tx: TenantTx, patient: str, verb: str, key: str, foreign: list[str]) -> None:
    """One step; `foreign` are ids that other tenants made, tried here as if they were ours."""
    mark = f"{tx.tenant_id}/{patient}"
    if verb == "chart":
        await save_chart(tx, patient, Chart(normalizer_version=mark), read_at=T0)
    elif verb == "contact":
        await save_contact_value(tx, patient, key, mark, saved_by="u")
    elif verb == "intent":
        ledger_id = f"{tx.tenant_id}-{patient}-{key}"
        await save_intent(tx, NewIntent(ledger_id, patient, "contact_detail", ledger_id, mark))
        foreign.append(ledger_id)
    elif verb == "conflict":
        foreign.append(await save_conflict(tx, NewConflict(key, patient, key, 0, mark, mark)))
    else:
        for known in list(foreign):
            if verb == "state":
                await _try(save_state(tx, known, Progress(state="in_ehr", ehr_id=mark), version=1))
            elif verb == "claim":
                await _try(claim_intent(tx, known, worker=tx.tenant_id, until=T0))
            else:
                await _try(choose_conflict(tx, known, "other", chosen_by="u", chosen=mark))


async def _try(change: Coroutine[Any, Any, object]) -> None:
    with contextlib.suppress(AppError):
        await change


async def look(tx: TenantTx) -> list[str]:
    """Everything that one tenant can see, as the marks its writers left."""
    seen: list[str] = []
    for patient in PATIENTS:
        if (chart := await load_chart(tx, patient)) is not None:
            seen.append(chart.normalizer_version)
        for value in await load_contact_values(tx, patient, history=True):
            seen.append(value.value)
        for entry in await load_ledger(tx, patient):
            seen += [entry.intent, entry.ehr_id or entry.intent]
        for conflict in await load_conflicts(tx, patient, settled=True):
            seen += [conflict.ours, conflict.theirs, conflict.chosen or conflict.ours]
    return seen + [entry.intent for entry in await load_tenant_ledger(tx)]


@settings(max_examples=15, deadline=None)
@given(steps=steps)
def test_whatever_two_tenants_do_each_sees_its_own(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str, str]]
) -> None:
    async def run() -> None:
        folder = tmp_path_factory.mktemp("tenants")
        store = await open_store(f"sqlite:///{folder}/x.db", folder / "k", clock=MovableClock())
        made: list[str] = []
        for tenant, patient, verb, key in steps:
            async with store.write(tenant) as tx:
                await act(tx, patient, verb, key, made)
        for tenant in TENANTS:
            async with store.read(tenant) as tx:
                seen = await look(tx)
            assert all(mark.startswith(f"{tenant}/") for mark in seen), seen
        await store.close()

    anyio.run(run)


@pytest.mark.anyio
async def test_the_same_steps_on_each_database(store: Store) -> None:
    made: list[str] = []
    verbs = ("chart", "contact", "intent", "conflict", "state", "claim", "choose")
    for verb in verbs:
        for tenant in TENANTS:
            for patient in PATIENTS:
                async with store.write(tenant) as tx:
                    await act(tx, patient, verb, "k1", made)
    for tenant in TENANTS:
        async with store.read(tenant) as tx:
            seen = await look(tx)
        assert len(seen) == 2 * 7 + 2 and all(mark.startswith(f"{tenant}/") for mark in seen)


def crosses(path: Path) -> bool:
    """Whether a module builds statements without the tenant's filter or opens a wide look."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    wide = names & {"WideTx"} or used & {"read_wide", "write_wide"}
    free = _imports_from_sqlalchemy(tree) & {"select", "update", "delete", "insert", "text"}
    return bool(wide or free)


def _imports_from_sqlalchemy(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }


def test_only_named_modules_of_the_records_may_cross_tenants() -> None:
    rooms = [ROOT / "app/store/records", ROOT / "app/store/ports"]
    found = {str(p.relative_to(ROOT)) for room in rooms for p in room.glob("*.py") if crosses(p)}
    assert found <= MAY_CROSS | {"app/store/ports/client_keys.py"}
