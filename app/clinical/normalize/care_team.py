"""CareTeam: who cares for the patient, in which role."""

from msgspec import Struct

from app.clinical.elements import Concept, Moment, Reference
from app.clinical.facts import CareTeam
from app.clinical.normalize.codes import EMPTY, build_concepts, build_reference
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span


class RawMember(Struct, gc=False):
    role: tuple[RawConcept, ...] | None = None
    member: RawReference | None = None


class RawCareTeam(RawResource, gc=False):
    name: str | None = None
    subject: RawReference | None = None
    period: RawPeriod | None = None
    participant: tuple[RawMember, ...] | None = None


def build(raw: RawCareTeam, ctx: Context) -> CareTeam | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return CareTeam(
        id=raw.id or "",
        status=status,
        name=raw.name or "",
        members=_members(raw, ctx),
        when=build_span(raw.period, ctx, "period"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: CareTeam) -> Moment | None:
    return fact.when.start if fact.when else None


def _members(raw: RawCareTeam, ctx: Context) -> tuple[tuple[Reference, Concept], ...]:
    found = []
    for participant in raw.participant or ():
        member = build_reference(participant.member, ctx)
        roles = build_concepts(participant.role, ctx, "participant.role")
        if member is not None:
            found.append((member, roles[0] if roles else EMPTY))
    return tuple(found)
