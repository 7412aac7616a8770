"""Decisions about care gaps: one stands per patient and measure, ended ones are kept.

Judges nothing: app.clinical.care_gaps.decisions says whether one still stands.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam

from app.store.records.patients import remember_patient
from app.store.tables.gaps import GAP_DECISION
from app.store.transactions import AnyRow, TenantTx, build_tenant_select

_EVER = (
    build_tenant_select(GAP_DECISION)
    .where(GAP_DECISION.c.patient_key == bindparam("patient"))
    .order_by(GAP_DECISION.c.made_at.desc(), GAP_DECISION.c.decision_id)
)
_NOT_ENDED = _EVER.where(GAP_DECISION.c.ended_at.is_(None))


class Details(Struct, frozen=True, kw_only=True):
    """What is sealed: when the care was given elsewhere, and how the gap stood that day."""

    done_on: date | None = None
    status: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """`evidence` is what build_evidence_key made of the facts."""

    patient_id: str
    measure: str
    kind: str
    reason: str
    until: date
    evidence: str
    made_by: str
    details: Details


@dataclass(frozen=True, slots=True, kw_only=True)
class GapDecision:
    """One decision; `ended_at` None while it stands."""

    decision_id: str
    measure: str
    kind: str
    reason: str
    until: date
    evidence: str
    details: Details
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""


def build_evidence_key(tx: TenantTx, fingerprint: str) -> str:
    """Equal for equal evidence, and telling nothing else."""
    return tx.blind("gap_decision", "evidence", fingerprint)


async def save_decision(tx: TenantTx, new: NewDecision) -> str:
    """The id of the decision that stands from now on; the former one ends as replaced."""
    key = await remember_patient(tx, new.patient_id)
    await _end(tx, _standing(key, new.measure), why="replaced", by=new.made_by)
    decision_id = uuid.uuid4().hex
    body = msgspec.json.encode(new.details)
    values = {
        "decision_id": decision_id,
        "patient_key": key,
        "measure": new.measure,
        "standing_key": f"{key}:{new.measure}",
        "kind": new.kind,
        "reason": new.reason,
        "until": new.until,
        "evidence": new.evidence,
        "body_sealed": tx.seal(GAP_DECISION, "body_sealed", decision_id, body),
        "made_by": new.made_by,
        "made_at": tx.now,
        "ended_by": "",
        "ended_why": "",
    }
    await tx.insert(GAP_DECISION, values)
    return decision_id


async def end_decision(tx: TenantTx, decision_id: str, *, why: str, by: str) -> bool:
    """False when it had ended already."""
    same = (GAP_DECISION.c.decision_id == decision_id, GAP_DECISION.c.ended_at.is_(None))
    return await _end(tx, same, why=why, by=by)


async def load_decisions(
    tx: TenantTx, patient_id: str, *, history: bool = False
) -> tuple[GapDecision, ...]:
    """Those that stand, newest first; with `history` the ended ones too."""
    rows = await tx.all(_EVER if history else _NOT_ENDED, tx.of_patient(patient_id))
    return tuple([await _open(tx, row) for row in rows])


def _standing(key: str, measure: str) -> tuple[ColumnElement[bool], ...]:
    columns = GAP_DECISION.c
    return columns.patient_key == key, columns.measure == measure, columns.ended_at.is_(None)


async def _end(tx: TenantTx, which: tuple[ColumnElement[bool], ...], *, why: str, by: str) -> bool:
    ended = {"standing_key": None, "ended_at": tx.now, "ended_by": by, "ended_why": why}
    return await tx.run(tx.update(GAP_DECISION).where(*which).values(**ended)) == 1


async def _open(tx: TenantTx, row: AnyRow) -> GapDecision:
    body = await tx.open(GAP_DECISION, "body_sealed", row.decision_id, row.body_sealed)
    return GapDecision(
        decision_id=row.decision_id,
        measure=row.measure,
        kind=row.kind,
        reason=row.reason,
        until=row.until,
        evidence=row.evidence,
        details=msgspec.json.decode(body, type=Details),
        made_by=row.made_by,
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_why=row.ended_why,
    )
