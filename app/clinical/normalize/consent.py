"""Consent: what the EHR says was permitted or refused. Advice only; never read as an agreement."""

from msgspec import Struct

from app.clinical.elements import Moment
from app.clinical.facts import ConsentRecord
from app.clinical.normalize.codes import build_concept, build_concepts
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span


class RawProvision(Struct, gc=False):
    type: str | None = None
    code: tuple[RawConcept, ...] | None = None
    period: RawPeriod | None = None


class RawConsent(RawResource, rename="camel", gc=False):
    category: tuple[RawConcept, ...] | None = None
    scope: RawConcept | None = None
    patient: RawReference | None = None
    date_time: str | None = None
    policy_rule: RawConcept | None = None
    provision: RawProvision | None = None


def build(raw: RawConsent, ctx: Context) -> ConsentRecord | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    provision = raw.provision or RawProvision()
    topics = (
        *build_concepts(provision.code, ctx, "provision.code"),
        build_concept(raw.policy_rule, ctx, "policyRule"),
    )
    return ConsentRecord(
        id=raw.id or "",
        status=status,
        decision=(provision.type or "").strip().lower(),
        topics=tuple(t for t in topics if t.label),
        categories=build_concepts(raw.category, ctx, "category"),
        when=build_span(provision.period, ctx, "provision.period"),
        recorded=ctx.moment(raw.date_time, "dateTime"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: ConsentRecord) -> Moment | None:
    return fact.recorded
