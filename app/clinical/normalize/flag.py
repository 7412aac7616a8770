"""Flag: what the EHR warns of beside the chart."""

from app.clinical.elements import Moment
from app.clinical.facts import Flag
from app.clinical.normalize.codes import build_concept, build_concepts
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span


class RawFlag(RawResource, gc=False):
    category: tuple[RawConcept, ...] | None = None
    code: RawConcept | None = None
    subject: RawReference | None = None
    period: RawPeriod | None = None


def build(raw: RawFlag, ctx: Context) -> Flag | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return Flag(
        id=raw.id or "",
        status=status,
        code=build_concept(raw.code, ctx, "code"),
        categories=build_concepts(raw.category, ctx, "category"),
        when=build_span(raw.period, ctx, "period"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Flag) -> Moment | None:
    return fact.when.start if fact.when else None
