"""MedicationRequest: what was prescribed, with the inputs from which a measure counts its days."""

from msgspec import Struct

from app.clinical.elements import Concept, Moment, Span
from app.clinical.facts import Medication
from app.clinical.normalize.codes import EMPTY, RULED_OR_WORDS, build_concept, parse_reference
from app.clinical.normalize.context import Context
from app.clinical.normalize.requests import build_do_not_perform
from app.clinical.normalize.shapes import (
    RawConcept,
    RawPeriod,
    RawQuantity,
    RawRange,
    RawReference,
    RawResource,
)
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_number, build_span
from app.clinical.units import canonical_unit

_DAYS = {"d": 1.0, "wk": 7.0, "h": 1 / 24, "min": 1 / 1440, "s": 1 / 86400, "mo": 30.0, "a": 365.0}
"""Days in a unit of time. mo and a are the conventional dispensing lengths."""


class RawRepeat(Struct, rename="camel", gc=False):
    bounds_period: RawPeriod | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: float | None = None
    period_unit: str | None = None
    time_of_day: tuple[str, ...] | None = None


class RawTiming(Struct, gc=False):
    repeat: RawRepeat | None = None


class RawDoseAndRate(Struct, rename="camel", gc=False):
    dose_quantity: RawQuantity | None = None
    dose_range: RawRange | None = None


class RawDosage(Struct, rename="camel", gc=False):
    text: str | None = None
    timing: RawTiming | None = None
    dose_and_rate: tuple[RawDoseAndRate, ...] | None = None


class RawDispense(Struct, rename="camel", gc=False):
    validity_period: RawPeriod | None = None
    number_of_repeats_allowed: int | None = None
    quantity: RawQuantity | None = None
    expected_supply_duration: RawQuantity | None = None


class RawIngredient(Struct, rename="camel", gc=False):
    item_codeable_concept: RawConcept | None = None


class RawMedication(RawResource, rename="camel", gc=False):
    """A Medication, contained or beside the request."""

    code: RawConcept | None = None
    ingredient: tuple[RawIngredient, ...] | None = None


class RawMedicationRequest(RawResource, rename="camel", gc=False):
    contained: tuple[RawMedication, ...] | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: RawConcept | None = None
    medication_reference: RawReference | None = None
    subject: RawReference | None = None
    authored_on: str | None = None
    dosage_instruction: tuple[RawDosage, ...] | None = None
    dispense_request: RawDispense | None = None


def build(raw: RawMedicationRequest, ctx: Context) -> Medication | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    code, ingredients, by_reference = _medication(raw, ctx)
    dosage = raw.dosage_instruction[0] if raw.dosage_instruction else RawDosage()
    repeat = (dosage.timing.repeat if dosage.timing else None) or RawRepeat()
    dispense = raw.dispense_request or RawDispense()
    return Medication(
        id=raw.id or "",
        code=code,
        ingredients=ingredients,
        by_reference=by_reference,
        status=status,
        intent=build_status(raw.intent, ctx, "intent"),
        do_not_perform=build_do_not_perform(raw, raw.do_not_perform, ctx),
        authored=ctx.moment(raw.authored_on, "authoredOn"),
        bounds=_bounds(raw, repeat, ctx),
        validity=build_span(dispense.validity_period, ctx, "validityPeriod"),
        supply_days=_supply_days(dispense.expected_supply_duration, ctx),
        quantity=build_number(dispense.quantity),
        dose=_dose(dosage),
        doses_per_day=_doses_per_day(repeat, ctx),
        repeats=max(0, min(dispense.number_of_repeats_allowed or 0, 10_000)),
        dosage_text=dosage.text or "",
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Medication) -> Moment | None:
    return fact.authored


def build_medication(raw: RawMedication, ctx: Context) -> tuple[Concept, tuple[Concept, ...]]:
    """A Medication's own code and the codes of its ingredients."""
    found = (
        build_concept(i.item_codeable_concept, ctx, "ingredient.item") for i in raw.ingredient or ()
    )
    return build_concept(raw.code, ctx, "medication.code"), tuple(
        c for c in found if c is not EMPTY
    )


def _medication(
    raw: RawMedicationRequest, ctx: Context
) -> tuple[Concept, tuple[Concept, ...], bool]:
    """The coded medicine; by reference: contained, beside the request, or only its display."""
    code = build_concept(
        raw.medication_codeable_concept, ctx, "medicationCodeableConcept", RULED_OR_WORDS
    )
    pointer = raw.medication_reference
    if pointer is None:
        return code, (), False
    found: tuple[Concept, tuple[Concept, ...]] | None = None
    if (pointer.reference or "").startswith("#"):
        for inner in raw.contained or ():
            if inner.id is not None and inner.id == (pointer.reference or "")[1:]:
                found = build_medication(inner, ctx)
    else:
        found = ctx.medications.get(parse_reference(pointer.reference, ctx)[1])
    if found is None:
        ctx.warn("medication_unresolved", "medicationReference")
    named, ingredients = found or (EMPTY, ())
    if not named.codings and not named.text and pointer.display:
        named = Concept(named.codings, pointer.display)
    return (code if code is not EMPTY else named), ingredients, code is EMPTY


def _bounds(raw: RawMedicationRequest, repeat: RawRepeat, ctx: Context) -> Span | None:
    return build_span(repeat.bounds_period, ctx, "dosageInstruction.timing.repeat.boundsPeriod")


def _supply_days(raw: RawQuantity | None, ctx: Context) -> float | None:
    value = build_number(raw)
    if raw is None or value is None:
        return None
    unit = canonical_unit(raw.code or "") or canonical_unit(raw.unit or "")
    if unit not in _DAYS:
        ctx.warn("unit_unknown", "expectedSupplyDuration")
        return None
    return value * _DAYS[unit]


def _dose(dosage: RawDosage) -> float | None:
    """The end of a dose range, else the dose."""
    if not dosage.dose_and_rate:
        return None
    first = dosage.dose_and_rate[0]
    top = build_number(first.dose_range.high) if first.dose_range else None
    return build_number(first.dose_quantity) if top is None else top


def _doses_per_day(repeat: RawRepeat, ctx: Context) -> float | None:
    """frequencyMax, else frequency, per period; else the times of day; None when none is said."""
    frequency = repeat.frequency_max or repeat.frequency
    if frequency and repeat.period and repeat.period > 0:
        unit = canonical_unit(repeat.period_unit or "")
        if unit not in _DAYS:
            ctx.warn("unit_unknown", "timing.repeat.periodUnit")
            return None
        return min(frequency, 10_000) / (repeat.period * _DAYS[unit])
    return float(len(repeat.time_of_day)) if repeat.time_of_day else None
