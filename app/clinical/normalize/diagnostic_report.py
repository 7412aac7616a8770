"""DiagnosticReport: reports and the results they gather; never their text."""

from app.clinical.elements import Moment, Span
from app.clinical.facts import DiagnosticReport
from app.clinical.normalize.codes import (
    RULED_OR_WORDS,
    build_concept,
    build_concepts,
    build_references,
)
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error, standing_of
from app.clinical.normalize.values import build_instant, build_span


class RawDiagnosticReport(RawResource, rename="camel", gc=False):
    category: tuple[RawConcept, ...] | None = None
    code: RawConcept | None = None
    subject: RawReference | None = None
    effective_date_time: str | None = None
    effective_period: RawPeriod | None = None
    issued: str | None = None
    result: tuple[RawReference, ...] | None = None
    conclusion_code: tuple[RawConcept, ...] | None = None


def build(raw: RawDiagnosticReport, ctx: Context) -> DiagnosticReport | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return DiagnosticReport(
        id=raw.id or "",
        code=build_concept(raw.code, ctx, "code", RULED_OR_WORDS),
        status=status,
        standing=standing_of(status, ""),
        categories=build_concepts(raw.category, ctx, "category"),
        when=_when(raw, ctx),
        issued=ctx.moment(raw.issued, "issued"),
        results=build_references(raw.result, ctx),
        conclusion_codes=build_concepts(raw.conclusion_code, ctx, "conclusionCode"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: DiagnosticReport) -> Moment | None:
    return (fact.when.start or fact.when.end) if fact.when else fact.issued


def _when(raw: RawDiagnosticReport, ctx: Context) -> Span | None:
    if raw.effective_date_time is not None:
        return build_instant(raw.effective_date_time, ctx, "effectiveDateTime")
    return build_span(raw.effective_period, ctx, "effectivePeriod")
