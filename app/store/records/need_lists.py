"""Who is open for something that nobody has planned: one page of patients, the most urgent first.

What is planned or set aside is looked up when the list is asked for, so that it never lags.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_

from app.store.records.needs import FAR, NOTHING
from app.store.tables.gaps import GAP_DECISION
from app.store.tables.needs import NEED, NEED_ITEM
from app.store.tables.outreach import OUTREACH
from app.store.transactions import AnyRow, TenantTx

SILENCE = timedelta(days=30)
"""How long a message that was sent, or answered, counts as something under way."""
UNSENT = ("draft", "scheduled", "due")
SAID = ("sent", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFilter:
    """`kind` gap, vaccine or "" for both; `key` one measure or group, with its kind. `within` is
    overdue, unknown, or the number of days ahead up to which it is due; "" for everything.
    `holders` are user ids, "" among them for what nobody has taken; empty for whoever."""

    kind: str = ""
    key: str = ""
    within: str = ""
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedItem:
    """One open thing; `due` None where no day is known."""

    kind: str
    key: str
    status: str
    rank: int
    due: date | None
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One patient of the list. `judged_at` None: never looked at. `is_stale`: it is to be judged
    anew. `items` are those that nothing is planned for."""

    patient_key: str
    read_at: datetime
    judged_at: datetime | None
    is_stale: bool
    best_on: date | None
    best_count: int
    assigned_to: str
    items: tuple[NeedItem, ...]


async def load_need_page(
    tx: TenantTx, wanted: NeedFilter, *, today: date, offset: int, limit: int
) -> tuple[Standing, ...]:
    """A page of patients with what is open for each."""
    rows = await tx.all(build_need_query(tx, wanted, today).offset(offset).limit(limit))
    items = await _load_items(tx, [row.patient_key for row in rows], today)
    return tuple(_build(tx, row, items.get(row.patient_key, ())) for row in rows)


def build_need_query(tx: TenantTx, wanted: NeedFilter, today: date) -> "Select[Any]":
    """The patients in order. With one measure or group asked for, its own urgency sorts."""
    query = tx.select(NEED)
    if wanted.holders:
        query = query.where(NEED.c.assigned_to.in_(wanted.holders))
    asked = (*_is_wanted(wanted, today), _is_left(tx, today))
    if wanted.key:
        order = (NEED_ITEM.c.rank, NEED_ITEM.c.due_on, NEED_ITEM.c.patient_key)
        return query.join(NEED_ITEM, _joins()).where(*asked).order_by(*order)
    query = query.where(NEED.c.rank < NOTHING)
    found: ColumnElement[bool] = exists(
        tx.select(NEED_ITEM, NEED_ITEM.c.key).where(_joins(), *asked)
    )
    if not wanted.kind and wanted.within in ("", "unknown"):
        found = or_(NEED.c.state == "waiting", found)
    return query.where(found).order_by(NEED.c.rank, NEED.c.due_on, NEED.c.patient_key)


def _joins() -> ColumnElement[bool]:
    same = NEED_ITEM.c.tenant_id == NEED.c.tenant_id
    return and_(same, NEED_ITEM.c.patient_key == NEED.c.patient_key)


def _is_wanted(wanted: NeedFilter, today: date) -> list[ColumnElement[bool]]:
    item, found = NEED_ITEM.c, []
    if wanted.kind:
        found.append(item.kind == wanted.kind)
    if wanted.key:
        found.append(item.key == wanted.key)
    if wanted.within in ("overdue", "unknown"):
        found.append(item.status == wanted.within)
    elif wanted.within:
        last = today + timedelta(days=int(wanted.within))
        found += [item.status != "unknown", item.due_on <= last]
    return found


def _is_left(tx: TenantTx, today: date) -> ColumnElement[bool]:
    """Nobody has planned it, and nobody has set it aside."""
    return and_(~exists(_planned(tx)), ~exists(_aside(tx, today)))


def _planned(tx: TenantTx) -> "Select[Any]":
    item, plan = NEED_ITEM.c, OUTREACH.c
    is_live = or_(
        plan.state.in_(UNSENT),
        and_(plan.state.in_(SAID), plan.updated_at > tx.now - SILENCE),
    )
    is_about = or_(
        and_(item.kind == "gap", plan.reason_kind == "gap", plan.reason_key == item.key),
        and_(item.kind == "vaccine", plan.reason_kind == "vaccines"),
    )
    same = (plan.tenant_id == item.tenant_id, plan.patient_key == item.patient_key)
    found = tx.select(OUTREACH, plan.outreach_id).where(*same, is_live, is_about)
    return found.correlate(NEED_ITEM)


def _aside(tx: TenantTx, today: date) -> "Select[Any]":
    """A decision that stands over the very facts, was made since they were judged, or over a gap
    that can no longer be told."""
    item, aside = NEED_ITEM.c, GAP_DECISION.c
    same = (aside.tenant_id == item.tenant_id, aside.patient_key == item.patient_key)
    about = (item.kind == "gap", aside.measure == item.key)
    holds = or_(
        item.status == "unknown",
        aside.evidence == item.evidence,
        aside.made_at >= NEED.c.judged_at,
    )
    stands = (aside.ended_at.is_(None), aside.until > today, holds)
    found = tx.select(GAP_DECISION, aside.decision_id).where(*same, *about, *stands)
    return found.correlate(NEED, NEED_ITEM)


async def _load_items(
    tx: TenantTx, keys: Sequence[str], today: date
) -> dict[str, tuple[NeedItem, ...]]:
    query = tx.select(NEED_ITEM).join(NEED, _joins())
    query = query.where(NEED_ITEM.c.patient_key.in_(keys), _is_left(tx, today))
    order = (NEED_ITEM.c.rank, NEED_ITEM.c.due_on, NEED_ITEM.c.kind, NEED_ITEM.c.key)
    found: dict[str, tuple[NeedItem, ...]] = {}
    for row in await tx.all(query.order_by(*order)):
        item = NeedItem(row.kind, row.key, row.status, row.rank, _day(row.due_on), row.since)
        found[row.patient_key] = (*found.get(row.patient_key, ()), item)
    return found


def _build(tx: TenantTx, row: AnyRow, items: tuple[NeedItem, ...]) -> Standing:
    return Standing(
        patient_key=row.patient_key,
        read_at=row.read_at,
        judged_at=row.judged_at,
        is_stale=row.judge_at <= tx.now,
        best_on=_day(row.best_on),
        best_count=row.best_count,
        assigned_to=row.assigned_to,
        items=items,
    )


def _day(day: date) -> date | None:
    return None if day == FAR else day
