"""Communication: contacts that happened, without their words."""

from msgspec import Struct

from app.clinical.elements import Moment
from app.clinical.facts import Communication
from app.clinical.normalize.codes import build_concepts
from app.clinical.normalize.context import Context
from app.clinical.normalize.identifiers import build_identifiers
from app.clinical.normalize.shapes import RawConcept, RawIdentifier, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error


class RawPayload(Struct, gc=False):
    """That there is a payload is all we read of it."""


class RawCommunication(RawResource, gc=False):
    identifier: tuple[RawIdentifier, ...] | None = None
    category: tuple[RawConcept, ...] | None = None
    medium: tuple[RawConcept, ...] | None = None
    subject: RawReference | None = None
    sent: str | None = None
    received: str | None = None
    payload: tuple[RawPayload, ...] | None = None


def build(raw: RawCommunication, ctx: Context) -> Communication | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return Communication(
        id=raw.id or "",
        status=status,
        categories=build_concepts(raw.category, ctx, "category"),
        mediums=build_concepts(raw.medium, ctx, "medium"),
        sent=ctx.moment(raw.sent, "sent"),
        received=ctx.moment(raw.received, "received"),
        identifiers=build_identifiers(raw.identifier, ctx),
        has_payload=bool(raw.payload),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Communication) -> Moment | None:
    return fact.sent or fact.received
