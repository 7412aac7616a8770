"""Observation: results, vital signs, surveys; values and components with what qualifies them."""

from msgspec import Struct

from app.clinical.elements import Concept, Moment, Span, Value
from app.clinical.facts import Component, Observation, ReferenceRange
from app.clinical.normalize.codes import (
    EMPTY,
    RULED_OR_WORDS,
    build_concept,
    build_concepts,
    build_reference,
    build_references,
)
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import (
    RawConcept,
    RawExtension,
    RawPeriod,
    RawQuantity,
    RawRange,
    RawRatio,
    RawReference,
    RawResource,
    RawSampledData,
)
from app.clinical.normalize.statuses import build_status, is_error, standing_of
from app.clinical.normalize.values import (
    RawValue,
    build_instant,
    build_quantity,
    build_span,
    build_value,
)
from app.clinical.terminology import LOINC

SCORES = frozenset(
    {
        "44261-6", "55758-7", "89204-2", "89205-9", "69737-5", "70274-6", "72109-2", "75626-2",
        "73831-0", "73832-8", "71354-5", "48544-1", "99046-5", "82666-9", "82667-7",
    }
)  # fmt: skip
"""LOINC codes of total scores: the only results that are trusted without a unit."""


NOT_DONE_REASON = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneReason"
"""Why a cancelled observation was not made, as QI-Core 4.1.1 publishes it."""


class RawComponent(RawValue, rename="camel", gc=False):
    code: RawConcept | None = None
    data_absent_reason: RawConcept | None = None


class RawReferenceRange(Struct, gc=False):
    low: RawQuantity | None = None
    high: RawQuantity | None = None
    text: str | None = None


class RawObservation(RawResource, rename="camel", gc=False):
    category: tuple[RawConcept, ...] | None = None
    code: RawConcept | None = None
    subject: RawReference | None = None
    focus: tuple[RawReference, ...] | None = None
    effective_date_time: str | None = None
    effective_period: RawPeriod | None = None
    effective_instant: str | None = None
    issued: str | None = None
    value_quantity: RawQuantity | None = None
    value_codeable_concept: RawConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_range: RawRange | None = None
    value_date_time: str | None = None
    value_time: str | None = None
    value_period: RawPeriod | None = None
    value_ratio: RawRatio | None = None
    value_sampled_data: RawSampledData | None = None
    data_absent_reason: RawConcept | None = None
    interpretation: tuple[RawConcept, ...] | None = None
    reference_range: tuple[RawReferenceRange, ...] | None = None
    has_member: tuple[RawReference, ...] | None = None
    component: tuple[RawComponent, ...] | None = None
    encounter: RawReference | None = None
    extension: tuple[RawExtension, ...] | None = None


def build(raw: RawObservation, ctx: Context) -> Observation | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    code = build_concept(raw.code, ctx, "code", RULED_OR_WORDS)
    absent = _absent(raw.data_absent_reason, ctx)
    value = build_value(raw, ctx)
    _check_unit(raw.value_quantity, value, code, ctx)
    if value is not None and absent:
        ctx.warn("value_and_absent_reason", "dataAbsentReason", absent)
    when = _when(raw, ctx)
    issued = ctx.moment(raw.issued, "issued")
    return Observation(
        id=raw.id or "",
        code=code,
        status=status,
        standing=standing_of(status, absent),
        categories=build_concepts(raw.category, ctx, "category"),
        when=when,
        issued=issued,
        value=value,
        absent_reason=absent,
        components=_components(raw.component, ctx) if raw.component else (),
        ranges=_ranges(raw.reference_range, ctx) if raw.reference_range else (),
        interpretations=build_concepts(raw.interpretation, ctx, "interpretation"),
        members=build_references(raw.has_member, ctx),
        encounter=build_reference(raw.encounter, ctx) if raw.encounter else None,
        not_done_reason=_not_done_reason(raw.extension, ctx) if raw.extension else EMPTY,
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Observation) -> Moment | None:
    return (fact.when.start or fact.when.end) if fact.when else fact.issued


def _when(raw: RawObservation, ctx: Context) -> Span | None:
    if raw.effective_date_time is not None:
        return build_instant(raw.effective_date_time, ctx, "effectiveDateTime")
    if raw.effective_period is not None:
        return build_span(raw.effective_period, ctx, "effectivePeriod")
    return build_instant(raw.effective_instant, ctx, "effectiveInstant")


def _absent(raw: RawConcept | None, ctx: Context) -> str:
    if raw is None:
        return ""
    concept = build_concept(raw, ctx, "dataAbsentReason")
    return next((c.code.lower() for c in concept.codings if c.code), "") or concept.text.lower()


def _not_done_reason(extensions: tuple[RawExtension, ...], ctx: Context) -> Concept:
    found = (e.value_codeable_concept for e in extensions if e.url == NOT_DONE_REASON)
    return build_concept(next(found, None), ctx, "extension")


def _components(raws: tuple[RawComponent, ...], ctx: Context) -> tuple[Component, ...]:
    built = []
    for raw in raws:
        code = build_concept(raw.code, ctx, "component.code")
        value = build_value(raw, ctx, "component.value")
        _check_unit(raw.value_quantity, value, code, ctx)
        built.append(Component(code, value, _absent(raw.data_absent_reason, ctx)))
    return tuple(built)


def _ranges(raws: tuple[RawReferenceRange, ...], ctx: Context) -> tuple[ReferenceRange, ...]:
    path = "referenceRange"
    return tuple(
        ReferenceRange(
            build_quantity(r.low, ctx, path), build_quantity(r.high, ctx, path), r.text or ""
        )
        for r in raws
    )


def _check_unit(raw: RawQuantity | None, value: Value | None, code: Concept, ctx: Context) -> None:
    """A bare number is a score where the code says so; elsewhere its missing unit is told."""
    if raw is None or value is None or value.quantity is None or value.quantity.unit:
        return
    if not any(c.system == LOINC and c.code in SCORES for c in code.codings):
        ctx.warn("unit_missing", "value")
