"""Appointment: booked visits, and requests for one, which are not visits yet."""

from msgspec import Struct

from app.clinical.elements import Concept, Moment, Reference, Span
from app.clinical.facts import Appointment
from app.clinical.normalize.codes import EMPTY, build_concept, build_concepts, build_references
from app.clinical.normalize.context import Context
from app.clinical.normalize.shapes import RawConcept, RawPeriod, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span

_BOOKED = frozenset({"booked", "arrived", "checked-in", "fulfilled"})


class RawActor(Struct, gc=False):
    actor: RawReference | None = None


class RawAppointment(RawResource, rename="camel", gc=False):
    service_type: tuple[RawConcept, ...] | None = None
    appointment_type: RawConcept | None = None
    description: str | None = None
    start: str | None = None
    end: str | None = None
    requested_period: tuple[RawPeriod, ...] | None = None
    participant: tuple[RawActor, ...] | None = None


def build(raw: RawAppointment, ctx: Context) -> Appointment | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    start, end = ctx.moment(raw.start, "start"), ctx.moment(raw.end, "end")
    requested = raw.requested_period[0] if raw.requested_period else None
    when = Span(start, end) if start or end else build_span(requested, ctx, "requestedPeriod")
    return Appointment(
        id=raw.id or "",
        status=status,
        is_booked=status in _BOOKED and start is not None,
        when=when or Span(),
        types=_types(raw, ctx),
        participants=_participants(raw, ctx),
        description=raw.description or "",
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Appointment) -> Moment | None:
    return fact.when.start or fact.when.end


def _types(raw: RawAppointment, ctx: Context) -> tuple[Concept, ...]:
    kind = build_concept(raw.appointment_type, ctx, "appointmentType")
    services = build_concepts(raw.service_type, ctx, "serviceType")
    return services if kind is EMPTY else (*services, kind)


def _participants(raw: RawAppointment, ctx: Context) -> tuple[Reference, ...]:
    return build_references(tuple(p.actor for p in raw.participant or () if p.actor), ctx)
