"""A practice's own templates and sequences: versions added, approved and retired. Reads none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store.tables.contact_rules import CONTACT_RULE
from app.store.transactions import TenantTx

KEYS = ("kind", "rule_key", "rule_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One version. `body` "" where it only says what became of a shipped version."""

    kind: str
    rule_key: str
    rule_version: int
    state: str
    body: str
    made_by: str
    made_at: datetime
    approved_by: str
    approved_at: datetime | None
    retired_by: str
    retired_at: datetime | None


async def save_rule(
    tx: TenantTx, kind: str, key: str, version: int, *, body: str, state: str, made_by: str
) -> bool:
    """Adds a version; False, and nothing changed, when it is there already."""
    values = {
        "kind": kind,
        "rule_key": key,
        "rule_version": version,
        "state": state,
        "body": body,
        "made_by": made_by,
        "made_at": tx.now,
        "approved_by": "",
        "retired_by": "",
    }
    return await tx.insert_new(CONTACT_RULE, values)


async def save_rule_state(
    tx: TenantTx, kind: str, key: str, version: int, changes: Mapping[str, Any]
) -> bool:
    """False where there is no such version."""
    columns = CONTACT_RULE.c
    same = (columns.kind == kind, columns.rule_key == key, columns.rule_version == version)
    return await tx.run(tx.update(CONTACT_RULE).where(*same).values(**changes)) == 1


async def load_rules(tx: TenantTx) -> tuple[RuleRow, ...]:
    """Every version of this practice, by kind, key and version."""
    columns = CONTACT_RULE.c
    order = (columns.kind, columns.rule_key, columns.rule_version)
    rows = await tx.all(tx.select(CONTACT_RULE).order_by(*order))
    return tuple(
        RuleRow(**{name: value for name, value in row._mapping.items() if name != "tenant_id"})
        for row in rows
    )
