"""What kept charts are open for: marked when a chart is kept, saved once judged. Judges nothing;
the list across patients is read in need_lists."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Update

from app.clinical.needs import Needs
from app.errors import NotFound
from app.store.tables.needs import NEED, NEED_ITEM
from app.store.transactions import AnyRow, TenantTx

FAR = date(9999, 12, 31)
"""Stands for a day that is not known, so that it sorts last."""
WAITING, NOTHING = 5, 9
"""Ranks beside those of clinical.needs: never judged yet, nothing open."""


@dataclass(frozen=True, slots=True)
class ToJudge:
    """One chart to judge. `judge_at` names this standstill: a chart kept anew gets another."""

    patient_key: str
    judge_at: datetime


async def mark_to_judge(tx: TenantTx, key: str, read_at: datetime | None) -> None:
    """A chart was kept: it is to be judged. `read_at` None when it was only made anew."""
    if read_at is None:
        await tx.run(tx.update(NEED).where(NEED.c.patient_key == key).values(judge_at=tx.now))
        return
    values = {
        "patient_key": key, "state": "waiting", "rank": WAITING, "due_on": FAR, "best_on": FAR,
        "best_count": 0, "read_at": read_at, "rules": "", "judge_at": tx.now, "assigned_to": "",
    }  # fmt: skip
    changes = {"read_at": read_at, "judge_at": tx.now}
    await tx.upsert(NEED, ["patient_key"], values, changes=changes)


async def load_to_judge(tx: TenantTx, *, limit: int) -> tuple[ToJudge, ...]:
    """The longest waiting first."""
    query = tx.select(NEED, NEED.c.patient_key, NEED.c.judge_at).where(NEED.c.judge_at <= tx.now)
    order = (NEED.c.judge_at, NEED.c.patient_key)
    rows = await tx.all(query.order_by(*order).limit(limit))
    return tuple(ToJudge(row.patient_key, row.judge_at) for row in rows)


async def postpone(tx: TenantTx, due: ToJudge, until: datetime) -> None:
    """There is nothing here to judge now."""
    await tx.run(_same(tx, due).values(judge_at=until))


async def save_needs(
    tx: TenantTx,
    due: ToJudge,
    needs: Needs,
    *,
    today: date,
    rules: str,
    next_at: datetime,
    evidence: dict[str, str],
) -> bool:
    """Puts these in place of the last ones. False, and nothing changed, when the chart was kept
    anew meanwhile. `evidence` maps a measure to the key of its facts, where it is set aside."""
    first = needs.items[0] if needs.items else None
    values = {
        "state": _state(needs),
        "rank": first.rank(today) if first else NOTHING,
        "due_on": (first.due if first else None) or FAR,
        "best_on": needs.best_on or FAR,
        "best_count": needs.best_count,
        "rules": rules,
        "judge_at": next_at,
        "judged_at": tx.now,
    }
    if first is None:
        values |= {"assigned_to": "", "assigned_at": None}
    if not await tx.run(_same(tx, due).values(**values)):
        return False
    await _replace_items(tx, due.patient_key, needs, today, evidence)
    return True


async def assign(tx: TenantTx, key: str, *, to: str, held_by: tuple[str, ...]) -> bool:
    """Gives the planning to somebody, "" = nobody; False when another than `held_by` has it.
    Raises NotFound for a chart that is not kept."""
    mine = NEED.c.patient_key == key
    if await tx.first(tx.select(NEED, NEED.c.patient_key).where(mine)) is None:
        raise NotFound
    change = tx.update(NEED).where(mine, NEED.c.assigned_to.in_(held_by))
    return await tx.run(change.values(assigned_to=to, assigned_at=tx.now if to else None)) == 1


def _state(needs: Needs) -> str:
    if any(item.status != "unknown" for item in needs.items):
        return "open"
    return "unknown" if needs.items else "none"


def _same(tx: TenantTx, due: ToJudge) -> Update:
    return tx.update(NEED).where(
        NEED.c.patient_key == due.patient_key, NEED.c.judge_at == due.judge_at
    )


async def _replace_items(
    tx: TenantTx, key: str, needs: Needs, today: date, evidence: dict[str, str]
) -> None:
    """Each keeps the day since which it was seen in this state."""
    mine = NEED_ITEM.c.patient_key == key
    former = {(r.kind, r.key): r for r in await tx.all(tx.select(NEED_ITEM).where(mine))}
    await tx.run(tx.delete(NEED_ITEM).where(mine))
    for item in needs.items:
        seen = _seen(former.get((item.kind, item.key)), is_known=item.status != "unknown")
        await tx.insert(
            NEED_ITEM,
            {
                "patient_key": key,
                "kind": item.kind,
                "key": item.key,
                "status": item.status,
                "rank": item.rank(today),
                "due_on": item.due or FAR,
                "since": item.since or seen or today,
                "evidence": evidence.get(item.key, "") if item.kind == "gap" else "",
            },
        )


def _seen(former: AnyRow | None, *, is_known: bool) -> date | None:
    """The day that the former row tells, if it told the same: open, or not to be told."""
    same = former is not None and (former.status != "unknown") is is_known
    since: date | None = former.since if former is not None and same else None
    return since
