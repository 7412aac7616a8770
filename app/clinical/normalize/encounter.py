"""Encounter: visits with their setting; a merged record is an alias, not a visit."""

from msgspec import Struct, field

from app.clinical.elements import Moment, Reference, Span
from app.clinical.facts import Encounter
from app.clinical.normalize.codes import (
    RULED,
    build_concept,
    build_concepts,
    build_reference,
)
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import (
    RawCoding,
    RawConcept,
    RawPeriod,
    RawReference,
    RawResource,
)
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_V2 = "http://terminology.hl7.org/CodeSystem/v2-0004"
_SETTINGS = {
    _ACT: {
        "AMB": "ambulatory", "IMP": "inpatient", "ACUTE": "inpatient", "NONAC": "inpatient",
        "SS": "inpatient", "EMER": "emergency", "HH": "home", "VR": "virtual",
        "FLD": "other", "OBSENC": "other", "PRENC": "other",
    },
    _V2: {
        "I": "inpatient", "O": "ambulatory", "E": "emergency", "R": "ambulatory",
        "P": "other", "B": "other", "C": "other", "N": "other", "U": "",
    },
}  # fmt: skip


class RawParticipant(Struct, gc=False):
    individual: RawReference | None = None


class RawDiagnosis(Struct, gc=False):
    condition: RawReference | None = None


class RawHospitalization(Struct, rename="camel", gc=False):
    discharge_disposition: RawConcept | None = None


class RawEncounter(RawResource, rename="camel", gc=False):
    class_: RawCoding | None = field(default=None, name="class")
    type: tuple[RawConcept, ...] | None = None
    reason_code: tuple[RawConcept, ...] | None = None
    subject: RawReference | None = None
    period: RawPeriod | None = None
    hospitalization: RawHospitalization | None = None
    participant: tuple[RawParticipant, ...] | None = None
    service_provider: RawReference | None = None
    diagnosis: tuple[RawDiagnosis, ...] | None = None
    part_of: RawReference | None = None


def build(raw: RawEncounter, ctx: Context) -> Encounter | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    types = build_concepts(raw.type, ctx, "type", RULED)
    setting = _setting(raw.class_, ctx)
    when = build_span(raw.period, ctx, "period")
    if status in ("unknown", "") and raw.part_of and not (types or setting or when):
        target = build_reference(raw.part_of, ctx)
        ctx.leave_out("merged_alias", detail=target.id if target else "")
        return None
    stay = raw.hospitalization
    return Encounter(
        id=raw.id or "",
        status=status,
        setting=setting,
        class_code=(raw.class_.code or "").strip() if raw.class_ else "",
        types=types,
        reasons=build_concepts(raw.reason_code, ctx, "reasonCode"),
        when=when or Span(),
        discharge_disposition=build_concept(
            stay.discharge_disposition if stay else None, ctx, "dischargeDisposition"
        ),
        providers=_providers(raw, ctx),
        diagnoses=_diagnoses(raw, ctx),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Encounter) -> Moment | None:
    return fact.when.start or fact.when.end


def _setting(raw: RawCoding | None, ctx: Context) -> str:
    """One of ours from either standard coding of class; a local class stays unsaid."""
    if raw is None or not raw.code:
        return ""
    table = _SETTINGS.get(ctx.system(raw.system))
    if table is None:
        ctx.warn("class_unknown", "class")
        return ""
    return table.get(raw.code.strip().upper(), "other")


def _providers(raw: RawEncounter, ctx: Context) -> tuple[Reference, ...]:
    found = [build_reference(p.individual, ctx) for p in raw.participant or ()]
    found.append(build_reference(raw.service_provider, ctx))
    return tuple(r for r in found if r is not None)


def _diagnoses(raw: RawEncounter, ctx: Context) -> tuple[Reference, ...]:
    found = (build_reference(d.condition, ctx) for d in raw.diagnosis or ())
    return tuple(r for r in found if r is not None)
