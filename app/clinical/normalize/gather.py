"""Gather: raw resources to Charts: newest version of each, whose they are, in a fixed order.

The same resources in any order give the same Charts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.clinical.chart import Alias, Chart, DataWarning, SearchOutcome, SetAside, TypeCount
from app.clinical.elements import ReadInfo
from app.clinical.facts import Fact
from app.clinical.normalize.completeness import merge_searches
from app.clinical.normalize.context import Context
from app.clinical.normalize.kinds import KINDS
from app.clinical.normalize.medication_request import build_medication
from app.clinical.normalize.owner import Owner, find_aliases, find_owner, subjects_of
from app.clinical.normalize.profile import NormalizerProfile
from app.clinical.normalize.reading import Found, Reading
from app.clinical.normalize.versions import keep_latest
from app.clinical.terminology import Mappings

_START = datetime(1, 1, 1, tzinfo=UTC)


class Gathering:
    """One reading, ready to become one Chart or many."""

    def __init__(
        self,
        reading: Reading,
        profile: NormalizerProfile,
        read: ReadInfo,
        mappings: Mappings,
        searches: tuple[SearchOutcome, ...],
    ) -> None:
        self.reading = reading
        self.profile, self.read, self.mappings = profile, read, mappings
        self.found, self.superseded = keep_latest(reading.found)
        self.types = {item.id: item.kind for item in self.found}
        self.searches = merge_searches(searches, reading.outcomes, profile, read.read_at)
        self.medications: dict[str, Any] = {}
        if reading.medications:
            self.medications = self._medications()

    def one(self, patient_id: str) -> Chart:
        """Everything as one patient's Chart; what is about others is set aside."""
        ctx = self._context()
        owner = find_owner(self.found, patient_id, ctx)
        return self._chart(self.found, owner, ctx, whole=True)

    def many(self) -> Iterator[Chart]:
        """A Chart for each patient that the pieces hold or name, in order of id.

        What concerns the reading as a whole (unreadable pieces, types not used) and resources
        that name no patient stand in the first; without any patient that is the only one.
        """
        ctx = self._context()
        aliases = find_aliases(self.found, ctx)
        groups = self._groups(Owner("", aliases), ctx)
        nameless = groups.pop("", [])
        if len(groups) <= 1:
            yield self.one(next(iter(groups), ""))
            return
        for place, ident in enumerate(sorted(groups)):
            owner = Owner(ident, aliases)
            items = groups[ident] if place else groups[ident] + nameless
            yield self._chart(items, owner, self._context(), whole=place == 0)

    def _groups(self, owner: Owner, ctx: Context) -> dict[str, list[Found]]:
        groups: dict[str, list[Found]] = {}
        for item in self.found:
            named = {item.id} if item.kind == "Patient" else subjects_of(item, ctx)
            key = min((owner.current(i) for i in named), default="")
            groups.setdefault(key, []).append(item)
        return groups

    def _chart(self, items: list[Found], owner: Owner, ctx: Context, *, whole: bool) -> Chart:
        facts: dict[str, list[Any]] = {}
        for item in items:
            fact = _build(item, owner, ctx)
            if fact is not None:
                facts.setdefault(item.kind, []).append(fact)
        patients = facts.pop("Patient", ())
        lists = {KINDS[kind].field: _ordered(kind, made) for kind, made in facts.items()}
        unused = self.reading.not_used.items() if whole else ()
        rest = (*self.reading.quarantined, *self.superseded) if whole else ()
        mine = [(o, n) for o, n in owner.aliases.items() if owner.current(n) == owner.id]
        return Chart(
            patient=patients[0] if patients else None,
            patient_id=owner.id,
            **lists,
            searches=self.searches,
            warnings=tuple(sorted(ctx.warnings, key=_warning_key)),
            set_aside=tuple(sorted((*rest, *ctx.set_aside), key=_aside_key)),
            unmapped=tuple([ctx.unmapped[key] for key in sorted(ctx.unmapped)]),
            aliases=tuple([Alias(old, new) for old, new in sorted(mine)]),
            not_used=tuple([TypeCount(k, n) for k, n in sorted(unused)]),
            normalizer_version=self.read.normalizer_version,
        )

    def _context(self) -> Context:
        ctx = Context(self.profile, self.read, self.mappings)
        ctx.index, ctx.types = self.reading.index, self.types
        ctx.medications = self.medications
        return ctx

    def _medications(self) -> dict[str, Any]:
        ctx = self._context()
        ctx.open("Medication", "")
        ordered = sorted(self.reading.medications, key=msgspec.json.encode)
        return {raw.id: build_medication(raw, ctx) for raw in ordered if raw.id}


def _build(item: Found, owner: Owner, ctx: Context) -> Fact | None:
    ctx.open(item.kind, item.id)
    if item.notes:
        for note in item.notes:
            ctx.repair(note.code, note.path, note.detail)
    refusal = owner.refusal(item, ctx)
    if refusal is None:
        return KINDS[item.kind].build(item.raw, ctx)
    ctx.leave_out(refusal.reason, quarantined=refusal.quarantined, detail=refusal.detail)
    return None


def _ordered(kind: str, facts: list[Any]) -> tuple[Any, ...]:
    """By (time, id); facts without a time come first."""
    if len(facts) == 1:
        return (facts[0],)
    time = KINDS[kind].time

    def key(fact: Fact) -> tuple[datetime, str]:
        moment = time(fact)
        return (moment.at if moment else _START, fact.id)

    return tuple(sorted(facts, key=key))


def _warning_key(warning: DataWarning) -> tuple[str, str, str, str, str]:
    return (
        warning.resource_type,
        warning.resource_id,
        warning.path,
        warning.code,
        warning.detail,
    )


def _aside_key(aside: SetAside) -> tuple[str, str, str, str]:
    return aside.resource_type, aside.resource_id, aside.reason, aside.detail
