"""Task: work items that the EHR holds."""

from msgspec import Struct, field

from app.clinical.elements import Moment
from app.clinical.facts import Task
from app.clinical.normalize.codes import build_concept, build_reference
from app.clinical.normalize.context import Context
from app.clinical.normalize.identifiers import build_identifiers
from app.clinical.normalize.shapes import (
    RawConcept,
    RawIdentifier,
    RawPeriod,
    RawReference,
    RawResource,
)
from app.clinical.normalize.statuses import build_status, is_error
from app.clinical.normalize.values import build_span


class RawRestriction(Struct, gc=False):
    period: RawPeriod | None = None


class RawTask(RawResource, rename="camel", gc=False):
    identifier: tuple[RawIdentifier, ...] | None = None
    intent: str | None = None
    code: RawConcept | None = None
    description: str | None = None
    for_: RawReference | None = field(default=None, name="for")
    owner: RawReference | None = None
    authored_on: str | None = None
    execution_period: RawPeriod | None = None
    restriction: RawRestriction | None = None


def build(raw: RawTask, ctx: Context) -> Task | None:
    status = build_status(raw.status, ctx)
    if is_error(status, ctx):
        return None
    due = raw.restriction.period if raw.restriction else None
    return Task(
        id=raw.id or "",
        status=status,
        intent=build_status(raw.intent, ctx, "intent"),
        code=build_concept(raw.code, ctx, "code"),
        description=raw.description or "",
        when=build_span(raw.execution_period, ctx, "executionPeriod")
        or build_span(due, ctx, "restriction.period"),
        authored=ctx.moment(raw.authored_on, "authoredOn"),
        owner=build_reference(raw.owner, ctx),
        identifiers=build_identifiers(raw.identifier, ctx),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Task) -> Moment | None:
    return fact.authored or (fact.when.start if fact.when else None)
