"""Coverage: who pays, and for how long."""

from app.clinical.elements import Moment
from app.clinical.facts import Coverage
from app.clinical.normalize.codes import build_concept, build_references
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span


class RawCoverage(RawResource, gc=False):
    type: RawConcept | None = None
    beneficiary: RawReference | None = None
    payor: tuple[RawReference, ...] | None = None
    period: RawPeriod | None = None


def build(raw: RawCoverage, ctx: Context) -> Coverage | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return Coverage(
        id=raw.id or "",
        status=status,
        type=build_concept(raw.type, ctx, "type"),
        payors=build_references(raw.payor, ctx),
        when=build_span(raw.period, ctx, "period"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Coverage) -> Moment | None:
    return fact.when.start if fact.when else None
