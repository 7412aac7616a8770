"""Gather: raw resources of one patient to a Chart: newest version of each, aliases, order.

The same resources in any order give the same Chart.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from app.clinical.chart import Alias, Chart, SearchOutcome, SetAside, TypeCount
from app.clinical.facts import Fact
from app.clinical.normalize.completeness import merge_searches
from app.clinical.normalize.context import Context
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.medication_request import build_medication
from app.clinical.normalize.owner import Owner, find_owner
from app.clinical.normalize.reading import Found, Reading
from app.clinical.normalize.versions import keep_latest

_START = datetime(1, 1, 1, tzinfo=UTC)


def gather(
    reading: Reading,
    ctx: Context,
    *,
    searches: tuple[SearchOutcome, ...],
    patient_id: str,
    version: str,
) -> Chart:
    """One patient's Chart out of all that was read."""
    ctx.index = reading.index
    found, superseded = keep_latest(reading.found)
    ctx.types = {item.id: item.kind for item in found}
    _prepare_medications(reading, ctx)
    owner = find_owner(found, patient_id, ctx)
    facts: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for item in found:
        fact = _build(item, owner, ctx)
        if fact is not None:
            facts[item.kind].append(fact)
    patients = facts.pop("Patient")
    lists = {KINDS[kind].field: _ordered(kind, made) for kind, made in facts.items()}
    aside = (*reading.quarantined, *superseded, *ctx.set_aside)
    return Chart(
        patient=patients[0] if patients else None,
        **lists,
        searches=merge_searches(searches, reading.outcomes, ctx.profile, ctx.read.read_at),
        warnings=tuple(ctx.warnings),
        set_aside=tuple(sorted(aside, key=_aside_key)),
        unmapped=tuple(ctx.unmapped[key] for key in sorted(ctx.unmapped)),
        aliases=tuple(Alias(old, new) for old, new in sorted(owner.aliases.items())),
        not_used=tuple(TypeCount(k, n) for k, n in sorted(reading.not_used.items())),
        normalizer_version=version,
    )


def _build(item: Found, owner: Owner, ctx: Context) -> Fact | None:
    kind = KINDS[item.kind]
    ctx.open(item.kind, item.id)
    for note in item.notes:
        ctx.repair(note.code, note.path, note.detail)
    refusal = owner.refusal(item, ctx)
    if refusal is not None:
        ctx.leave_out(refusal.reason, quarantined=refusal.quarantined, detail=refusal.detail)
        return None
    return kind.build(item.raw, ctx)


def _ordered(kind: str, facts: list[Any]) -> tuple[Any, ...]:
    """By (time, id); facts without a time come first."""
    time = KINDS[kind].time

    def key(fact: Fact) -> tuple[datetime, str]:
        moment = time(fact)
        return (moment.at if moment else _START, fact.id)

    return tuple(sorted(facts, key=key))


def _prepare_medications(reading: Reading, ctx: Context) -> None:
    ctx.open("Medication", "")
    for raw in sorted(reading.medications, key=msgspec.json.encode):
        if raw.id:
            ctx.medications[raw.id] = build_medication(raw, ctx)


def _aside_key(aside: SetAside) -> tuple[str, str, str, str]:
    return aside.resource_type, aside.resource_id, aside.reason, aside.detail
