"""Procedure: what was done and when, as written."""

from app.clinical.elements import Moment, Span
from app.clinical.facts import Procedure
from app.clinical.normalize.codes import RULED_OR_WORDS, build_concept, build_concepts
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_instant, build_span


class RawProcedure(RawResource, rename="camel", gc=False):
    code: RawConcept | None = None
    subject: RawReference | None = None
    performed_date_time: str | None = None
    performed_period: RawPeriod | None = None
    performed_string: str | None = None
    reason_code: tuple[RawConcept, ...] | None = None


def build(raw: RawProcedure, ctx: Context) -> Procedure | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return Procedure(
        id=raw.id or "",
        code=build_concept(raw.code, ctx, "code", RULED_OR_WORDS),
        status=status,
        when=_when(raw, ctx),
        reasons=build_concepts(raw.reason_code, ctx, "reasonCode"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Procedure) -> Moment | None:
    return (fact.when.start or fact.when.end) if fact.when else None


def _when(raw: RawProcedure, ctx: Context) -> Span | None:
    if raw.performed_date_time is not None:
        return build_instant(raw.performed_date_time, ctx, "performedDateTime")
    if raw.performed_string:
        ctx.warn("date_as_text", "performedString")
    return build_span(raw.performed_period, ctx, "performedPeriod")
