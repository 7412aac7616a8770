"""Immunization: doses given and doses declined. A dose counts by CVX only, never by its words."""

from msgspec import Struct
from msgspec.structs import replace

from app.clinical.elements import Concept, Moment, Quantity
from app.clinical.facts import Immunization
from app.clinical.normalize.codes import build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import (
    RawCoding,
    RawConcept,
    RawQuantity,
    RawReference,
    RawResource,
)
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_quantity
from app.clinical.terminology import CVX, MVX, SNOMED, TEXT, code_in

WANTED = frozenset({CVX, TEXT})
_REFUSALS = {
    SNOMED: frozenset(
        {"591000119102", "443390004", "105480006", "183944003", "182895007", "183945002"}
    ),
    "http://terminology.hl7.org/CodeSystem/v3-ActReason": frozenset(
        {"PATOBJ", "RELIG", "PHILISOP"}
    ),
}
_UNKNOWN_UNITS = frozenset({"{unknownunit}", "unknown", "unk"})
_UNKNOWN_DOSES = frozenset({"", "unknown", "unk", "n/a", "none"})


class RawProtocol(Struct, rename="camel", gc=False):
    dose_number_positive_int: int | None = None
    dose_number_string: str | None = None


class RawImmunization(RawResource, rename="camel", gc=False):
    status_reason: RawConcept | None = None
    vaccine_code: RawConcept | None = None
    patient: RawReference | None = None
    occurrence_date_time: str | None = None
    occurrence_string: str | None = None
    primary_source: bool | None = None
    lot_number: str | None = None
    expiration_date: str | None = None
    manufacturer: RawReference | None = None
    dose_quantity: RawQuantity | None = None
    is_subpotent: bool | None = None
    protocol_applied: tuple[RawProtocol, ...] | None = None


def _padded(raw: RawConcept | None, ctx: Context) -> RawConcept | None:
    """CDC's list writes 08; some sources write 8."""
    codings = raw.coding or () if raw is not None else ()
    if raw is None or not any(_is_short(c, ctx) for c in codings):
        return raw
    ctx.repair("code_padded", "vaccineCode")
    return replace(
        raw,
        coding=tuple(
            replace(c, code=f"0{(c.code or '').strip()}") if _is_short(c, ctx) else c
            for c in codings
        ),
    )


def _is_short(coding: RawCoding, ctx: Context) -> bool:
    code = (coding.code or "").strip()
    is_digit = len(code) == 1 and code.isascii() and code.isdigit()
    return is_digit and ctx.system(coding.system) == CVX


def build(raw: RawImmunization, ctx: Context) -> Immunization | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    code = build_concept(_padded(raw.vaccine_code, ctx), ctx, "vaccineCode", WANTED)
    reason = build_concept(raw.status_reason, ctx, "statusReason")
    when = ctx.moment(raw.occurrence_date_time, "occurrenceDateTime")
    if raw.occurrence_string and when is None:
        ctx.warn("date_as_text", "occurrenceString")
    return Immunization(
        id=raw.id or "",
        code=code,
        cvx=code_in(code, CVX),
        status=status,
        reason=reason,
        refused=status == "not-done" and _is_refusal(reason),
        when=when,
        dose_number=_dose_number(raw),
        dose_quantity=_dose(raw.dose_quantity, ctx),
        lot=raw.lot_number or "",
        subpotent=raw.is_subpotent,
        primary_source=raw.primary_source,
        manufacturer=raw.manufacturer.display or "" if raw.manufacturer else "",
        mvx=code_in(code, MVX),
        expires=ctx.moment(raw.expiration_date, "expirationDate"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Immunization) -> Moment | None:
    return fact.when


def _is_refusal(reason: Concept) -> bool:
    return any(c.code in _REFUSALS.get(c.system, ()) for c in reason.codings)


def _dose_number(raw: RawImmunization) -> str:
    for protocol in raw.protocol_applied or ():
        if protocol.dose_number_positive_int is not None:
            return str(protocol.dose_number_positive_int)
        text = (protocol.dose_number_string or "").strip()
        if text.lower() not in _UNKNOWN_DOSES:
            return text
    return ""


def _dose(raw: RawQuantity | None, ctx: Context) -> Quantity | None:
    """0 of an unknown unit is how one source says that it does not know."""
    if raw is None or raw.value is None:
        return None
    if (raw.code or raw.unit or "").strip().lower() in _UNKNOWN_UNITS:
        ctx.repair("dose_unknown", "doseQuantity")
        return None
    return build_quantity(raw, ctx, "doseQuantity")
