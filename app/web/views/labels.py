"""Names of concepts as people say them: without the kind that SNOMED CT writes behind a name."""

from app.clinical.elements import Concept

KINDS = (" (disorder)", " (finding)", " (situation)", " (procedure)", " (regime/therapy)")


def build_label(concept: Concept) -> str:
    """The concept's label, its kind left out."""
    label = concept.label
    for kind in KINDS:
        label = label.removesuffix(kind)
    return label
