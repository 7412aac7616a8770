"""Condition: problems, diagnoses and concerns with their onset and abatement, as written."""

from app.clinical.elements import Moment, Span
from app.clinical.facts import Condition
from app.clinical.normalize.codes import RULED, build_concept, build_concepts, build_reference
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import (
    RawConcept,
    RawPeriod,
    RawQuantity,
    RawReference,
    RawResource,
)
from app.clinical.normalize.statuses import ENTERED_IN_ERROR, build_status, is_error
from app.clinical.normalize.values import build_instant, build_number, build_span
from app.clinical.units import canonical_unit

_PER_YEAR = {"a": 1.0, "mo": 12.0, "wk": 52.1775, "d": 365.2425}


class RawCondition(RawResource, rename="camel", gc=False):
    clinical_status: RawConcept | None = None
    verification_status: RawConcept | None = None
    category: tuple[RawConcept, ...] | None = None
    code: RawConcept | None = None
    body_site: tuple[RawConcept, ...] | None = None
    subject: RawReference | None = None
    encounter: RawReference | None = None
    onset_date_time: str | None = None
    onset_period: RawPeriod | None = None
    onset_age: RawQuantity | None = None
    abatement_date_time: str | None = None
    abatement_period: RawPeriod | None = None
    abatement_age: RawQuantity | None = None
    abatement_boolean: bool | None = None
    abatement_string: str | None = None
    recorded_date: str | None = None


def build(raw: RawCondition, ctx: Context) -> Condition | None:
    verification = _status(raw.verification_status, ctx, "verificationStatus")
    clinical = _status(raw.clinical_status, ctx, "clinicalStatus")
    if ENTERED_IN_ERROR in (clinical, build_status(raw.status, ctx)):
        verification = ENTERED_IN_ERROR
    if is_error(verification, ctx):
        return None
    return Condition(
        id=raw.id or "",
        code=build_concept(raw.code, ctx, "code", RULED),
        clinical_status=clinical,
        verification_status=verification,
        categories=build_concepts(raw.category, ctx, "category"),
        onset=_time(raw.onset_date_time, raw.onset_period, ctx, "onset"),
        onset_age_years=build_age(raw.onset_age, ctx, "onsetAge"),
        abatement=_time(raw.abatement_date_time, raw.abatement_period, ctx, "abatement"),
        abatement_age_years=build_age(raw.abatement_age, ctx, "abatementAge"),
        abated=True if raw.abatement_string else raw.abatement_boolean,
        recorded=ctx.moment(raw.recorded_date, "recordedDate"),
        encounter=build_reference(raw.encounter, ctx),
        body_sites=build_concepts(raw.body_site, ctx, "bodySite"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Condition) -> Moment | None:
    return (fact.onset.start if fact.onset else None) or fact.recorded


def build_age(raw: RawQuantity | None, ctx: Context, path: str) -> float | None:
    """An Age in years; without a unit of time it is not an age."""
    value = build_number(raw)
    if raw is None or value is None:
        return None
    per_year = _PER_YEAR.get(canonical_unit(raw.code or "") or canonical_unit(raw.unit or ""))
    if per_year is None:
        ctx.warn("unit_unknown", path)
        return None
    return value / per_year


def _time(instant: str | None, period: RawPeriod | None, ctx: Context, name: str) -> Span | None:
    if instant is not None:
        return build_instant(instant, ctx, f"{name}DateTime")
    return build_span(period, ctx, f"{name}Period")


def _status(raw: RawConcept | None, ctx: Context, path: str) -> str:
    concept = build_concept(raw, ctx, path)
    code = next((c.code for c in concept.codings if c.code), concept.text)
    return build_status(code, ctx, path)
