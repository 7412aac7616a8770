"""DocumentReference: that a document exists, never what it says."""

from app.clinical.elements import Moment
from app.clinical.facts import Document
from app.clinical.normalize.codes import build_concept, build_concepts
from app.clinical.normalize.context import Context
from app.clinical.normalize.identifiers import build_identifiers
from app.clinical.normalize.shapes import RawConcept, RawIdentifier, RawReference, RawResource
from app.clinical.normalize.statuses import build_status, is_error


class RawDocumentReference(RawResource, rename="camel", gc=False):
    identifier: tuple[RawIdentifier, ...] | None = None
    doc_status: str | None = None
    type: RawConcept | None = None
    category: tuple[RawConcept, ...] | None = None
    subject: RawReference | None = None
    date: str | None = None


def build(raw: RawDocumentReference, ctx: Context) -> Document | None:
    status = build_status(raw.status, ctx)
    document_status = build_status(raw.doc_status, ctx, "docStatus")
    if is_error(status, ctx) or is_error(document_status, ctx):
        return None
    return Document(
        id=raw.id or "",
        status=status,
        document_status=document_status,
        type=build_concept(raw.type, ctx, "type"),
        categories=build_concepts(raw.category, ctx, "category"),
        created=ctx.moment(raw.date, "date"),
        identifiers=build_identifiers(raw.identifier, ctx),
        labels=ctx.labels(raw),
        source=ctx.source(raw),
    )


def time(fact: Document) -> Moment | None:
    return fact.created
