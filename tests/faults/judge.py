"""What must be true after a fault: compares the ledger with what the pretend EHR holds."""

import contextlib
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.errors import AppError
from app.store.audit_chain import verify_chain
from app.store.records.ledger import LedgerEntry, load_intent
from app.sync.payloads.frame import SYSTEM
from tests.flows.running import World

TENANT = "demo-generic"
AT_ONCE, AUDIT_WITHIN_S = 200, 600.0
OVER = ("in_ehr", "noted", "conflict", "attention", "cancelled")


@dataclass(frozen=True, slots=True)
class Findings:
    """Counts of one run; `audit` whether the chain holds."""

    lost: int
    duplicated: int
    wrong: int
    audit: bool
    note: str = ""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.wrong) and self.audit


async def _load(world: World, ids: list[str]) -> dict[str, LedgerEntry]:
    found: dict[str, LedgerEntry] = {}
    async with world.parts.store.read(TENANT) as tx:
        for ledger_id in ids:
            with contextlib.suppress(AppError):
                found[ledger_id] = await load_intent(tx, ledger_id)
    return found


def load_rows(world: World, ids: list[str]) -> dict[str, LedgerEntry]:
    """Some at a time: the app that is asked answers others meanwhile."""
    found: dict[str, LedgerEntry] = {}
    for first in range(0, len(ids), AT_ONCE):
        found |= world.run(_load(world, ids[first : first + AT_ONCE]))
    return found


def wait_over(world: World, ids: list[str], *, within_s: float, states: tuple[str, ...]) -> None:
    """Until every row is over, or the time is up: the judge tells the difference."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(AppError):
            rows = load_rows(world, ids)
            if len(rows) == len(ids) and all(r.state in states for r in rows.values()):
                return
        time.sleep(0.25)


def count_effects(world: World, ids: list[str]) -> Counter[str]:
    """Ledger id → how often an app put it into the pretend EHR: a resource that carries the id,
    or a version of the Patient whose e-mail address is made of it."""
    writes: list[dict[str, Any]] = world.http.get(f"{world.ehr}/_sandbox/writes").json()
    effects: Counter[str] = Counter()
    wanted = set(ids)
    for write in writes:
        resource = write["resource"] or {}
        named = {i.get("value") for i in resource.get("identifier", []) if i["system"] == SYSTEM}
        mails = {t["value"].split("@")[0] for t in resource.get("telecom", [])}
        effects.update(wanted & (named | mails))
    return effects


async def _audit_holds(world: World) -> bool:
    async with world.parts.store.read(TENANT) as tx:
        return (await verify_chain(tx)).holds


def judge(world: World, ids: list[str], *, expected: tuple[str, ...]) -> Findings:
    """`expected`: the states in which a row may end. In the EHR means there once; not in the EHR
    means not there, unless the row says that this is not known."""
    rows, effects = load_rows(world, ids), count_effects(world, ids)
    lost = (
        len(ids)
        - len(rows)
        + sum(r.state not in OVER and r.state not in expected for r in rows.values())
    )
    wrong = [r for r in rows.values() if is_wrong(r, effects[r.ledger_id], expected)]
    note = ",".join(sorted({f"{r.state}/{r.error_code}" for r in wrong}))
    duplicated = sum(n > 1 for n in effects.values())
    holds = world.run(_audit_holds(world), within_s=AUDIT_WITHIN_S)
    return Findings(lost, duplicated, len(wrong), holds, note)


def is_wrong(row: LedgerEntry, effects: int, expected: tuple[str, ...]) -> bool:
    if row.state not in expected:
        return True
    if row.state == "in_ehr":
        return effects != 1
    unknown = row.state in ("unknown", "sending") or row.error_code in UNKNOWING
    return effects > 0 and not unknown


UNKNOWING = ("outcome_unknown", "not_taken", "not_ours", "found_twice")
"""Codes under which a row says itself that a person has to look."""
