"""Fingerprint: the facts that could close or exclude a gap, as one text that changes with them.

A visit that a measure only asks for in order to count the patient is no evidence. Tells no one
what the facts are: whoever keeps it, keeps it keyed.
"""

from collections.abc import Iterator

import msgspec

from app.clinical.care_gaps.judge import Status
from app.clinical.care_gaps.measures import Measure, Measures
from app.clinical.chart import Chart
from app.clinical.elements import Concept
from app.clinical.facts import Encounter, Fact
from app.clinical.rules.definitions import Find
from app.clinical.rules.nodes import Node
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import Index

_SAID = (
    "status", "clinical_status", "verification_status", "standing", "value", "components",
    "absent_reason", "refused", "intent",
)  # fmt: skip
"""What of a fact may turn a verdict, beside its codes and its time."""


def build_fingerprint(chart: Chart, measures: Measures, measure: Measure, status: Status) -> str:
    """The gap's status and every fact that its exclusion, exception or numerator looks at, in an
    order that does not depend on the chart's. A resource saved anew with the same content is the
    same; a fact outside every list of the measure is not looked at."""
    index = measures.index(chart, as_published=False)
    rows = {row.fact.id + type(row.fact).__name__: row for row in _rows(measure, index)}
    lines = sorted(_line(row) for row in rows.values())
    return msgspec.json.encode([status, *lines]).decode()


def _rows(measure: Measure, index: Index) -> Iterator[Row]:
    roots = (measure.denominator_exclusion, measure.denominator_exception, measure.numerator)
    for root in roots:
        if root is None:
            continue
        for key in root.sought:
            yield from index.rows.get(key, ())
        for node in _walk(root):
            body = node.definition.body
            if isinstance(body, Find) and body.codes is None and body.kind:
                yield from index.whole(body.kind, frozenset(body.setting))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from _walk(part)


def _line(row: Row) -> str:
    fact: Fact = row.fact
    said = {name: getattr(fact, name) for name in _SAID if getattr(fact, name, None)}
    codes = [(c.system, c.code) for concept in _concepts(fact) for c in concept.codings]
    line = [type(fact).__name__, fact.id, row.start, row.end, said, codes]
    return msgspec.json.encode(line, order="sorted").decode()


def _concepts(fact: Fact) -> tuple[Concept, ...]:
    if isinstance(fact, Encounter):
        return fact.types
    code = getattr(fact, "code", None)
    return (code,) if isinstance(code, Concept) else ()
