"""ServiceRequest: orders, with the time they were written and are meant for."""

from app.clinical.elements import Moment, Span
from app.clinical.facts import ServiceRequest
from app.clinical.normalize.codes import RULED_OR_WORDS, build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.requests import build_do_not_perform
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_instant, build_span


class RawServiceRequest(RawResource, rename="camel", gc=False):
    intent: str | None = None
    do_not_perform: bool | None = None
    code: RawConcept | None = None
    subject: RawReference | None = None
    authored_on: str | None = None
    occurrence_date_time: str | None = None
    occurrence_period: RawPeriod | None = None


def build(raw: RawServiceRequest, ctx: Context) -> ServiceRequest | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return ServiceRequest(
        id=raw.id or "",
        code=build_concept(raw.code, ctx, "code", RULED_OR_WORDS),
        status=status,
        intent=build_status(raw.intent, ctx, "intent"),
        do_not_perform=build_do_not_perform(raw, raw.do_not_perform, ctx),
        authored=ctx.moment(raw.authored_on, "authoredOn"),
        when=_when(raw, ctx),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: ServiceRequest) -> Moment | None:
    return fact.authored or (fact.when.start if fact.when else None)


def _when(raw: RawServiceRequest, ctx: Context) -> Span | None:
    if raw.occurrence_date_time is not None:
        return build_instant(raw.occurrence_date_time, ctx, "occurrenceDateTime")
    return build_span(raw.occurrence_period, ctx, "occurrencePeriod")
