"""DeviceRequest: orders for devices."""

from app.clinical.elements import Concept, Moment
from app.clinical.facts import DeviceRequest
from app.clinical.normalize.codes import EMPTY, RULED_OR_WORDS, build_concept
from app.clinical.normalize.context import Context
from app.clinical.normalize.requests import build_do_not_perform
from app.clinical.normalize.shapes import RawConcept, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error


class RawDeviceRequest(RawResource, rename="camel", gc=False):
    intent: str | None = None
    code_codeable_concept: RawConcept | None = None
    code_reference: RawReference | None = None
    subject: RawReference | None = None
    authored_on: str | None = None


def build(raw: RawDeviceRequest, ctx: Context) -> DeviceRequest | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    return DeviceRequest(
        id=raw.id or "",
        code=_code(raw, ctx),
        status=status,
        intent=build_status(raw.intent, ctx, "intent"),
        do_not_perform=build_do_not_perform(raw, None, ctx),
        authored=ctx.moment(raw.authored_on, "authoredOn"),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: DeviceRequest) -> Moment | None:
    return fact.authored


def _code(raw: RawDeviceRequest, ctx: Context) -> Concept:
    code = build_concept(raw.code_codeable_concept, ctx, "codeCodeableConcept", RULED_OR_WORDS)
    if code is EMPTY and raw.code_reference and raw.code_reference.display:
        return Concept(text=raw.code_reference.display)
    return code
